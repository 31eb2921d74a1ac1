//! What Compose said on the way: pulls by service, errors, and the rest.

use indexmap::IndexMap;

use crate::{engine::progress::Step, model::Bytes};

/// What was heard.
#[derive(Debug, Default)]
pub struct Said {
    /// Its errors.
    pub words: Vec<String>,
    /// Anything else.
    pub remarks: Vec<String>,
    /// Services whose image could not be pulled, each with the reason.
    pub unpulled: IndexMap<String, String>,
    /// Bytes of each layer of a service's image: so far, and in all.
    layers: IndexMap<String, IndexMap<String, (u64, u64)>>,
}

impl Said {
    /// A step of a service's pull.
    pub fn pulls(&mut self, service: &str, step: &Step) {
        if step.text == "Error" {
            self.unpulled.insert(service.to_owned(), step.status.clone());
        }
        // Bytes of what is downloaded; unpacking counts them a second time.
        if step.total > 0 && (step.text == "Downloading" || step.status == "Downloading") {
            let layers = self.layers.entry(service.to_owned()).or_default();
            layers.insert(step.id.clone(), (step.current, step.total));
        }
    }

    /// How far a service's pull is: `12 MiB of 80 MiB`; empty while that is not known.
    pub fn bytes(&self, service: &str) -> String {
        let Some(layers) = self.layers.get(service) else { return String::new() };
        let sum = |of: fn(&(u64, u64)) -> u64| layers.values().map(of).sum::<u64>();
        let (current, total) = (sum(|layer| layer.0), sum(|layer| layer.1));
        let rounded =
            |bytes: u64| Bytes(if bytes >= 10 << 20 { bytes >> 20 << 20 } else { bytes >> 10 << 10 });
        format!("{} of {}", rounded(current), rounded(total))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_add_up_and_unpacking_does_not() {
        let mut said = Said::default();
        let mut hear = |id: &str, text: &str, current, total| {
            let step = Step {
                id: id.into(),
                parent_id: "db".into(),
                text: text.into(),
                current,
                total,
                ..Step::default()
            };
            said.pulls("db", &step);
        };
        hear("db", "Pulling", 0, 0);
        hear("l1", "Downloading", 5 << 20, 10 << 20);
        hear("l2", "Downloading", 15 << 20, 40 << 20);
        hear("l1", "Downloading", 10 << 20, 10 << 20);
        hear("l1", "Extracting", 1 << 20, 10 << 20);
        assert_eq!(said.bytes("db"), "25 MiB of 50 MiB");
        assert_eq!(said.bytes("other"), "");
        said.pulls("x", &Step { text: "Error".into(), status: "manifest unknown".into(), ..Step::default() });
        assert_eq!(said.unpulled["x"], "manifest unknown");
    }
}
