//! When the next request is due: open loop, an exact mean, bounded jitter. Arithmetic only; the clock is the caller's.
//!
//! Arrival `n` of a mode is intended at `(n + u) x T` after the mode's start, with `T` the interval and `u` drawn
//! uniformly within half the jitter. Every interval between neighbours stays within the jitter, and because `u` is
//! drawn around the nominal time instead of the previous arrival, the errors do not add up: the mean has no drift.
//!
//! A change of rate keeps the phase. What is left of the running interval is scaled to the new rate, so the change
//! takes effect at once (also away from one request an hour), and switching back and forth sends nothing extra.

use fastrand::Rng;

/// Nanoseconds since the engine began.
pub type Nanos = u64;

/// A second, in [`Nanos`].
pub const SECOND: Nanos = 1_000_000_000;

/// The arrivals of one mode after another.
///
/// ```
/// use stackctl_traffic::schedule::{SECOND, Schedule};
///
/// // Four a second for one second, without jitter.
/// let mut schedule = Schedule::new(4.0, 0.0, 0, fastrand::Rng::new()).until(SECOND);
/// let mut arrivals = Vec::new();
/// while let Some(due) = schedule.due() {
///     arrivals.push(due);
///     schedule.take();
/// }
/// assert_eq!(arrivals, [0, SECOND / 4, SECOND / 2, 3 * SECOND / 4]);
/// ```
#[derive(Debug, Clone)]
pub struct Schedule {
    rng: Rng,
    jitter: f64,
    /// Arrivals per second; 0 is a pause.
    rate: f64,
    /// When this rate began.
    since: Nanos,
    /// The position at `since`, in arrivals; position `n` is arrival `n`'s nominal time.
    offset: f64,
    /// The next arrival, how far it is from its nominal position, and when it is intended.
    next: u64,
    u: f64,
    due: Option<Nanos>,
    /// No arrival is nominally at or after this.
    end: Nanos,
}

impl Schedule {
    /// A schedule with its first arrival due at `start`. `rate` is finite and at least 0, `jitter` from 0 to 1.
    pub fn new(rate: f64, jitter: f64, start: Nanos, rng: Rng) -> Self {
        let mut schedule = Self {
            rng,
            jitter,
            rate,
            since: start,
            offset: 0.0,
            next: 0,
            u: 0.0,
            due: None,
            end: Nanos::MAX,
        };
        schedule.draw();
        schedule
    }

    /// No arrival from `end` on: one that is nominally at `end` itself is left out.
    #[must_use]
    pub fn until(mut self, end: Nanos) -> Self {
        self.end = end;
        self.aim();
        self
    }

    /// When the next arrival is intended; `None` while there is none.
    pub fn due(&self) -> Option<Nanos> {
        self.due
    }

    /// Take the arrival that is due.
    pub fn take(&mut self) {
        self.next += 1;
        self.draw();
    }

    /// Leave out, at once, every arrival that is certainly intended before `time`, and say how many those were.
    /// Up to one jitter's worth of others may be left: they are taken one by one.
    pub fn skip_before(&mut self, time: Nanos) -> u64 {
        let time = time.min(self.end);
        if self.rate <= 0.0 || time <= self.since {
            return 0;
        }
        // Arrival n is certainly before `time` when n + jitter/2 is before its position.
        let position = self.position(time) - self.jitter / 2.0;
        let first_kept = position.ceil().max(0.0) as u64;
        let skipped = first_kept.saturating_sub(self.next);
        if skipped > 0 {
            self.next = first_kept;
            self.draw();
        }
        skipped
    }

    /// Go on at another rate from `now`.
    pub fn switch(&mut self, rate: f64, now: Nanos) {
        let now = now.max(self.since);
        // How far the running interval has come, from the last nominal arrival on: 0 to 1; below 0 when that
        // arrival was drawn early and its nominal time is still to come, above 1 when the next one is drawn late. The
        // next one keeps its draw: drawing again at each switch would let frequent switches pick early ones.
        let done = (self.position(now) - self.next as f64 + 1.0).clamp(-0.5, 1.5);
        self.offset = done;
        self.next = 1;
        self.since = now;
        self.rate = rate;
        self.aim();
    }

    fn position(&self, time: Nanos) -> f64 {
        self.offset + time.saturating_sub(self.since) as f64 * self.rate / SECOND as f64
    }

    fn draw(&mut self) {
        self.u = (self.rng.f64() - 0.5) * self.jitter;
        self.aim();
    }

    fn aim(&mut self) {
        self.due = None;
        if self.rate > 0.0 {
            let after = |position: f64| {
                let nanos = (position - self.offset) / self.rate * SECOND as f64;
                self.since.saturating_add(nanos.round().max(0.0) as Nanos)
            };
            let nominal = self.next as f64;
            if after(nominal) < self.end {
                self.due = Some(after(nominal + self.u));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;
    use proptest::prelude::*;

    use super::*;

    fn arrivals(schedule: &mut Schedule, before: Nanos) -> Vec<Nanos> {
        let mut times = Vec::new();
        while let Some(due) = schedule.due().filter(|due| *due < before) {
            times.push(due);
            schedule.take();
        }
        times
    }

    #[test]
    fn sixty_seconds_at_two_a_second_are_120_arrivals() {
        let mut schedule = Schedule::new(2.0, 0.2, 7, Rng::with_seed(1)).until(7 + 60 * SECOND);
        assert_eq!(arrivals(&mut schedule, Nanos::MAX).len(), 120);
        assert_eq!(schedule.due(), None);
    }

    #[test]
    fn the_mean_is_exact_over_sixty_seconds_at_a_high_rate() {
        let mut schedule = Schedule::new(9_973.0, 0.2, 0, Rng::with_seed(2)).until(60 * SECOND);
        assert_eq!(arrivals(&mut schedule, Nanos::MAX).len(), 60 * 9_973);
    }

    #[test]
    fn a_slow_mode_gives_way_at_once_and_a_pause_keeps_the_phase() {
        let mut schedule = Schedule::new(0.001, 0.0, 0, Rng::with_seed(3));
        schedule.take();
        schedule.switch(100.0, 500 * SECOND);
        assert_eq!(schedule.due(), Some(500 * SECOND + 5_000_000));
        schedule.switch(0.0, 500 * SECOND);
        assert_eq!(schedule.due(), None);
        schedule.switch(10.0, 900 * SECOND);
        assert_eq!(schedule.due(), Some(900 * SECOND + 50_000_000));
    }

    #[test]
    fn switching_back_and_forth_sends_nothing_extra() {
        let mut schedule = Schedule::new(10.0, 0.2, 0, Rng::with_seed(4));
        let mut sent = 0;
        for millisecond in 0..10_000 {
            let now = millisecond * 1_000_000;
            sent += arrivals(&mut schedule, now).len();
            schedule.switch(10.0, now);
        }
        assert!((99..=101).contains(&sent), "{sent}");
    }

    #[test]
    fn a_backlog_is_skipped_in_one_step() {
        let mut schedule = Schedule::new(1e9, 0.2, 0, Rng::with_seed(5));
        assert_eq!(schedule.skip_before(3_600 * SECOND), 3_600_000_000_000);
        assert!(schedule.due().unwrap() >= 3_600 * SECOND - 1);
    }

    proptest! {
        #[test]
        fn intervals_stay_within_the_jitter_and_never_drift(
            rate in 0.01_f64..50_000.0, jitter in 0.0_f64..=1.0, start in 0_u64..1_000_000_000_000, seed: u64
        ) {
            let mut schedule = Schedule::new(rate, jitter, start, Rng::with_seed(seed));
            let interval = SECOND as f64 / rate;
            let mut last = None;
            for n in 0..500_u64 {
                let due = schedule.due().unwrap();
                let nominal = start as f64 + n as f64 * interval;
                prop_assert!((due as f64 - nominal).abs() <= jitter / 2.0 * interval + 2.0);
                if let Some(last) = last {
                    prop_assert!(due >= last);
                    let gap = (due - last) as f64;
                    prop_assert!(gap >= interval * (1.0 - jitter) - 2.0);
                    prop_assert!(gap <= interval * (1.0 + jitter) + 2.0);
                }
                last = Some(due);
                schedule.take();
            }
        }

        #[test]
        fn no_rate_makes_it_panic_or_go_back_in_time(
            rates in prop::collection::vec(prop_oneof![
                Just(0.0), Just(1e9), Just(f64::MIN_POSITIVE), Just(1e-9), 0.0..1e6_f64
            ], 1..8),
            jitter in 0.0_f64..=1.0, seed: u64, step in 0_u64..10_000_000_000
        ) {
            let mut now = 0;
            let mut schedule = Schedule::new(rates[0], jitter, 0, Rng::with_seed(seed));
            for rate in rates {
                schedule.switch(rate, now);
                prop_assert!(schedule.due().is_none_or(|due| due >= now));
                now = now.saturating_add(step);
                schedule.skip_before(now);
                for _ in 0..3 { schedule.take(); }
            }
        }

        #[test]
        fn what_is_skipped_and_what_is_taken_add_up(
            rate in 1.0_f64..10_000.0, jitter in 0.0_f64..=1.0, seed: u64, until in 0_u64..2_000_000_000
        ) {
            let mut taken = Schedule::new(rate, jitter, 0, Rng::with_seed(seed)).until(3 * SECOND);
            let mut skipped = taken.clone();
            let all = arrivals(&mut taken, Nanos::MAX).len() as u64;
            let left_out = skipped.skip_before(until);
            prop_assert_eq!(left_out + arrivals(&mut skipped, Nanos::MAX).len() as u64, all);
        }
    }
}
