//! Takes a sample of the engine every second and makes points of it.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{Change, Full, Point, Recent, Series};
use crate::{
    engine::{End, Handle, Sample, Window},
    percentiles::Latencies,
    record::Record,
};

/// Points are made by whoever ticks it, about once a second.
#[derive(Debug)]
pub struct Recorder {
    recent: Arc<Mutex<Recent>>,
    last: Option<Sample>,
    taken: Instant,
    timeout: u64,
    whole: Option<Series>,
}

/// A whole run, for its report.
#[derive(Debug)]
pub struct Whole {
    /// When the engine began, in seconds since 1970.
    pub started: f64,
    /// The names of each point's `endpoints`.
    pub endpoints: Vec<String>,
    /// The points.
    pub series: Series,
    /// The mode changes, oldest first.
    pub changes: Vec<Change>,
}

/// Points of a whole run at most: about as many as a screen is wide.
const POINTS: usize = 1_200;

impl Recorder {
    /// For an engine with this `timeout` that has just begun. `whole` keeps the whole run as well, in bounded memory.
    pub fn new(recent: Arc<Mutex<Recent>>, timeout: Duration, whole: bool) -> Self {
        let timeout = u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX);
        Self {
            recent,
            last: None,
            taken: Instant::now(),
            timeout,
            whole: whole.then(|| Series::new(POINTS, Full::Merge)),
        }
    }

    /// Take the next point; false when the engine has ended.
    pub async fn tick(&mut self, handle: &Handle) -> bool {
        let Some((sample, window)) = handle.sample(Record::window(self.timeout)).await else { return false };
        let point = self.add(sample, &window);
        if let Some(whole) = &mut self.whole {
            whole.push(point);
        }
        true
    }

    /// Add what came after the last point, and give the whole run back, where it was kept.
    pub fn end(mut self, end: &End) -> Option<Whole> {
        let point = self.add(end.sample.clone(), &end.window);
        let mut series = self.whole?;
        series.finish(point);
        let recent = lock(&self.recent);
        Some(Whole {
            started: recent.started(),
            endpoints: recent.endpoints().to_vec(),
            series,
            changes: recent.changes().cloned().collect(),
        })
    }

    /// The last sample.
    pub fn last(&self) -> Option<&Sample> {
        self.last.as_ref()
    }

    fn add(&mut self, sample: Sample, window: &Latencies) -> Point {
        let now = Instant::now();
        let seconds = now.duration_since(self.taken).as_secs_f64();
        self.taken = now;
        let mut recent = lock(&self.recent);
        let t = recent.now();
        let point = Point::between(self.last.as_ref(), &sample, window, t, seconds);
        // The first mode, and one that was not changed over this server.
        recent.changed(sample.mode.clone(), sample.rate);
        recent.push(point.clone(), Window::of(window), &sample.faults);
        self.last = Some(sample);
        point
    }
}

/// Holding the lock, nothing can panic half-way: what a panic elsewhere left is whole.
pub fn lock(recent: &Mutex<Recent>) -> MutexGuard<'_, Recent> {
    recent.lock().unwrap_or_else(PoisonError::into_inner)
}
