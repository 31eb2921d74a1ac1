//! Whether a stack is really up: a judgement over what was observed, without the engine.
//!
//! `docker compose up --wait` calls a crash loop without a health check healthy, and a one-shot that nobody adopts a
//! failure. Here a container is up when its health check passes; without one, when it has run for [`STABLE_AFTER`]
//! without a break; or when it ended with 0 and nothing will start it again.

mod container;
mod trouble;

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use indexmap::IndexMap;

use super::{
    events::{Occurrence, What},
    observe::{Health, Observed, State},
    time,
};

pub use trouble::{Reason, Trouble};

/// How long a container without a health check has to run before it counts as up.
pub const STABLE_AFTER: Duration = Duration::from_secs(5);
/// As many restarts while `up` watches are a crash loop. The engine waits 100 ms before the first and twice as long
/// before each further one, so a container that ends at once is there after 1.5 s.
pub const MOST_RESTARTS: u64 = 4;
/// As many ends for want of memory are enough: waiting brings no more of it.
pub const MOST_OOM_KILLS: u64 = 2;
/// How long a container that was unhealthy before `up` has for its next passing probe.
const GRACE: Duration = Duration::from_secs(30);

/// How far a service is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// It will not get up.
    Failed,
    /// There is no container yet, or it is one from before.
    Waiting,
    /// Its container is made.
    Created,
    /// Its container ended and is started again.
    Restarting,
    /// It runs, and its health check has not passed yet.
    Starting,
    /// It runs, and has no health check to prove more.
    Settling,
    /// Up: it ended with 0, and is a one-shot.
    Completed,
    /// Up: without a health check.
    Running,
    /// Up.
    Healthy,
}

impl Phase {
    /// Whether this is as far as it goes.
    pub fn is_up(self) -> bool {
        self >= Self::Completed
    }

    /// One word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Waiting => "waiting",
            Self::Created => "created",
            Self::Restarting => "restarting",
            Self::Starting | Self::Settling => "starting",
            Self::Completed => "completed",
            Self::Running => "running",
            Self::Healthy => "healthy",
        }
    }
}

/// What is watched.
#[derive(Debug)]
pub struct Watch {
    /// Services and how many containers each should have.
    wanted: IndexMap<String, u32>,
    began: Instant,
    before: HashMap<String, Before>,
    tracks: HashMap<String, Track>,
    containers: Vec<Observed>,
    /// Compose has done its part.
    is_started: bool,
}

/// A container as it was before anything was started.
#[derive(Debug)]
struct Before {
    started_at: String,
    restarts: u64,
    was_unhealthy: bool,
}

/// What is remembered of a container between two looks.
#[derive(Debug)]
struct Track {
    started_at: String,
    running_since: Instant,
    oom_event: bool,
    oom_kills: u64,
    last_exit: Option<i64>,
}

impl Watch {
    /// Watch these services, which have these containers now. `engine_time` is the engine's clock (RFC 3339).
    pub fn new(wanted: IndexMap<String, u32>, before: &[Observed], engine_time: &str, now: Instant) -> Self {
        let mut watch = Self {
            wanted,
            began: now,
            before: HashMap::new(),
            tracks: HashMap::new(),
            containers: Vec::new(),
            is_started: false,
        };
        for container in before {
            let state = Before {
                started_at: container.started_at.clone(),
                restarts: container.restarts,
                was_unhealthy: container.health == Some(Health::Unhealthy),
            };
            watch.before.insert(container.id.clone(), state);
            let running_since = uptime(container, engine_time).and_then(|uptime| now.checked_sub(uptime));
            if let Some(running_since) = running_since.filter(|_| container.state == State::Running) {
                watch.track(&container.id, &container.started_at, now).running_since = running_since;
            }
        }
        watch
    }

    fn track(&mut self, id: &str, started_at: &str, now: Instant) -> &mut Track {
        self.tracks.entry(id.to_owned()).or_insert_with(|| Track {
            started_at: started_at.to_owned(),
            running_since: now,
            oom_event: false,
            oom_kills: 0,
            last_exit: None,
        })
    }

    /// Something happened to a container of the project.
    pub fn happened(&mut self, occurrence: &Occurrence, now: Instant) {
        let track = self.track(&occurrence.id, "", now);
        match occurrence.what {
            What::OutOfMemory => track.oom_event = true,
            What::Died { exit_code } => {
                track.last_exit = Some(exit_code);
                // A process of the container may be killed without being its main one, which then ends as it likes.
                track.oom_kills += u64::from(std::mem::take(&mut track.oom_event) && exit_code != 0);
            }
            What::Changed => {}
        }
    }

    /// Every container of the project as it is now.
    pub fn look(&mut self, containers: Vec<Observed>, now: Instant) {
        for container in &containers {
            let track = self.track(&container.id, &container.started_at, now);
            if track.started_at != container.started_at {
                track.started_at.clone_from(&container.started_at);
                track.running_since = now;
            }
        }
        self.containers = containers;
    }

    /// Compose has ended well: what does not run by now was not going to.
    pub fn started(&mut self) {
        self.is_started = true;
    }

    /// How far each service is, in the order in which they are wanted.
    pub fn phases(&self, now: Instant) -> impl Iterator<Item = (&str, Phase)> {
        self.wanted.iter().map(move |(service, wanted)| {
            let found = self.of(service);
            let phase = found.map(|container| self.phase(container, now)).min();
            let enough = self.of(service).count() >= *wanted as usize;
            (
                service.as_str(),
                phase.filter(|_| enough).unwrap_or(if self.is_started {
                    Phase::Failed
                } else {
                    Phase::Waiting
                }),
            )
        })
    }

    /// Whether every service is up.
    pub fn is_up(&self, now: Instant) -> bool {
        self.is_started && self.phases(now).all(|(_, phase)| phase.is_up())
    }

    /// When a look at nothing new can bring something new: a container becomes stable, a grace ends.
    pub fn next_change(&self, now: Instant) -> Option<Instant> {
        let settling = |container: &&Observed| self.phase(container, now) == Phase::Settling;
        let stable = self
            .containers
            .iter()
            .filter(settling)
            .filter_map(|container| Some(self.tracks.get(&container.id)?.running_since + STABLE_AFTER));
        stable.chain([self.began + GRACE].into_iter().filter(|end| *end > now)).min()
    }

    /// The services that will not get up, and why, in the order in which they are wanted.
    pub fn troubles(&self, now: Instant) -> Vec<Trouble> {
        let mut troubles = Vec::new();
        for (service, wanted) in &self.wanted {
            let worst = self.of(service).find_map(|container| {
                let (reason, detail) = self.judge(container, now)?;
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
                detail: format!(
                    "{found} of {wanted} containers are there: somebody removed the others meanwhile"
                ),
            };
            troubles.extend(worst.or_else(|| (self.is_started && found < *wanted as usize).then(gone)));
        }
        troubles
    }

    /// The services that are not up when the time is over, each with what it waited for.
    pub fn late(&self, after: Duration, now: Instant) -> Vec<Trouble> {
        let phases: Vec<(&str, Phase)> = self.phases(now).filter(|(_, phase)| !phase.is_up()).collect();
        let late = |(service, phase): (&str, Phase)| {
            let container = self.of(service).find(|container| !self.phase(container, now).is_up());
            let detail = container::waits_for(phase, container);
            Trouble {
                service: service.to_owned(),
                container: container.map(|container| container.id.clone()),
                reason: Reason::Timeout,
                detail: format!("not up after {} s: {detail}", after.as_secs()),
            }
        };
        phases.into_iter().map(late).collect()
    }

    /// The services that are up but lost a process for want of memory on the way.
    pub fn short_of_memory(&self) -> Vec<&str> {
        let killed = |container: &Observed| {
            self.tracks.get(&container.id).is_some_and(|track| track.oom_kills > 0 || track.oom_event)
        };
        self.wanted.keys().filter(|service| self.of(service).any(killed)).map(String::as_str).collect()
    }

    /// The containers of the last look.
    pub fn containers(&self) -> &[Observed] {
        &self.containers
    }

    /// How long the watch has lasted.
    pub fn lasted(&self, now: Instant) -> Duration {
        now.duration_since(self.began)
    }

    /// Containers that were started while this watched, by name.
    pub fn newly_started(&self) -> impl Iterator<Item = &Observed> {
        let new = |container: &&Observed| {
            let before = self.before.get(&container.id);
            before.is_none_or(|before| before.started_at != container.started_at)
        };
        self.containers.iter().filter(new)
    }

    fn of(&self, service: &str) -> impl Iterator<Item = &Observed> {
        self.containers.iter().filter(move |container| container.service == service)
    }
}

/// How long a container has been running, by the engine's own clock.
fn uptime(container: &Observed, engine_time: &str) -> Option<Duration> {
    let (now, then) = (time::seconds(engine_time)?, time::seconds(&container.started_at)?);
    Duration::try_from_secs_f64(now - then).ok()
}

#[cfg(test)]
mod tests;
