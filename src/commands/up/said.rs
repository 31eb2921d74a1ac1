//! What Compose said on the way: pulls by service, errors, and the rest.

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

use indexmap::IndexMap;

use crate::{engine::progress::Step, model::Bytes, ui::counted};

/// What was heard.
#[derive(Debug, Default)]
pub struct Said {
    /// Its errors.
    pub words: Vec<String>,
    /// Anything else.
    pub remarks: Vec<String>,
    /// Services whose image could not be pulled, each with the reason.
    pub unpulled: IndexMap<String, String>,
    /// The layers of each service's image that are not here yet.
    layers: IndexMap<String, IndexMap<String, Layer>>,
    /// Services whose image is here.
    pulled: HashSet<String>,
    /// When something was heard of each service's pull.
    heard: HashMap<String, Instant>,
}

/// A pull of which nothing is heard for so long stands still, and that is said: an engine that tries again says nothing.
const SILENCE: Duration = Duration::from_secs(5);

/// A layer that is pulled.
#[derive(Debug, Clone, Copy, Default)]
struct Layer {
    current: u64,
    /// 0 until its download begins.
    total: u64,
    is_here: bool,
    /// Its download broke off, and the engine tries again.
    broke_off: bool,
}

/// How far a pull is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pull {
    /// `pulling`, or `retrying` where the engine waits to try again what broke off.
    pub phase: &'static str,
    /// Bytes that are here.
    pub current: u64,
    /// Bytes of all layers whose size is known; 0 while none is.
    pub total: u64,
    /// In words: `12 MiB of 80 MiB, 2 layers to come`; empty while nothing is known.
    pub words: String,
}

impl Said {
    /// A step of a service's pull.
    pub fn pulls(&mut self, service: &str, step: &Step, now: Instant) {
        self.heard.insert(service.to_owned(), now);
        let layers = self.layers.entry(service.to_owned()).or_default();
        match step.phase.as_str() {
            "Error" => {
                self.unpulled.insert(service.to_owned(), step.words.clone());
            }
            "Pulled" => {
                self.pulled.insert(service.to_owned());
            }
            "Pulling fs layer" | "Waiting" => {
                layers.entry(step.id.clone()).or_default();
            }
            "Downloading" if step.total > 0 => {
                let layer = Layer { current: step.current, total: step.total, ..Layer::default() };
                layers.insert(step.id.clone(), layer);
            }
            // Unpacking counts the bytes a second time.
            "Verifying Checksum" | "Download complete" | "Extracting" | "Pull complete" => {
                let layer = layers.entry(step.id.clone()).or_default();
                *layer = Layer { current: layer.total, is_here: true, ..*layer };
            }
            // "Retrying in 5 seconds", said anew each second.
            phase if phase.starts_with("Retrying") => {
                layers.entry(step.id.clone()).or_default().broke_off = true;
            }
            _ => {}
        }
    }

    /// How far a service's pull is.
    pub fn pull(&self, service: &str) -> Pull {
        let Some(layers) = self.layers.get(service) else {
            return Pull { phase: "pulling", current: 0, total: 0, words: String::new() };
        };
        let sum = |of: fn(&Layer) -> u64| layers.values().map(of).sum::<u64>();
        let (current, total) = (sum(|layer| layer.current), sum(|layer| layer.total));
        let to_come = layers.values().filter(|layer| layer.total == 0 && !layer.is_here).count();
        let words = match total {
            0 => String::new(),
            _ if layers.values().all(|layer| layer.is_here) => {
                format!("{}, unpacking", Bytes(total).rounded())
            }
            _ if to_come == 0 => format!("{} of {}", Bytes(current).rounded(), Bytes(total).rounded()),
            _ => format!(
                "{} of {}, {} to come",
                Bytes(current).rounded(),
                Bytes(total).rounded(),
                counted(to_come, "layer")
            ),
        };
        let phase = if layers.values().any(|layer| layer.broke_off) { "retrying" } else { "pulling" };
        Pull { phase, current, total, words }
    }

    /// The services whose pull stands still, each with for how long.
    pub fn silent(&self, now: Instant) -> impl Iterator<Item = (&str, Duration)> {
        let since = move |service| Some(now.duration_since(*self.heard.get(service)?));
        self.under_way()
            .filter_map(move |service| Some((service, since(service)?)))
            .filter(|(_, since)| *since >= SILENCE)
    }

    /// The services whose image was being pulled when it was heard last.
    pub fn under_way(&self) -> impl Iterator<Item = &str> {
        self.layers.keys().map(String::as_str).filter(|service| !self.pulled.contains(*service))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(id: &str, phase: &str, current: u64, total: u64) -> Step {
        Step { id: id.into(), parent: "db".into(), phase: phase.into(), current, total, ..Step::default() }
    }

    fn after(said: &mut Said, id: &str, phase: &str, current: u64, total: u64) -> String {
        said.pulls("db", &step(id, phase, current, total), Instant::now());
        said.pull("db").words
    }

    #[test]
    fn layers_add_up_and_unpacking_does_not() {
        let mut said = Said::default();
        assert_eq!(after(&mut said, "db", "Pulling", 0, 0), "");
        assert_eq!(after(&mut said, "l0", "Already exists", 0, 0), "");
        assert_eq!(after(&mut said, "l1", "Pulling fs layer", 0, 0), "");
        assert_eq!(after(&mut said, "l2", "Pulling fs layer", 0, 0), "");
        assert_eq!(
            after(&mut said, "l1", "Downloading", 5 << 20, 10 << 20),
            "5.0 MiB of 10 MiB, 1 layer to come"
        );
        assert_eq!(after(&mut said, "l2", "Downloading", 15 << 20, 40 << 20), "20 MiB of 50 MiB");
        assert_eq!(after(&mut said, "l1", "Retrying in 5 seconds", 0, 0), "20 MiB of 50 MiB");
        assert_eq!(said.pull("db").phase, "retrying");
        assert_eq!(after(&mut said, "l1", "Downloading", 5 << 20, 10 << 20), "20 MiB of 50 MiB");
        assert_eq!(after(&mut said, "l1", "Download complete", 0, 0), "25 MiB of 50 MiB");
        assert_eq!(after(&mut said, "l1", "Extracting", 1 << 20, 10 << 20), "25 MiB of 50 MiB");
        assert_eq!(after(&mut said, "l2", "Verifying Checksum", 0, 0), "50 MiB, unpacking");
        assert_eq!(
            said.pull("db"),
            Pull { phase: "pulling", current: 50 << 20, total: 50 << 20, words: "50 MiB, unpacking".into() }
        );
        assert_eq!(said.pull("other").words, "");
    }

    #[test]
    fn what_is_being_pulled_and_what_cannot_be() {
        let mut said = Said::default();
        let began = Instant::now();
        for service in ["a", "b"] {
            said.pulls(service, &step(service, "Pulling", 0, 0), began);
        }
        assert_eq!(said.under_way().collect::<Vec<_>>(), ["a", "b"]);
        said.pulls("a", &step("a", "Pulled", 0, 0), began);
        assert_eq!(said.under_way().collect::<Vec<_>>(), ["b"]);
        assert_eq!(said.silent(began + Duration::from_secs(4)).count(), 0);
        let later = Duration::from_secs(7);
        assert_eq!(said.silent(began + later).collect::<Vec<_>>(), [("b", later)]);
        let error = Step { words: "manifest unknown".into(), ..step("b", "Error", 0, 0) };
        said.pulls("b", &error, began);
        assert_eq!(said.unpulled["b"], "manifest unknown");
    }
}
