//! Says once that something fails, and once that it works again: a dead neighbour must not flood the log.

use std::{
    fmt::Display,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How often a lasting outage is mentioned again.
const REMINDER: Duration = Duration::from_secs(30);

/// The outages of one neighbour, as the log tells them.
#[derive(Debug)]
pub struct Outage {
    of: &'static str,
    state: Mutex<Option<State>>,
}

#[derive(Debug)]
struct State {
    since: Instant,
    said: Instant,
    failures: u64,
}

impl Outage {
    /// No outage of `of`, a neighbour's name, so far.
    pub fn new(of: &'static str) -> Self {
        Self { of, state: Mutex::new(None) }
    }

    /// It failed.
    pub fn failed(&self, error: &dyn Display) {
        let now = Instant::now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match state.as_mut() {
            None => {
                *state = Some(State { since: now, said: now, failures: 1 });
                tracing::warn!(neighbour = self.of, %error, "{} fails", self.of);
            }
            Some(state) => {
                state.failures += 1;
                if now - state.said >= REMINDER {
                    state.said = now;
                    let seconds = (now - state.since).as_secs();
                    tracing::warn!(neighbour = self.of, %error, failures = state.failures, seconds, "{} still fails", self.of);
                }
            }
        }
    }

    /// It worked.
    pub fn over(&self) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(state) = state {
            let seconds = state.since.elapsed().as_secs_f64();
            tracing::info!(
                neighbour = self.of,
                failures = state.failures,
                seconds,
                "{} works again",
                self.of
            );
        }
    }
}
