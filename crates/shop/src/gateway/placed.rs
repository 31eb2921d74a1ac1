//! How many orders the gateway has placed, and how many a second.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// The rate is that of so many seconds.
const SECONDS: u64 = 10;

/// The counter.
#[derive(Debug)]
pub struct Placed(Mutex<Count>);

#[derive(Debug)]
struct Count {
    since: Instant,
    total: u64,
    /// Seconds since then, and how many orders came in each; seconds without any are left out.
    lately: VecDeque<(u64, u64)>,
}

impl Default for Placed {
    fn default() -> Self {
        Self(Mutex::new(Count { since: Instant::now(), total: 0, lately: VecDeque::new() }))
    }
}

impl Placed {
    /// Count an order.
    pub fn count(&self) {
        let mut count = self.lock();
        let elapsed = count.since.elapsed();
        count.add(elapsed);
    }

    /// How many there were since the start, and how many a second lately.
    pub fn now(&self) -> (u64, f64) {
        let mut count = self.lock();
        let elapsed = count.since.elapsed();
        (count.total, count.rate(elapsed))
    }

    /// Holding the lock, nothing can panic half-way.
    fn lock(&self) -> MutexGuard<'_, Count> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Count {
    fn add(&mut self, elapsed: Duration) {
        self.total += 1;
        match self.lately.back_mut() {
            Some((second, count)) if *second == elapsed.as_secs() => *count += 1,
            _ => self.lately.push_back((elapsed.as_secs(), 1)),
        }
        self.forget(elapsed);
    }

    /// Orders of the last ten whole seconds and of the running one, over that time.
    fn rate(&mut self, elapsed: Duration) -> f64 {
        self.forget(elapsed);
        let begin = elapsed.as_secs().saturating_sub(SECONDS);
        let seconds = (elapsed - Duration::from_secs(begin)).as_secs_f64().max(1.0);
        self.lately.iter().map(|(_, count)| count).sum::<u64>() as f64 / seconds
    }

    fn forget(&mut self, elapsed: Duration) {
        let oldest = elapsed.as_secs().saturating_sub(SECONDS);
        while self.lately.front().is_some_and(|(second, _)| *second < oldest) {
            self.lately.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_last_seconds() {
        let Placed(count) = Placed::default();
        let mut count = count.into_inner().unwrap();
        let at = Duration::from_millis;
        assert_eq!(count.rate(at(0)), 0.0);
        (0..200).for_each(|n| count.add(at(n * 50)));
        assert!((count.rate(at(10_000)) - 20.0).abs() < 0.1, "{}", count.rate(at(10_000)));
        (0..100).for_each(|n| count.add(at(10_000 + n * 500)));
        assert!((count.rate(at(60_000)) - 2.0).abs() < 0.2, "{}", count.rate(at(60_000)));
        assert!(count.lately.len() <= 11);
        assert_eq!((count.rate(at(99_000)), count.total), (0.0, 300));
    }
}
