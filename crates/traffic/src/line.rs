//! A rate over time: constant, or on a straight line to another one and constant from there. Arithmetic only.

/// Nanoseconds since the engine began.
pub type Nanos = u64;

/// A second, in [`Nanos`].
pub const SECOND: Nanos = 1_000_000_000;

/// Requests per second from a moment on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    since: Nanos,
    from: f64,
    to: f64,
    over: Nanos,
}

impl Line {
    /// The same rate from `since` on.
    pub fn constant(rate: f64, since: Nanos) -> Self {
        Self { since, from: rate, to: rate, over: 0 }
    }

    /// From one rate to another within `over`, and then that.
    pub fn ramp(from: f64, to: f64, since: Nanos, over: Nanos) -> Self {
        Self { since, from: if over == 0 { to } else { from }, to, over }
    }

    /// When it begins.
    pub fn since(&self) -> Nanos {
        self.since
    }

    /// Where it leads to.
    pub fn goal(&self) -> f64 {
        self.to
    }

    /// Whether it is 0 from its beginning on.
    pub fn is_pause(&self) -> bool {
        self.from <= 0.0 && self.to <= 0.0
    }

    /// Whether the rate still changes at `time`.
    pub fn is_rising_or_falling(&self, time: Nanos) -> bool {
        self.over > 0 && time < self.since.saturating_add(self.over)
    }

    /// The rate at `time`.
    pub fn rate(&self, time: Nanos) -> f64 {
        let passed = time.saturating_sub(self.since);
        if passed >= self.over {
            return self.to;
        }
        self.from + (self.to - self.from) * (passed as f64 / self.over as f64)
    }

    /// The integral from the beginning up to `time`.
    pub fn area(&self, time: Nanos) -> f64 {
        let passed = time.saturating_sub(self.since);
        if passed >= self.over {
            return self.ramp_area() + (passed - self.over) as f64 * self.to / SECOND as f64;
        }
        (self.from + self.rate(time)) / 2.0 * passed as f64 / SECOND as f64
    }

    /// When the integral reaches `area`; `None` when it never does.
    pub fn reach(&self, area: f64) -> Option<Nanos> {
        if area <= 0.0 {
            return Some(self.since);
        }
        if self.over == 0 {
            // Most lines, once for each arrival.
            let nanos = area / self.to * SECOND as f64;
            return (self.to > 0.0).then(|| self.since.saturating_add(nanos.round() as Nanos));
        }
        let ramp = self.ramp_area();
        let nanos = if area <= ramp {
            // from t + slope t^2 / 2 = area, solved so that nothing cancels out.
            let slope = (self.to - self.from) / seconds(self.over);
            let root = (self.from * self.from + 2.0 * slope * area).max(0.0).sqrt();
            (2.0 * area / (self.from + root) * SECOND as f64).min(self.over as f64)
        } else if self.to > 0.0 {
            self.over as f64 + (area - ramp) / self.to * SECOND as f64
        } else {
            return None;
        };
        Some(self.since.saturating_add(nanos.round() as Nanos))
    }

    /// What is left of it at `now`, with every rate multiplied by `factor`.
    #[must_use]
    pub fn scaled(&self, factor: f64, now: Nanos) -> Self {
        let now = now.max(self.since);
        let over = self.since.saturating_add(self.over).saturating_sub(now);
        Self::ramp(self.rate(now) * factor, self.to * factor, now, over)
    }

    fn ramp_area(&self) -> f64 {
        (self.from + self.to) / 2.0 * seconds(self.over)
    }
}

fn seconds(nanos: Nanos) -> f64 {
    nanos as f64 / SECOND as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_ramp_has_the_area_of_its_trapezium() {
        let up = Line::ramp(0.0, 20.0, SECOND, 30 * SECOND);
        assert_eq!((up.rate(0), up.rate(16 * SECOND), up.rate(99 * SECOND)), (0.0, 10.0, 20.0));
        assert_eq!((up.area(SECOND), up.area(31 * SECOND), up.area(32 * SECOND)), (0.0, 300.0, 320.0));
        // Half of the way has a quarter of the area.
        assert_eq!(up.reach(75.0), Some(16 * SECOND));
        assert_eq!(up.reach(320.0), Some(32 * SECOND));
        let down = Line::ramp(20.0, 0.0, 0, 10 * SECOND);
        assert_eq!((down.reach(100.0), down.reach(100.1)), (Some(10 * SECOND), None));
        assert!(down.is_rising_or_falling(9 * SECOND) && !down.is_rising_or_falling(10 * SECOND));
        let half = down.scaled(0.5, 5 * SECOND);
        assert_eq!((half.rate(5 * SECOND), half.rate(10 * SECOND), half.goal()), (5.0, 0.0, 0.0));
    }

    proptest! {
        #[test]
        fn where_the_integral_is_reached_it_has_that_area(
            from in 0.0_f64..5_000.0, to in 0.0_f64..5_000.0, over in 0_u64..100_000_000_000, part in 0.0_f64..3.0
        ) {
            let line = Line::ramp(from, to, 7, over);
            let area = part * line.area(7 + over.max(SECOND));
            match line.reach(area) {
                Some(time) => {
                    // A nanosecond more or less, at the rate of that moment.
                    let allowed = 1e-9 * (1.0 + from.max(to)) + area * 1e-12;
                    prop_assert!((line.area(time) - area).abs() <= allowed, "{} {area}", line.area(time));
                }
                None => prop_assert!(to == 0.0),
            }
        }
    }
}
