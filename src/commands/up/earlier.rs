//! The containers that were there before a start, and what Compose does with each.

use std::collections::HashMap;

use crate::engine::{observe::Observed, progress::Step};

/// The containers by name.
#[derive(Debug, Default)]
pub struct ContainerNames(HashMap<String, (String, Doing)>);

/// What Compose does with a container that was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// It is not known yet.
    Unknown,
    /// It stays, or is the one that was started: its state counts.
    Kept,
    /// It ends, and this is why.
    Word(&'static str),
}

impl ContainerNames {
    /// Of these containers.
    pub fn new(before: &[Observed]) -> Self {
        let entry = |it: &Observed| (it.name.clone(), (it.service.clone(), Doing::Unknown));
        Self(before.iter().map(entry).collect())
    }

    /// Read a step of Compose: the service and the word for it, where it ends a container.
    pub fn step(&mut self, step: &Step) -> Option<(&str, &'static str)> {
        let (kind, name) = step.subject()?;
        let (service, doing) = self.0.get_mut(name).filter(|_| kind == "Container")?;
        let word = match step.phase.as_str() {
            "Recreate" | "Recreated" => "recreating",
            "Restarting" => "restarting",
            "Stopping" | "Stopped" if *doing == Doing::Unknown => "stopping",
            "Running" | "Starting" | "Started" | "Healthy" | "Exited" => {
                *doing = Doing::Kept;
                return None;
            }
            _ => return None,
        };
        *doing = Doing::Word(word);
        Some((service, word))
    }

    /// What is done with the containers of a service: with the one that is least far.
    pub fn doing(&self, service: &str) -> Doing {
        let mut found = self.0.values().filter(|(name, _)| name == service).map(|(_, doing)| *doing);
        let first = found.next().unwrap_or(Doing::Unknown);
        found.fold(first, |worst, doing| match (worst, doing) {
            (Doing::Word(_), _) | (_, Doing::Kept) => worst,
            _ => doing,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_counts_once_compose_keeps_or_starts_it() {
        let container = |name: &str, service: &str| Observed {
            name: name.to_owned(),
            service: service.to_owned(),
            ..Observed::default()
        };
        let mut names = ContainerNames::new(&[container("x-a-1", "a"), container("x-a-2", "a")]);
        let step = |id: &str, phase: &str| Step { id: id.into(), phase: phase.into(), ..Step::default() };
        assert_eq!(names.doing("a"), Doing::Unknown);
        assert_eq!(names.step(&step("Container x-a-1", "Running")), None);
        assert_eq!(names.doing("a"), Doing::Unknown, "the other one is not known");
        assert_eq!(names.step(&step("Container x-a-2", "Recreate")), Some(("a", "recreating")));
        assert_eq!(names.doing("a"), Doing::Word("recreating"));
        assert_eq!(names.step(&step("Container x-b-1", "Recreate")), None);
        assert_eq!(names.step(&step("Container x-a-2", "Started")), None);
        assert_eq!(names.doing("a"), Doing::Kept);
        assert_eq!(names.doing("b"), Doing::Unknown);
    }
}
