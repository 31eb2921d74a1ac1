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
            return self.pulls.failed.iter().map(|(service, text)| self.trouble(service, text)).collect();
        }
        let lines = if self.errors.is_empty() { &self.remarks } else { &self.errors };
        let text = lines.join("\n");
        let named = selection.services.iter().find(|(_, service)| {
            service.image.as_deref().is_some_and(|image| text.contains(&format!("image: {image}")))
        });
        vec![self.trouble(named.map_or("", |(name, _)| *name), &text)]
    }

    /// What a text says of a service; of one that it does not name where that is empty.
    fn trouble(&self, service: &str, text: &str) -> (Trouble, Option<String>) {
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
        let (service, what) = match (reason, service, pulled.as_slice()) {
            (Reason::MissingImage, "", []) => {
                ("", "an image is not present and cannot be pulled: ".to_owned())
            }
            (Reason::MissingImage, "", [one]) => (*one, "its image cannot be pulled: ".to_owned()),
            (Reason::MissingImage, "", [..]) => {
                ("", format!("the images of {} cannot be pulled: ", pulled.join(", ")))
            }
            (Reason::MissingImage, ..) => {
                (service, "its image is not present and cannot be pulled: ".to_owned())
            }
            _ => (service, String::new()),
        };
        let trouble = Trouble { service: service.to_owned(), container: None, reason, detail: what + text };
        (trouble, fault.help().map(str::to_owned))
    }
}
