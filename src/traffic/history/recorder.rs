//! Takes a sample of the engine every second and makes points of it.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{Point, Recent};
use crate::traffic::{
    engine::{Handle, Sample, Window},
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
}

impl Recorder {
    /// For an engine with this `timeout` that has just begun.
    pub fn new(recent: Arc<Mutex<Recent>>, timeout: Duration) -> Self {
        let timeout = u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX);
        Self { recent, last: None, taken: Instant::now(), timeout }
    }

    /// Take the next point; false when the engine has ended.
    pub async fn tick(&mut self, handle: &Handle) -> bool {
        let Some((sample, window)) = handle.sample(Record::window(self.timeout)).await else { return false };
        self.add(sample, &window);
        true
    }

    /// The last sample.
    pub fn last(&self) -> Option<&Sample> {
        self.last.as_ref()
    }

    fn add(&mut self, sample: Sample, window: &Latencies) {
        let now = Instant::now();
        let seconds = now.duration_since(self.taken).as_secs_f64();
        self.taken = now;
        let mut recent = lock(&self.recent);
        let t = recent.now();
        let point = Point::between(self.last.as_ref(), &sample, window, t, seconds);
        if self.last.is_none() && recent.changes().next().is_none() {
            recent.changed(sample.mode.clone(), sample.rate);
        }
        recent.push(point, Window::of(window), &sample.faults);
        self.last = Some(sample);
    }
}

/// Holding the lock, nothing can panic half-way: what a panic elsewhere left is whole.
pub fn lock(recent: &Mutex<Recent>) -> MutexGuard<'_, Recent> {
    recent.lock().unwrap_or_else(PoisonError::into_inner)
}
