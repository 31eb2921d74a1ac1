//! The rate that is asked for: now, and on average over the run.

use crate::{
    line::Line,
    schedule::{Nanos, SECOND},
};

/// The line of the rate, and its integral so far. Where the load shares a rate with others it is that of all.
#[derive(Debug)]
pub struct Asked {
    /// `None` for as fast as possible.
    line: Option<Line>,
    /// The integral before the line, from `since` on.
    area: f64,
    since: Nanos,
    /// A part of the time was without a rate, and so has no mean.
    is_unbounded: bool,
}

impl Asked {
    /// From `since` on, at a rate, or as fast as possible.
    pub fn new(rate: Option<f64>, since: Nanos) -> Self {
        let line = rate.map(|rate| Line::constant(rate, since));
        Self { line, area: 0.0, since, is_unbounded: rate.is_none() }
    }

    /// Another rate from `now` on, reached after `over`; `from` is that of the moment where none was asked for.
    pub fn change(&mut self, rate: f64, now: Nanos, over: Nanos, from: f64) {
        let line = self.line.unwrap_or(Line::constant(from, now));
        let now = now.max(line.since());
        self.area += line.area(now);
        self.line = Some(Line::ramp(line.rate(now), rate, now, over));
    }

    /// The mean counts from `now` on.
    pub fn reset(&mut self, now: Nanos) {
        let now = now.max(self.since);
        self.area = self.line.map_or(0.0, |line| -line.area(now));
        self.since = now;
        self.is_unbounded = self.line.is_none();
    }

    /// The rate at `time`.
    pub fn rate(&self, time: Nanos) -> Option<f64> {
        self.line.map(|line| line.rate(time))
    }

    /// Whether the rate is on its way to another one.
    pub fn is_ramp(&self, time: Nanos) -> bool {
        self.line.is_some_and(|line| line.is_rising_or_falling(time))
    }

    /// The mean up to `time`, to a millionth; `None` where a part was as fast as possible.
    pub fn mean(&self, time: Nanos) -> Option<f64> {
        let line = self.line.filter(|_| !self.is_unbounded)?;
        if time <= self.since {
            return Some(line.rate(self.since));
        }
        let seconds = (time - self.since) as f64 / SECOND as f64;
        Some(((self.area + line.area(time)) / seconds * 1e6).round() / 1e6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_that_of_the_line() {
        let mut asked = Asked::new(Some(2.0), 5 * SECOND);
        assert_eq!((asked.mean(0), asked.mean(65 * SECOND)), (Some(2.0), Some(2.0)));
        asked.change(20.0, 15 * SECOND, 10 * SECOND, 0.0);
        assert_eq!((asked.rate(20 * SECOND), asked.is_ramp(20 * SECOND)), (Some(11.0), true));
        // 20 in ten seconds, 110 on the ramp, 200 after it.
        assert_eq!(asked.mean(35 * SECOND), Some(11.0));
        asked.reset(35 * SECOND);
        assert_eq!((asked.mean(45 * SECOND), asked.rate(45 * SECOND)), (Some(20.0), Some(20.0)));
        let mut asked = Asked::new(None, 0);
        assert_eq!((asked.mean(SECOND), asked.rate(SECOND)), (None, None));
        asked.change(10.0, SECOND, SECOND, 30.0);
        assert_eq!((asked.mean(2 * SECOND), asked.rate(SECOND + SECOND / 2)), (None, Some(20.0)));
        asked.reset(2 * SECOND);
        assert_eq!(asked.mean(3 * SECOND), Some(10.0));
    }
}
