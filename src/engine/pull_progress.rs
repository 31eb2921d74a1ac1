//! How far the pulls of images are, by what Docker Compose says of their layers.

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

use indexmap::IndexMap;

use super::progress::Step;

/// The pulls of a start, by service.
#[derive(Debug, Default)]
pub struct PullProgress {
    /// Services with an image that could not be pulled, each with the reason.
    pub failed: IndexMap<String, String>,
    /// The layers of each service's image that are not here yet.
    layers: IndexMap<String, IndexMap<String, Layer>>,
    /// Services with a pulled image.
    pulled: HashSet<String>,
    /// When the last step of each service's pull came.
    last_step: HashMap<String, Instant>,
}

/// A pull without a step for so long is stalled: an engine that tries again reports nothing.
const STALLED_AFTER: Duration = Duration::from_secs(5);

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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pull {
    /// The engine waits to try again what broke off.
    pub is_retrying: bool,
    /// Every layer is downloaded.
    pub is_unpacking: bool,
    /// Bytes that are downloaded.
    pub current: u64,
    /// Bytes of all layers of known size; 0 while there are none.
    pub total: u64,
    /// Layers of unknown size.
    pub layers_to_come: usize,
}

impl PullProgress {
    /// A step of a service's pull.
    pub fn step(&mut self, service: &str, step: &Step, now: Instant) {
        self.last_step.insert(service.to_owned(), now);
        let layers = self.layers.entry(service.to_owned()).or_default();
        match step.phase.as_str() {
            "Error" => {
                self.failed.insert(service.to_owned(), step.words.clone());
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
            // "Retrying in 5 seconds", again each second.
            phase if phase.starts_with("Retrying") => {
                layers.entry(step.id.clone()).or_default().broke_off = true;
            }
            _ => {}
        }
    }

    /// How far a service's pull is.
    pub fn pull(&self, service: &str) -> Pull {
        let Some(layers) = self.layers.get(service) else { return Pull::default() };
        let sum = |of: fn(&Layer) -> u64| layers.values().map(of).sum::<u64>();
        Pull {
            is_retrying: layers.values().any(|layer| layer.broke_off),
            is_unpacking: layers.values().all(|layer| layer.is_here),
            current: sum(|layer| layer.current),
            total: sum(|layer| layer.total),
            layers_to_come: layers.values().filter(|layer| layer.total == 0 && !layer.is_here).count(),
        }
    }

    /// The services with a stalled pull, each with for how long.
    pub fn stalled(&self, now: Instant) -> impl Iterator<Item = (&str, Duration)> {
        let since = move |service| Some(now.duration_since(*self.last_step.get(service)?));
        self.under_way()
            .filter_map(move |service| Some((service, since(service)?)))
            .filter(|(_, since)| *since >= STALLED_AFTER)
    }

    /// The services with a pull under way at the last step.
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

    /// The pull after a step: bytes that are here, bytes in all, layers to come.
    fn after(pulls: &mut PullProgress, id: &str, phase: &str, current: u64, total: u64) -> (u64, u64, usize) {
        pulls.step("db", &step(id, phase, current, total), Instant::now());
        let pull = pulls.pull("db");
        (pull.current >> 20, pull.total >> 20, pull.layers_to_come)
    }

    #[test]
    fn layers_add_up_and_unpacking_does_not() {
        let mut pulls = PullProgress::default();
        assert_eq!(after(&mut pulls, "db", "Pulling", 0, 0), (0, 0, 0));
        assert_eq!(after(&mut pulls, "l0", "Already exists", 0, 0), (0, 0, 0));
        assert_eq!(after(&mut pulls, "l1", "Pulling fs layer", 0, 0), (0, 0, 1));
        assert_eq!(after(&mut pulls, "l2", "Pulling fs layer", 0, 0), (0, 0, 2));
        assert_eq!(after(&mut pulls, "l1", "Downloading", 5 << 20, 10 << 20), (5, 10, 1));
        assert_eq!(after(&mut pulls, "l2", "Downloading", 15 << 20, 40 << 20), (20, 50, 0));
        assert_eq!(after(&mut pulls, "l1", "Retrying in 5 seconds", 0, 0), (20, 50, 0));
        assert!(pulls.pull("db").is_retrying);
        assert_eq!(after(&mut pulls, "l1", "Downloading", 5 << 20, 10 << 20), (20, 50, 0));
        assert_eq!(after(&mut pulls, "l1", "Download complete", 0, 0), (25, 50, 0));
        assert_eq!(after(&mut pulls, "l1", "Extracting", 1 << 20, 10 << 20), (25, 50, 0));
        assert!(!pulls.pull("db").is_unpacking);
        assert_eq!(after(&mut pulls, "l2", "Verifying Checksum", 0, 0), (50, 50, 0));
        assert!(pulls.pull("db").is_unpacking && !pulls.pull("db").is_retrying);
        assert_eq!(pulls.pull("other"), Pull::default());
    }

    #[test]
    fn what_is_being_pulled_and_what_cannot_be() {
        let mut pulls = PullProgress::default();
        let began = Instant::now();
        for service in ["a", "b"] {
            pulls.step(service, &step(service, "Pulling", 0, 0), began);
        }
        assert_eq!(pulls.under_way().collect::<Vec<_>>(), ["a", "b"]);
        pulls.step("a", &step("a", "Pulled", 0, 0), began);
        assert_eq!(pulls.under_way().collect::<Vec<_>>(), ["b"]);
        assert_eq!(pulls.stalled(began + Duration::from_secs(4)).count(), 0);
        let later = Duration::from_secs(7);
        assert_eq!(pulls.stalled(began + later).collect::<Vec<_>>(), [("b", later)]);
        let error = Step { words: "manifest unknown".into(), ..step("b", "Error", 0, 0) };
        pulls.step("b", &error, began);
        assert_eq!(pulls.failed["b"], "manifest unknown");
    }
}
