//! At most one log line in an interval, with a count of those that were left out: what happens a thousand times a second fills no
//! disk and is still seen.

use std::time::{Duration, Instant};

/// The limit of one kind of line.
#[derive(Debug)]
pub struct LogLimit {
    interval: Duration,
    next: Option<Instant>,
    left_out: u64,
}

impl LogLimit {
    /// One line in each `interval`.
    pub fn every(interval: Duration) -> Self {
        Self { interval, next: None, left_out: 0 }
    }

    /// A line wants to be written: `Some` when it may be, with how many were left out since the last one.
    pub fn pass(&mut self) -> Option<u64> {
        self.pass_at(Instant::now())
    }

    /// For a line about the last of those that were left out, once one may be written: how many there were beside it.
    pub fn due(&mut self) -> Option<u64> {
        self.due_at(Instant::now())
    }

    /// As [`LogLimit::due`], whenever the last line was: for a line at the end.
    pub fn rest(&mut self) -> Option<u64> {
        std::mem::take(&mut self.left_out).checked_sub(1)
    }

    fn pass_at(&mut self, now: Instant) -> Option<u64> {
        if self.next.is_some_and(|next| now < next) {
            self.left_out += 1;
            return None;
        }
        self.next = Some(now + self.interval);
        Some(std::mem::take(&mut self.left_out))
    }

    fn due_at(&mut self, now: Instant) -> Option<u64> {
        if self.left_out == 0 || self.next.is_some_and(|next| now < next) {
            return None;
        }
        self.pass_at(now)?.checked_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_in_an_interval_and_none_is_forgotten() {
        let second = Duration::from_secs(1);
        let mut limit = LogLimit::every(second);
        let start = Instant::now();
        assert_eq!(limit.pass_at(start), Some(0));
        assert_eq!(limit.due_at(start + second), None, "nothing was left out");
        for _ in 0..1_000 {
            assert_eq!(limit.pass_at(start + second / 2), None);
        }
        assert_eq!((limit.due_at(start + second / 2), limit.due_at(start + second)), (None, Some(999)));
        assert_eq!(limit.pass_at(start + second + second / 2), None);
        assert_eq!(limit.pass_at(start + 3 * second), Some(1));
        assert_eq!((limit.pass_at(start + 3 * second), limit.rest(), limit.rest()), (None, Some(0), None));
    }
}
