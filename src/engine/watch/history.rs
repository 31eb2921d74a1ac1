//! What is remembered of containers between two looks, and how they were before.

use std::{
    collections::HashMap,
    mem,
    time::{Duration, Instant},
};

use crate::engine::{
    client::EngineKind,
    events::{ContainerEvent, EventKind},
    observe::{ContainerState, Health, Observed},
    time,
};

/// How long a container without a health check has to run before it counts as up.
pub const STABLE_AFTER: Duration = Duration::from_secs(5);
/// As many restarts while `up` watches are a crash loop. The engine waits 100 ms before the first and twice as long
/// before each further one, so a container that ends at once is there after 1.5 s.
pub const MOST_RESTARTS: u64 = 4;
/// So many out-of-memory kills are a failure: waiting does not help.
pub const MOST_OOM_KILLS: u64 = 2;
/// How long a container that was unhealthy before `up` has for its next passing probe.
pub const GRACE: Duration = Duration::from_secs(30);
/// How long after its first interval a health check of Podman's may be late.
pub const NEVER_CHECKED_AFTER: Duration = Duration::from_secs(10);
/// How long Podman may take to start a container again.
pub const BETWEEN_RESTARTS: Duration = Duration::from_secs(5);
/// The interval of a health check that has none.
const DEFAULT_INTERVAL: Duration = Duration::from_secs(30);

/// Every container since the watch began.
#[derive(Debug)]
pub struct History {
    /// When that was.
    pub began: Instant,
    /// Compose has done its part.
    pub is_started: bool,
    before: HashMap<String, Before>,
    tracks: HashMap<String, Track>,
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
pub struct Track {
    /// The start before the last one; empty where none was seen.
    started_before: String,
    started_at: String,
    /// Since when it runs without a break.
    pub running_since: Instant,
    /// The kernel has killed a process in it since its last end.
    pub oom_event: bool,
    /// How often it ended because it ran out of memory.
    pub oom_kills: u64,
    /// The exit code of its last end.
    pub last_exit: Option<i64>,
    /// Since when it has ended; `None` while it runs.
    ended_since: Option<Instant>,
}

impl Track {
    /// The last starts, by the engine's clock, oldest first.
    pub fn starts(&self) -> impl Iterator<Item = &str> {
        [&self.started_before, &self.started_at].into_iter().map(String::as_str).filter(|at| !at.is_empty())
    }
}

impl History {
    /// Of these containers, which are there now. `engine_time` is the engine's clock (RFC 3339).
    pub fn new(before: &[Observed], engine_time: &str, now: Instant) -> Self {
        let mut history =
            Self { began: now, is_started: false, before: HashMap::new(), tracks: HashMap::new() };
        for container in before {
            let state = Before {
                started_at: container.started_at.clone(),
                restarts: container.restarts,
                was_unhealthy: container.health == Some(Health::Unhealthy),
            };
            history.before.insert(container.id.clone(), state);
            let running_since = uptime(container, engine_time).and_then(|uptime| now.checked_sub(uptime));
            if let Some(running_since) = running_since.filter(|_| container.state == ContainerState::Running)
            {
                history.track(&container.id, &container.started_at, now).running_since = running_since;
            }
        }
        history
    }

    fn track(&mut self, id: &str, started_at: &str, now: Instant) -> &mut Track {
        self.tracks.entry(id.to_owned()).or_insert_with(|| Track {
            started_before: String::new(),
            started_at: started_at.to_owned(),
            running_since: now,
            oom_event: false,
            oom_kills: 0,
            last_exit: None,
            ended_since: None,
        })
    }

    /// What is remembered of a container.
    pub fn track_of(&self, container: &Observed) -> Option<&Track> {
        self.tracks.get(&container.id)
    }

    /// Something happened to a container of the project.
    pub fn happened(&mut self, event: &ContainerEvent, now: Instant) {
        let track = self.track(&event.id, "", now);
        match event.kind {
            EventKind::OutOfMemory => track.oom_event = true,
            EventKind::Died { exit_code } => {
                track.last_exit = Some(exit_code);
                // A process of the container may be killed without being its main one, which then ends as it likes.
                track.oom_kills += u64::from(mem::take(&mut track.oom_event) && exit_code != 0);
            }
            EventKind::Changed => {}
        }
    }

    /// Every container of the project as it is now.
    pub fn look(&mut self, containers: &[Observed], now: Instant) {
        for container in containers {
            let track = self.track(&container.id, &container.started_at, now);
            if track.started_at != container.started_at {
                track.started_before = mem::replace(&mut track.started_at, container.started_at.clone());
                track.running_since = now;
            }
            let has_ended = matches!(container.state, ContainerState::Exited | ContainerState::Stopped);
            track.ended_since = has_ended.then(|| track.ended_since.unwrap_or(now));
        }
    }

    /// Whether it has not been started since the watch began.
    pub fn is_from_before(&self, container: &Observed) -> bool {
        self.before.get(&container.id).is_some_and(|before| before.started_at == container.started_at)
    }

    /// Restarts by the engine since the watch began. After a start by Compose the engine counts from 0 again.
    pub fn restarted(&self, container: &Observed) -> u64 {
        let before = self.before.get(&container.id).map_or(0, |before| before.restarts);
        container.restarts.checked_sub(before).unwrap_or(container.restarts)
    }

    /// Whether Podman should have run its health check long ago, and has not: waiting does not help.
    pub fn never_checked(&self, container: &Observed, now: Instant) -> bool {
        let interval = container.created_with.healthcheck.as_ref().map_or(0, |check| check.interval);
        let interval = u64::try_from(interval).ok().filter(|interval| *interval > 0);
        let interval = interval.map_or(DEFAULT_INTERVAL, Duration::from_nanos);
        let is_late =
            |track: &Track| now.duration_since(track.running_since) > interval + NEVER_CHECKED_AFTER;
        container.engine == EngineKind::Podman
            && container.last_probe.is_none()
            && self.track_of(container).is_some_and(is_late)
    }

    /// Whether it may be about to start again: Podman calls a container exited or stopped where Docker says restarting.
    pub fn is_between_restarts(&self, container: &Observed, now: Instant) -> bool {
        let ended_since = self.track_of(container).and_then(|track| track.ended_since);
        container.engine == EngineKind::Podman
            && container.limits.restart != "no"
            && ended_since.is_some_and(|since| now.duration_since(since) < BETWEEN_RESTARTS)
    }

    /// What was unhealthy before may only have waited for what `up` mends.
    pub fn is_forgiven(&self, container: &Observed, now: Instant) -> bool {
        let before = self.before.get(&container.id);
        before.is_some_and(|before| before.was_unhealthy)
            && self.is_from_before(container)
            && now.duration_since(self.began) < GRACE
    }
}

/// How long a container has been running, by the engine's own clock.
fn uptime(container: &Observed, engine_time: &str) -> Option<Duration> {
    let (now, then) = (time::seconds(engine_time)?, time::seconds(&container.started_at)?);
    Duration::try_from_secs_f64(now - then).ok()
}
