//! The events of the engine's control server, and what a viewer keeps of them.

use std::{collections::VecDeque, time::Instant};

use indexmap::IndexMap;
use serde::Deserialize;

/// Seconds that are kept: a point is at least a cell wide, and no terminal has more.
const POINTS: usize = 900;

/// One event of `GET /events`, as far as it is shown.
#[derive(Debug, Clone, Deserialize)]
pub struct Event {
    pub(super) status: Status,
    #[serde(default)]
    pub(super) lately: Lately,
    pub(super) modes: IndexMap<String, f64>,
    #[serde(default)]
    pub(super) started: f64,
    pub(super) point: Option<Point>,
    #[serde(default)]
    pub(super) endpoints: IndexMap<String, Endpoint>,
    pub(super) trouble: Option<Trouble>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Status {
    pub mode: Option<String>,
    pub rps: Option<f64>,
    pub stats: Stats,
    pub state: String,
    pub current_rps: f64,
    pub target: String,
    pub uptime_seconds: f64,
    pub in_flight: u64,
    pub dropped: u64,
    pub errors: IndexMap<String, u64>,
    #[serde(default)]
    pub captures_missing: u64,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Stats {
    pub total: u64,
    pub successful: u64,
    pub failed: u64,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Lately {
    pub latency_ms: Latency,
}

/// Response times in milliseconds; `None` where nothing was answered.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) struct Latency {
    pub p50: Option<f64>,
    pub p99: Option<f64>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Point {
    pub t: f64,
    pub seconds: f64,
    pub asked: Option<f64>,
    pub reached: f64,
    pub failed: u64,
    pub latency_ms: Option<Latency>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Endpoint {
    pub sent: u64,
    pub failed: u64,
    pub p50: Option<f64>,
    pub p99: Option<f64>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Trouble {
    pub since: f64,
    pub kind: String,
}

/// `GET /history`, as far as it is shown.
#[derive(Debug, Default, Deserialize)]
pub struct Past {
    points: Vec<Point>,
}

/// What a viewer knows of an engine.
#[derive(Debug, Default)]
pub struct Watched {
    /// The newest event.
    pub(super) now: Option<Event>,
    /// The seconds before it, of this run.
    pub(super) points: VecDeque<Point>,
    /// When the connection was lost.
    pub(super) lost: Option<Instant>,
    /// Why the mode that was chosen last is not on.
    pub(super) refused: Option<String>,
}

impl Watched {
    /// What the server remembers replaces what is known: it may be another run.
    pub fn remember(&mut self, past: Past) {
        self.points = past.points.into();
    }

    /// The next event.
    pub fn receive(&mut self, event: Event) {
        if self.now.as_ref().is_some_and(|now| now.started != event.started) {
            self.points.clear();
        }
        if let Some(point) = &event.point
            && self.points.back().is_none_or(|last| last.t < point.t)
        {
            self.points.push_back(point.clone());
            if self.points.len() > POINTS {
                self.points.pop_front();
            }
        }
        self.now = Some(event);
        self.lost = None;
    }

    /// The name of the mode with this number, from 1.
    pub fn mode(&self, number: usize) -> Option<String> {
        let modes = &self.now.as_ref()?.modes;
        modes.get_index(number.checked_sub(1)?).map(|(name, _)| name.clone())
    }

    /// A mode was chosen; `refused` is why it is not on.
    pub fn chosen(&mut self, mode: &str, refused: Option<String>) {
        if let (None, Some(now)) = (&refused, &mut self.now) {
            now.status.mode = Some(mode.to_owned());
            now.status.rps = now.modes.get(mode).copied();
        }
        self.refused = refused.map(|error| format!("{mode}: {error}"));
    }

    /// The connection is lost; since when stays what it was.
    pub fn lose(&mut self) {
        self.lost.get_or_insert_with(Instant::now);
    }
}
