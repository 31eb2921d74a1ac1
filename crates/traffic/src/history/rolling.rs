//! What is "now" for a person: the last ten seconds, or as many as hold thirty responses, since percentiles of two or three mean
//! nothing.

use std::collections::VecDeque;

use serde::Serialize;

use super::Point;
use crate::{
    percentiles::{Latencies, Percentiles},
    schedule::Nanos,
};

/// Seconds that the stretch has at least.
const SECONDS: f64 = 10.0;

/// Responses that it has at least, unless there are fewer in all that is kept.
const RESPONSES: u64 = 30;

/// Points that are kept, however few responses they hold.
const POINTS: usize = 900;

#[derive(Debug)]
struct Second {
    seconds: f64,
    responses: u64,
    successful: u64,
    failed: u64,
    times: Vec<(Nanos, u64)>,
}

/// The last seconds, with their response times.
#[derive(Debug, Default)]
pub struct Rolling(VecDeque<Second>);

/// What they were like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Lately {
    /// How long the stretch is.
    pub seconds: f64,
    /// Response times in it.
    pub responses: u64,
    /// Answered as expected.
    pub successful: u64,
    /// Failed.
    pub failed: u64,
    /// Their percentiles.
    pub latency_ms: Percentiles,
}

impl Rolling {
    /// Add the next second.
    pub fn push(&mut self, point: &Point, window: &Latencies) {
        self.0.push_back(Second {
            seconds: point.seconds.into(),
            responses: window.count(),
            successful: point.successful,
            failed: point.failed,
            times: window.recorded(),
        });
        let (mut seconds, mut responses) = (0.0, 0);
        for second in &self.0 {
            seconds += second.seconds;
            responses += second.responses;
        }
        while let Some(first) = self.0.front() {
            seconds -= first.seconds;
            responses -= first.responses;
            let is_enough = seconds >= SECONDS - 0.5 && responses >= RESPONSES;
            if !is_enough && self.0.len() <= POINTS {
                break;
            }
            self.0.pop_front();
        }
    }

    /// Forget everything.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// What the stretch was like.
    pub fn lately(&self) -> Lately {
        let mut times: Vec<(Nanos, u64)> = self.0.iter().flat_map(|second| &second.times).copied().collect();
        times.sort_unstable();
        let sum = |count: fn(&Second) -> u64| self.0.iter().map(count).sum();
        let seconds: f64 = self.0.iter().map(|second| second.seconds).sum();
        Lately {
            seconds: (seconds * 10.0).round() / 10.0,
            responses: sum(|second| second.responses),
            successful: sum(|second| second.successful),
            failed: sum(|second| second.failed),
            latency_ms: Percentiles::of_sorted(&times),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::point::tests::point, *};

    fn rolling(seconds: u32, each: u64) -> Lately {
        let mut rolling = Rolling::default();
        for second in 0..seconds {
            let mut window = Latencies::coarse(10_000_000_000);
            (0..each).for_each(|n| window.record((u64::from(second) * each + n + 1) * 1_000_000));
            rolling.push(&point(second.into(), each, each, &[]), &window);
        }
        rolling.lately()
    }

    #[test]
    fn ten_seconds_or_thirty_responses_whichever_is_more() {
        let quick = rolling(60, 100);
        assert_eq!((quick.seconds, quick.responses, quick.successful), (10.0, 1_000, 1_000));
        let slow = rolling(60, 2);
        assert_eq!((slow.seconds, slow.responses), (15.0, 30));
        // The last fifteen seconds of 120 ms at most.
        let p50 = slow.latency_ms.p50.unwrap();
        assert!((104.0..=106.0).contains(&p50), "{p50}");
        assert!((slow.latency_ms.max.unwrap() - 120.0).abs() < 1.5);
        assert_eq!((rolling(3, 1).seconds, rolling(3, 1).responses), (3.0, 3));
        assert_eq!((rolling(2_000, 0).responses, rolling(2_000, 0).latency_ms.p50), (0, None));
        assert!(rolling(2_000, 0).seconds <= 900.0);
    }
}
