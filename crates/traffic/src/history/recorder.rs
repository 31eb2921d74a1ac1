//! Takes a sample of the engine every second and makes points of it.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{Point, Recent, Whole};
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
        let point = self.next(sample, &window);
        let mut recent = lock(&self.recent);
        recent.roll(&point, &window, self.last.as_ref().map_or(0, |sample| sample.resets));
        let faults = self.last.as_ref().map_or(&[][..], |sample| &sample.faults);
        recent.push(point, Window::of(&window), faults);
        true
    }

    /// Add what came after the last point, and give the whole run back.
    pub fn end(mut self, end: &End) -> Whole {
        let point = self.next(end.sample.clone(), &end.window);
        let mut recent = lock(&self.recent);
        recent.finish(point);
        recent.whole()
    }

    /// The last sample.
    pub fn last(&self) -> Option<&Sample> {
        self.last.as_ref()
    }

    /// The point of this sample, the mode change that came with it aside.
    fn next(&mut self, sample: Sample, window: &Latencies) -> Point {
        let now = Instant::now();
        let seconds = now.duration_since(self.taken).as_secs_f64();
        self.taken = now;
        let mut recent = lock(&self.recent);
        let t = recent.now();
        let point = Point::between(self.last.as_ref(), &sample, window, t, seconds);
        // The first mode, and one that was not changed over this server.
        recent.changed(sample.mode.clone(), sample.rate, sample.over_seconds);
        drop(recent);
        self.last = Some(sample);
        point
    }
}

/// Holding the lock, nothing can panic half-way: what a panic elsewhere left is whole.
pub fn lock(recent: &Mutex<Recent>) -> MutexGuard<'_, Recent> {
    recent.lock().unwrap_or_else(PoisonError::into_inner)
}
