//! What a connection is doing and since when, shared by its socket, its requests and the sweep that closes what takes too long.
//! One sweep a second looks at every connection, so that a request sets no timer.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// A request's head must be complete after this, counted from its first byte; the first request's from the connection's beginning.
pub const HEAD: Duration = Duration::from_secs(5);

/// A connection without a request is closed after this. Longer than nginx keeps its idle connections to a server (60 s), which
/// would otherwise send a request into a connection that is being closed.
pub const IDLE: Duration = Duration::from_secs(75);

/// A client that has taken no byte of its answer for so long is sent away.
pub const STALLED: Duration = Duration::from_secs(30);

/// What a connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// A head is on its way, or the first one is awaited.
    Head,
    /// Between two requests.
    Idle,
    /// A request is in hand, or its answer is being written.
    Busy,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    since: Instant,
    /// Since when the client reads nothing.
    stalled: Option<Instant>,
    /// Bytes have come since the last request began.
    fresh: bool,
}

/// Of one connection. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Activity(Arc<Mutex<State>>);

impl Activity {
    /// A new connection.
    pub fn new() -> Self {
        let state = State { phase: Phase::Head, since: Instant::now(), stalled: None, fresh: false };
        Self(Arc::new(Mutex::new(state)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Each change is one assignment after another: there is no half-way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes have come.
    pub fn received(&self) {
        let mut state = self.state();
        state.fresh = true;
        match state.phase {
            Phase::Head => return,
            Phase::Idle => state.phase = Phase::Head,
            Phase::Busy => {}
        }
        state.since = Instant::now();
    }

    /// The client takes no more bytes, or takes some again.
    pub fn writes(&self, flow: bool) {
        let mut state = self.state();
        match (flow, state.stalled) {
            (true, _) => state.stalled = None,
            (false, None) => state.stalled = Some(Instant::now()),
            (false, Some(_)) => {}
        }
    }

    /// A request begins. Returns whether it came together with the one before it (pipelined), and what ends it when dropped.
    pub fn begin(&self) -> (bool, InHand) {
        let mut state = self.state();
        let pipelined = !std::mem::take(&mut state.fresh);
        state.phase = Phase::Busy;
        state.since = Instant::now();
        (pipelined, InHand(self.clone()))
    }

    /// Whether its socket is gone: this is the last that is left of it.
    pub fn is_ended(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }

    /// Whether it takes too long.
    pub fn is_overdue(&self, now: Instant) -> bool {
        let state = self.state();
        let lasts = |since: Instant| now.saturating_duration_since(since);
        let limit = match state.phase {
            Phase::Head => HEAD,
            Phase::Idle => IDLE,
            Phase::Busy => Duration::MAX,
        };
        lasts(state.since) >= limit || state.stalled.is_some_and(|since| lasts(since) >= STALLED)
    }

    /// Connections in the order in which they are closed when there are too many: those without a request and those that are not
    /// read first, and of each kind the one that has been so for longest.
    pub fn rank(&self) -> (bool, Instant) {
        let state = self.state();
        match state.stalled {
            Some(since) => (false, since),
            None => (state.phase == Phase::Busy, state.since),
        }
    }
}

/// A request in hand, until its answer is complete.
#[derive(Debug)]
pub struct InHand(Activity);

impl Drop for InHand {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.phase = Phase::Idle;
        state.since = Instant::now();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_phase_has_its_limit() {
        let activity = Activity::new();
        let overdue = |after: Duration| activity.is_overdue(Instant::now() + after);
        let second = Duration::from_secs(1);
        assert!(!overdue(HEAD - second) && overdue(HEAD));
        // A request in hand may last: an event stream has no end.
        let (pipelined, in_hand) = activity.begin();
        assert!(pipelined, "no byte has come");
        assert!(!overdue(Duration::from_secs(86_400)));
        drop(in_hand);
        assert!(!overdue(IDLE - second) && overdue(IDLE));
        // One byte of the next head, and the head has to follow.
        activity.received();
        assert!(overdue(HEAD));
        activity.received();
        let (pipelined, _in_hand) = activity.begin();
        assert!(!pipelined);
        assert!(activity.begin().0, "the second of two that came together");
        activity.writes(false);
        activity.writes(false);
        assert!(!overdue(STALLED - second) && overdue(STALLED));
        activity.writes(true);
        assert!(!overdue(STALLED));
    }

    #[test]
    fn idle_connections_go_before_busy_ones_and_old_ones_before_new_ones() {
        let (busy, stalled, idle, new) = (Activity::new(), Activity::new(), Activity::new(), Activity::new());
        let (_first, _second) = (busy.begin(), stalled.begin());
        drop(idle.begin());
        stalled.writes(false);
        new.received();
        drop(new.begin());
        let mut order = [("busy", &busy), ("stalled", &stalled), ("idle", &idle), ("new", &new)];
        order.sort_by_key(|(_, activity)| activity.rank());
        assert_eq!(order.map(|(name, _)| name), ["idle", "stalled", "new", "busy"]);
    }
}
