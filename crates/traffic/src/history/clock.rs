//! The time axis: wall-clock time that never runs backwards.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The machine was suspended, or its clock set forward: the time axis follows with a gap.
const AHEAD: Duration = Duration::from_secs(1);

/// Seconds since 1970, counted by the monotonic clock from an anchor. A wall clock that is set back moves nothing; one that
/// is ahead, as after a suspended night, moves the anchor forward.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    since: Instant,
    anchor: Duration,
}

impl Clock {
    /// Anchored now.
    pub fn start() -> Self {
        Self { since: Instant::now(), anchor: wall() }
    }

    /// Seconds since 1970, to the millisecond.
    pub fn now(&mut self) -> f64 {
        self.at(self.since.elapsed(), wall())
    }

    fn at(&mut self, elapsed: Duration, wall: Duration) -> f64 {
        let mut time = self.anchor + elapsed;
        if wall > time + AHEAD {
            self.anchor += wall - time;
            time = wall;
        }
        (time.as_secs_f64() * 1e3).round() / 1e3
    }
}

fn wall() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_never_runs_backwards_and_a_suspended_night_is_a_gap() {
        let seconds = Duration::from_secs;
        let mut clock = Clock { since: Instant::now(), anchor: seconds(1_000) };
        assert_eq!(clock.at(seconds(1), seconds(1_001)), 1_001.0);
        assert_eq!(clock.at(seconds(2), seconds(400)), 1_002.0);
        assert_eq!(clock.at(seconds(3), seconds(30_000)), 30_000.0);
        assert_eq!(clock.at(seconds(4), seconds(29_000)), 30_001.0);
    }
}
