//! All services of a stack, watched until they are up.

use std::time::{Duration, Instant};

use indexmap::IndexMap;

use super::{
    container::waits_for,
    history::{GRACE, History, STABLE_AFTER},
    phase::Phase,
    trouble::{Reason, Trouble},
};
use crate::engine::{events::ContainerEvent, observe::Observed};

/// What is watched.
#[derive(Debug)]
pub struct Watch {
    /// Services and how many containers each should have.
    wanted: IndexMap<String, u32>,
    containers: Vec<Observed>,
    history: History,
}

impl Watch {
    /// Watch these services, which have these containers now. `engine_time` is the engine's clock (RFC 3339).
    pub fn new(wanted: IndexMap<String, u32>, before: &[Observed], engine_time: &str, now: Instant) -> Self {
        Self { wanted, containers: Vec::new(), history: History::new(before, engine_time, now) }
    }

    /// Something happened to a container of the project.
    pub fn happened(&mut self, event: &ContainerEvent, now: Instant) {
        self.history.happened(event, now);
    }

    /// Every container of the project as it is now.
    pub fn look(&mut self, containers: Vec<Observed>, now: Instant) {
        self.history.look(&containers, now);
        self.containers = containers;
    }

    /// Compose has ended well: what does not run by now was not going to.
    pub fn started(&mut self) {
        self.history.is_started = true;
    }

    /// How far each service is, in the order in which they are wanted.
    pub fn phases(&self, now: Instant) -> impl Iterator<Item = (&str, Phase)> {
        self.wanted.iter().map(move |(service, wanted)| {
            let found = self.of(service);
            let phase = found.map(|container| self.history.phase(container, now)).min();
            let enough = self.of(service).count() >= *wanted as usize;
            (
                service.as_str(),
                phase.filter(|_| enough).unwrap_or(if self.history.is_started {
                    Phase::Failed
                } else {
                    Phase::Waiting
                }),
            )
        })
    }

    /// Whether every service is up.
    pub fn is_up(&self, now: Instant) -> bool {
        self.history.is_started && self.phases(now).all(|(_, phase)| phase.is_up())
    }

    /// When a look at nothing new can bring something new: a container becomes stable, a grace ends.
    pub fn next_change(&self, now: Instant) -> Option<Instant> {
        let settling = |container: &&Observed| self.history.phase(container, now) == Phase::Settling;
        let stable = self
            .containers
            .iter()
            .filter(settling)
            .filter_map(|container| Some(self.history.track_of(container)?.running_since + STABLE_AFTER));
        stable.chain([self.history.began + GRACE].into_iter().filter(|end| *end > now)).min()
    }

    /// The services that will not get up, and why, in the order in which they are wanted.
    pub fn troubles(&self, now: Instant) -> Vec<Trouble> {
        let mut troubles = Vec::new();
        for (service, wanted) in &self.wanted {
            let worst = self.of(service).find_map(|container| {
                let (reason, detail) = self.history.judge(container, now)?;
                Some(Trouble {
                    service: service.clone(),
                    container: Some(container.id.clone()),
                    reason,
                    detail,
                })
            });
            let found = self.of(service).count();
            let gone = || Trouble {
                service: service.clone(),
                container: None,
                reason: Reason::Exited,
                detail: format!("{found} of {wanted} containers exist: the others were removed from outside"),
            };
            troubles
                .extend(worst.or_else(|| (self.history.is_started && found < *wanted as usize).then(gone)));
        }
        troubles
    }

    /// The services that are not up when the time is over, each with what it waited for.
    pub fn late(&self, after: Duration, now: Instant) -> Vec<Trouble> {
        let phases: Vec<(&str, Phase)> = self.phases(now).filter(|(_, phase)| !phase.is_up()).collect();
        let late = |(service, phase): (&str, Phase)| {
            let container = self.of(service).find(|container| !self.history.phase(container, now).is_up());
            let detail = waits_for(phase, container);
            Trouble {
                service: service.to_owned(),
                container: container.map(|container| container.id.clone()),
                reason: Reason::Timeout,
                detail: format!("not up after {} s: {detail}", after.as_secs()),
            }
        };
        phases.into_iter().map(late).collect()
    }

    /// The services that are up and ran out of memory while they started.
    pub fn short_of_memory(&self) -> Vec<&str> {
        let killed = |container: &Observed| {
            self.history.track_of(container).is_some_and(|track| track.oom_kills > 0 || track.oom_event)
        };
        self.wanted.keys().filter(|service| self.of(service).any(killed)).map(String::as_str).collect()
    }

    /// How many services are watched.
    pub fn services(&self) -> usize {
        self.wanted.len()
    }

    /// When a container was started, as far as that was seen, oldest first.
    pub fn starts(&self, id: &str) -> Vec<String> {
        let container = self.containers.iter().find(|container| container.id == id);
        let track = container.and_then(|container| self.history.track_of(container));
        track.map(|track| track.starts().map(str::to_owned).collect()).unwrap_or_default()
    }

    /// How long the watch has lasted.
    pub fn lasted(&self, now: Instant) -> Duration {
        now.duration_since(self.history.began)
    }

    /// Containers that were started while this watched, by name.
    pub fn newly_started(&self) -> impl Iterator<Item = &Observed> {
        let new = |container: &&Observed| !self.history.is_from_before(container);
        self.containers.iter().filter(new)
    }

    /// Whether a container of the service was there before, and has not been started since.
    pub fn has_earlier(&self, service: &str) -> bool {
        self.of(service).any(|container| self.history.is_from_before(container))
    }

    fn of(&self, service: &str) -> impl Iterator<Item = &Observed> {
        self.containers.iter().filter(move |container| container.service == service)
    }
}
