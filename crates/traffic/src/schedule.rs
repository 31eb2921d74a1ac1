//! When the next request is due: open loop, an exact mean, bounded jitter. Arithmetic only; the clock is the caller's.
//!
//! Arrival `n` is intended where the integral of the rate reaches `n + u`, with `u` drawn uniformly within half the jitter: at a
//! constant rate that is `(n + u) x T`, with `T` the interval. Every interval between neighbours stays within the jitter, and
//! because `u` is drawn around the nominal place instead of the previous arrival, the errors do not add up: the mean has no drift.
//!
//! A change of rate keeps the place: the integral goes on from where it is. What is left of the running interval is scaled to the
//! new rate, so the change takes effect at once (also away from one request an hour), and switching back and forth sends nothing
//! extra.

use fastrand::Rng;

use super::line::Line;
pub use super::line::{Nanos, SECOND};

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
    line: Line,
    /// The integral of the rate where the line begins; arrival `n` is nominally where it is `n`.
    offset: f64,
    /// The next arrival, how far it is from its nominal place, and when it is intended.
    next: i64,
    u: f64,
    due: Option<Nanos>,
    /// No arrival is nominally at or after this.
    end: Nanos,
    /// From here on another line is to come: no arrival is nominally at or after this yet.
    boundary: Nanos,
}

impl Schedule {
    /// A schedule with its first arrival due at `start`. `rate` is finite and at least 0, `jitter` from 0 to 1.
    pub fn new(rate: f64, jitter: f64, start: Nanos, rng: Rng) -> Self {
        Self::along(Line::constant(rate, start), jitter, rng)
    }

    /// A schedule with its first arrival due where `line` begins.
    pub fn along(line: Line, jitter: f64, rng: Rng) -> Self {
        let mut schedule = Self {
            rng,
            jitter,
            line,
            offset: 0.0,
            next: 0,
            u: 0.0,
            due: None,
            end: Nanos::MAX,
            boundary: Nanos::MAX,
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

    /// Hold back what is nominally at or after `boundary`, which is not 0, where the rate is to change; the next change moves it.
    pub fn hold_from(&mut self, boundary: Nanos) {
        self.boundary = boundary;
        self.aim();
    }

    /// Where arrivals are held back; the end of time where they are not.
    pub fn boundary(&self) -> Nanos {
        self.boundary
    }

    /// When the next arrival is intended; `None` while there is none.
    pub fn due(&self) -> Option<Nanos> {
        self.due
    }

    /// Arrivals per second at `time`.
    pub fn rate(&self, time: Nanos) -> f64 {
        self.line.rate(time)
    }

    /// Take the arrival that is due.
    pub fn take(&mut self) {
        self.next += 1;
        self.draw();
    }

    /// Leave out, at once, every arrival that is certainly intended before `time`, and say how many those were.
    /// Up to one jitter's worth of others may be left: they are taken one by one.
    pub fn skip_before(&mut self, time: Nanos) -> u64 {
        let time = time.min(self.end).min(self.boundary);
        if time <= self.line.since() {
            return 0;
        }
        // Arrival n is certainly before `time` when n + jitter/2 is before its place.
        let first_kept = (self.position(time) - self.jitter / 2.0).ceil() as i64;
        let skipped = first_kept.saturating_sub(self.next);
        if skipped <= 0 {
            return 0;
        }
        self.next = first_kept;
        self.draw();
        skipped.unsigned_abs()
    }

    /// Go on at another rate from `now`.
    pub fn switch(&mut self, rate: f64, now: Nanos) {
        self.ramp(rate, now, 0);
    }

    /// Go on from `now` on a straight line to another rate, which is reached after `over`.
    pub fn ramp(&mut self, rate: f64, now: Nanos, over: Nanos) {
        let now = now.max(self.line.since());
        self.follow(Line::ramp(self.line.rate(now), rate, now, over));
    }

    /// Go on from `now` with every rate multiplied by `factor`.
    pub fn scale(&mut self, factor: f64, now: Nanos) {
        self.follow(self.line.scaled(factor, now));
    }

    /// The next arrival keeps its draw: drawing again at each change would let frequent changes pick early ones.
    fn follow(&mut self, line: Line) {
        let position = self.position(line.since());
        // Counted from here again, so that the numbers stay small and exact.
        let whole = position.floor();
        self.offset = position - whole;
        self.next = self.next.saturating_sub(whole as i64);
        self.line = line;
        self.aim();
    }

    fn position(&self, time: Nanos) -> f64 {
        self.offset + self.line.area(time)
    }

    fn draw(&mut self) {
        self.u = (self.rng.f64() - 0.5) * self.jitter;
        self.aim();
    }

    fn aim(&mut self) {
        self.due = None;
        if self.line.is_pause() {
            return;
        }
        let nominal = self.next as f64;
        let last = self.end.min(self.boundary);
        let Some(at) = self.line.reach(nominal - self.offset).filter(|at| *at < last) else { return };
        // On the way down to a pause the last arrival may be drawn to where the rate never gets, and before a boundary to
        // beyond it: by its nominal time it belongs before it.
        let due = self.line.reach(nominal + self.u - self.offset).unwrap_or(at);
        self.due = Some(due.min(self.boundary - 1));
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

    #[test]
    fn a_ramp_from_a_pause_begins_with_its_area() {
        let mut schedule = Schedule::new(0.0, 0.0, 0, Rng::with_seed(6)).until(40 * SECOND);
        schedule.take();
        schedule.ramp(20.0, 0, 30 * SECOND);
        let all = arrivals(&mut schedule, Nanos::MAX);
        // 300 on the ramp and 200 in the ten seconds after it; the first was taken.
        assert_eq!(all.len(), 499);
        let first_half = all.iter().filter(|time| **time < 15 * SECOND).count();
        assert_eq!(first_half, 74);
    }

    #[test]
    fn nothing_is_intended_beyond_a_boundary_until_the_line_there_is_known() {
        let mut schedule = Schedule::new(2.0, 0.0, 0, Rng::with_seed(7));
        schedule.hold_from(SECOND);
        assert_eq!(arrivals(&mut schedule, Nanos::MAX), [0, SECOND / 2]);
        assert_eq!((schedule.due(), schedule.skip_before(9 * SECOND)), (None, 0));
        schedule.hold_from(Nanos::MAX);
        schedule.switch(4.0, SECOND);
        assert_eq!(arrivals(&mut schedule, 2 * SECOND)[..2], [SECOND, SECOND + SECOND / 4]);
    }

    #[test]
    fn how_many_come_before_a_boundary_is_no_matter_of_the_jitter() {
        for seed in 0..200 {
            let mut schedule = Schedule::new(50.0, 1.0, 0, Rng::with_seed(seed));
            schedule.hold_from(SECOND);
            let all = arrivals(&mut schedule, Nanos::MAX);
            assert_eq!((all.len(), all.is_sorted()), (50, true), "{seed}");
            schedule.hold_from(Nanos::MAX);
            schedule.switch(0.0, SECOND);
            assert_eq!(schedule.due(), None);
        }
    }

    /// The integral of these pieces up to `time`, by another way than [`Line`]'s: as the area of trapezia, summed.
    fn integral(pieces: &[(f64, f64, Nanos, Nanos)], time: Nanos) -> f64 {
        let mut sum = 0.0;
        for (from, to, begin, end) in pieces.iter().filter(|(_, _, begin, _)| *begin < time) {
            let part = (time.min(*end) - begin) as f64 / (end - begin) as f64;
            let last = from * (1.0 - part) + to * part;
            sum += (time.min(*end) - begin) as f64 / 1e9 * (from + last) / 2.0;
        }
        sum
    }

    proptest! {
        #[test]
        fn arrival_n_is_where_the_integral_of_the_rate_reaches_n(
            pieces in prop::collection::vec(
                (0.0_f64..500.0, 1_u64..5_000_000_000, prop_oneof![Just(0.0), 0.0..1.0_f64], any::<bool>()), 1..12
            ),
            seed: u64
        ) {
            let mut schedule = Schedule::new(0.0, 0.0, 0, Rng::with_seed(seed));
            let (mut drawn, mut all) = (Vec::new(), Vec::new());
            let (mut now, mut rate) = (0, 0.0);
            for (goal, length, part, is_pause) in pieces {
                let goal = if is_pause && part > 0.5 { 0.0 } else { goal };
                let over = (length as f64 * part) as Nanos;
                schedule.hold_from(Nanos::MAX);
                schedule.ramp(goal, now, over);
                if over > 0 {
                    drawn.push((rate, goal, now, now + over));
                }
                if length > over {
                    drawn.push((goal, goal, now + over, now + length));
                }
                now += length;
                rate = goal;
                schedule.hold_from(now);
                all.extend(arrivals(&mut schedule, Nanos::MAX));
            }
            for (n, time) in all.iter().enumerate() {
                let error = (integral(&drawn, *time) - n as f64).abs();
                // Times are whole nanoseconds.
                prop_assert!(error <= 500.0 * 1e-9 + 1e-6, "arrival {n} at {time}: {error}");
            }
            // None is missing and none too many, but for one that falls on the end itself.
            let area = integral(&drawn, now);
            prop_assert!((all.len() as f64 - area.ceil()).abs() <= 1.0, "{} of {area}", all.len());
            prop_assert!(all.len() as f64 >= area.floor() && all.len() as f64 <= area.floor() + 1.0, "{} of {area}", all.len());
        }

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
