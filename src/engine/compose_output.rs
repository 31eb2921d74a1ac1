//! What Docker Compose printed on the way, and what it means where the containers show nothing.

use super::{
    fault::Fault,
    pull_progress::PullProgress,
    watch::{Reason, Trouble},
};
use crate::resolve::ResolvedStack;

/// What Compose printed.
#[derive(Debug, Default)]
pub struct ComposeOutput {
    /// Its errors.
    pub errors: Vec<String>,
    /// Anything else.
    pub remarks: Vec<String>,
    /// How far its pulls are.
    pub pulls: PullProgress,
}

impl ComposeOutput {
    /// Whether the surroundings are at fault, and not the stack.
    pub fn is_surroundings(&self) -> bool {
        self.errors.iter().chain(self.pulls.failed.values()).any(|text| Fault::of(text).is_surroundings())
    }

    /// Why the selection is not up, each with the next step where there is one.
    pub fn troubles(&self, selection: &ResolvedStack<'_>) -> Vec<(Trouble, Option<String>)> {
        if !self.pulls.failed.is_empty() {
            let failed = self.pulls.failed.iter();
            return failed.map(|(service, text)| self.trouble(selection, service, text)).collect();
        }
        let lines = if self.errors.is_empty() { &self.remarks } else { &self.errors };
        let text = lines.join("\n");
        let named = selection.services.iter().find(|(_, service)| {
            service.image.as_deref().is_some_and(|image| text.contains(&format!("image: {image}")))
        });
        vec![self.trouble(selection, named.map_or("", |(name, _)| *name), &text)]
    }

    /// What a text says of a service; of one that it does not name where that is empty.
    fn trouble(&self, selection: &ResolvedStack<'_>, service: &str, text: &str) -> (Trouble, Option<String>) {
        let fault = Fault::of(text);
        // Compose pulls before it starts anything: an error meanwhile is about a pull, and does not name its service.
        let pulled: Vec<&str> = self.pulls.under_way().collect();
        let reason = match fault {
            Fault::NoImage | Fault::NoLogin | Fault::NoRegistry => Reason::MissingImage,
            Fault::Port => Reason::Port,
            Fault::DiskFull | Fault::Other if !pulled.is_empty() => Reason::MissingImage,
            Fault::NoVolume
            | Fault::NoNetwork
            | Fault::DiskFull
            | Fault::Ssh
            | Fault::NoEngine
            | Fault::Other => Reason::Exited,
        };
        let text = text.trim().trim_start_matches("Error response from daemon: ");
        let image = |service: &str| {
            let image = selection.services.get(service).and_then(|service| service.image.as_deref());
            image.map(|image| format!(" {image}")).unwrap_or_default()
        };
        let (service, what) = match (reason, service, pulled.as_slice()) {
            (Reason::MissingImage, "", []) => {
                ("", "an image is not present and cannot be pulled: ".to_owned())
            }
            (Reason::MissingImage, "", [one]) => {
                (*one, format!("its image{} cannot be pulled: ", image(one)))
            }
            (Reason::MissingImage, "", [..]) => {
                ("", format!("the images of {} cannot be pulled: ", pulled.join(", ")))
            }
            (Reason::MissingImage, ..) => {
                (service, format!("its image{} cannot be pulled: ", image(service)))
            }
            _ => (service, String::new()),
        };
        let trouble = Trouble { service: service.to_owned(), container: None, reason, detail: what + text };
        (trouble, fault.help().map(str::to_owned))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{Service, Stack},
        resolve::Profiles,
    };

    #[test]
    fn an_image_that_cannot_be_had_is_named() {
        let service = Service { image: Some("nginx:9.99-nope".to_owned()), ..Service::default() };
        let stack = Stack { services: [("api".to_owned(), service)].into(), ..Stack::default() };
        let profiles = Profiles::new(&stack);
        let selection = ResolvedStack::new(&profiles, &[] as &[&str]);
        let output = ComposeOutput::default();
        let (trouble, _) = output.trouble(&selection, "api", "manifest unknown");
        assert_eq!(trouble.reason, Reason::MissingImage);
        // It may be present: `--pull always` asks the registry all the same.
        assert!(
            trouble.detail.starts_with("its image nginx:9.99-nope cannot be pulled: "),
            "{}",
            trouble.detail
        );
    }
}
