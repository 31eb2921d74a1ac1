//! Says once that something fails, and once that it works again: a neighbour that is dead, or half dead, must not flood the
//! log.

use std::{
    fmt::Display,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How often a lasting outage is mentioned again.
const REMINDER: Duration = Duration::from_secs(30);
/// How long it must work before that is news.
const QUIET: Duration = Duration::from_secs(5);

/// The outages of one neighbour, as they are logged.
#[derive(Debug)]
pub struct Outage {
    of: &'static str,
    state: Mutex<Option<State>>,
}

#[derive(Debug)]
struct State {
    since: Instant,
    last: Instant,
    logged: Instant,
    failures: u64,
}

impl Outage {
    /// No outage of `of`, a neighbour's name, so far.
    pub fn new(of: &'static str) -> Self {
        Self { of, state: Mutex::new(None) }
    }

    /// It failed.
    pub fn failed(&self, error: &dyn Display) {
        if let Some((failures, seconds)) = self.fails_at(Instant::now()) {
            tracing::warn!(neighbour = self.of, %error, failures, seconds, "{} fails", self.of);
        }
    }

    /// It worked.
    pub fn over(&self) {
        if let Some((failures, seconds)) = self.works_at(Instant::now()) {
            tracing::info!(neighbour = self.of, failures, seconds, "{} works again", self.of);
        }
    }

    /// The failures so far and their time in seconds, if this is to be logged.
    fn fails_at(&self, now: Instant) -> Option<(u64, u64)> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(state) = state.as_mut() else {
            *state = Some(State { since: now, last: now, logged: now, failures: 1 });
            return Some((1, 0));
        };
        state.failures += 1;
        state.last = now;
        (now - state.logged >= REMINDER).then(|| {
            state.logged = now;
            (state.failures, (now - state.since).as_secs())
        })
    }

    fn works_at(&self, now: Instant) -> Option<(u64, u64)> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let over = state.take_if(|state| now.saturating_duration_since(state.last) >= QUIET)?;
        Some((over.failures, (over.last - over.since).as_secs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_neighbour_that_comes_and_goes_is_one_outage() {
        let (outage, start) = (Outage::new("store"), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(outage.works_at(at(0)), None);
        assert_eq!(outage.fails_at(at(0)), Some((1, 0)));
        assert_eq!(outage.fails_at(at(1)), None);
        assert_eq!(outage.works_at(at(2)), None, "too early to tell");
        assert_eq!(outage.fails_at(at(3)), None);
        assert_eq!(outage.fails_at(at(31)), Some((4, 31)));
        assert_eq!(outage.works_at(at(40)), Some((4, 31)));
        assert_eq!(outage.works_at(at(41)), None);
        assert_eq!(outage.fails_at(at(50)), Some((1, 0)));
    }
}
