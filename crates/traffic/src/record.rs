//! What happened, in bounded memory: counters and histograms, never a sample.

use std::collections::{BTreeMap, VecDeque};

use super::{
    fault::Fault,
    percentiles::Latencies,
    schedule::{Nanos, SECOND},
};

/// A send this long after its time is late.
pub const LATE: Nanos = 10_000_000;

/// Slots of the window over which the present rate is taken, and the length of each.
const SLOTS: usize = 40;
const SLOT: Nanos = SECOND / 4;

/// The longest window of the present rate.
pub const WINDOW: Nanos = SLOTS as Nanos * SLOT;

/// One name of the mix.
#[derive(Debug)]
pub struct Endpoint {
    /// Its key.
    pub name: String,
    /// Requests begun.
    pub sent: u64,
    /// Requests that failed.
    pub failed: u64,
    /// Bytes of answers, as far as they were complete.
    pub bytes: u64,
    /// Response times.
    pub response: Latencies,
}

/// The counters of requests and answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests begun: each ends as a success or a failure, or is still in flight.
    pub sent: u64,
    /// Answered as expected.
    pub successful: u64,
    /// Failed.
    pub failed: u64,
    /// Arrivals that were not sent because too many were in flight.
    pub dropped_bound: u64,
    /// Arrivals that were not sent because they were more than a second overdue.
    pub dropped_overdue: u64,
    /// Sends more than [`LATE`] after their time.
    pub late: u64,
    /// Expected answers in which a capture found no value.
    pub captures_missing: u64,
    /// Bytes of answers.
    pub received_bytes: u64,
}

impl Counts {
    /// All arrivals that were not sent.
    pub fn dropped(&self) -> u64 {
        self.dropped_bound + self.dropped_overdue
    }
}

/// Everything that is measured.
#[derive(Debug)]
pub struct Record {
    /// What is counted.
    pub counts: Counts,
    /// Failures by kind.
    pub faults: BTreeMap<Fault, u64>,
    /// From the intended time to the whole answer.
    pub response: Latencies,
    /// From the send to the whole answer.
    pub service: Latencies,
    /// From the intended time to when the engine took it up.
    pub lateness: Latencies,
    /// Response times since the last look of the live view.
    pub window: Latencies,
    /// Response times since the last statistics line.
    pub interval: Latencies,
    /// Per name of the mix.
    pub endpoints: Vec<Endpoint>,
    rate: Rate,
}

impl Record {
    /// Nothing yet. Latencies are resolved up to twice `timeout`.
    pub fn new(endpoints: &[String], timeout: Nanos) -> Self {
        let highest = timeout.saturating_mul(2);
        let endpoints = endpoints.iter().map(|name| Endpoint {
            name: name.clone(),
            sent: 0,
            failed: 0,
            bytes: 0,
            response: Latencies::coarse(highest),
        });
        Self {
            counts: Counts::default(),
            faults: BTreeMap::new(),
            response: Latencies::fine(highest),
            service: Latencies::fine(highest),
            lateness: Latencies::fine(2 * SECOND),
            window: Self::window(timeout),
            interval: Latencies::coarse(highest),
            endpoints: endpoints.collect(),
            rate: Rate::default(),
        }
    }

    /// Room for the response times of a second.
    pub fn window(timeout: Nanos) -> Latencies {
        Latencies::coarse(timeout.saturating_mul(2))
    }

    /// A request was begun, `lateness` after its intended time.
    pub fn begun(&mut self, endpoint: usize, now: Nanos, lateness: Nanos) {
        self.counts.sent += 1;
        self.endpoints[endpoint].sent += 1;
        self.lateness.record(lateness);
        if lateness > LATE {
            self.counts.late += 1;
        }
        self.rate.count(now);
    }

    /// It was answered in full, expected or not.
    pub fn answered(&mut self, endpoint: usize, response: Nanos, service: Nanos, unexpected: Option<u16>) {
        self.times(endpoint, response, service);
        match unexpected {
            None => self.counts.successful += 1,
            Some(status) => self.failure(endpoint, Fault::Status(status)),
        }
    }

    /// It took longer than the timeout, and counts as that in the percentiles.
    pub fn timed_out(&mut self, endpoint: usize, fault: Fault, response: Nanos, service: Nanos) {
        self.times(endpoint, response, service);
        self.failure(endpoint, fault);
    }

    /// It failed without an answer: no latency.
    pub fn failure(&mut self, endpoint: usize, fault: Fault) {
        self.counts.failed += 1;
        self.endpoints[endpoint].failed += 1;
        *self.faults.entry(fault).or_default() += 1;
    }

    fn times(&mut self, endpoint: usize, response: Nanos, service: Nanos) {
        self.response.record(response);
        self.service.record(service);
        self.window.record(response);
        self.interval.record(response);
        self.endpoints[endpoint].response.record(response);
    }

    /// Restart the measurement of the current rate: the mode has changed.
    pub fn rate_changed(&mut self, now: Nanos) {
        self.rate = Rate { since: now, ..Rate::default() };
    }

    /// Requests begun per second, over the last `window`, at most [`WINDOW`], or since the mode changed.
    pub fn current_rate(&mut self, now: Nanos, window: Nanos) -> f64 {
        self.rate.per_second(now, window)
    }

    /// Go on with the present rate of another record, which is given up.
    pub fn keep_rate_of(&mut self, other: &mut Self) {
        self.rate = std::mem::take(&mut other.rate);
    }
}

/// A sliding count of sends.
#[derive(Debug, Default)]
struct Rate {
    since: Nanos,
    /// Which slot, and how many were begun in it; slots without any are left out.
    slots: VecDeque<(u64, u64)>,
    sum: u64,
}

impl Rate {
    fn count(&mut self, now: Nanos) {
        let slot = now / SLOT;
        match self.slots.back_mut() {
            Some((last, count)) if *last == slot => *count += 1,
            _ => {
                self.slots.push_back((slot, 1));
                self.expire(slot);
            }
        }
        self.sum += 1;
    }

    fn expire(&mut self, slot: u64) {
        while let Some((first, count)) =
            self.slots.front().copied().filter(|(first, _)| first + SLOTS as u64 <= slot)
        {
            debug_assert!(first < slot);
            self.sum -= count;
            self.slots.pop_front();
        }
    }

    fn per_second(&mut self, now: Nanos, window: Nanos) -> f64 {
        let slot = now / SLOT;
        self.expire(slot);
        let first = (slot + 1).saturating_sub(window / SLOT);
        let sum = match window {
            WINDOW.. => self.sum,
            _ => self.slots.iter().filter(|(at, _)| *at >= first).map(|(_, count)| count).sum(),
        };
        let begin = self.since.max(first * SLOT);
        let seconds = now.saturating_sub(begin) as f64 / SECOND as f64;
        if seconds > 0.0 { sum as f64 / seconds.max(0.25) } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_present_rate_follows_the_mode() {
        let mut record = Record::new(&["GET /".to_owned()], SECOND);
        for n in 0..3_000_u64 {
            record.begun(0, n * 10_000_000, 0);
        }
        assert!((record.current_rate(30 * SECOND, WINDOW) - 100.0).abs() < 1.0);
        assert!((record.current_rate(30 * SECOND, 2 * SECOND) - 100.0).abs() < 15.0);
        assert!(record.rate.slots.len() <= SLOTS);
        record.rate_changed(30 * SECOND);
        for n in 0..10_u64 {
            record.begun(0, 30 * SECOND + n * 200_000_000, 0);
        }
        assert!((record.current_rate(32 * SECOND, WINDOW) - 5.0).abs() < 0.1);
        assert!(record.current_rate(60 * SECOND, WINDOW) < 0.1);
    }

    #[test]
    fn every_request_ends_once() {
        let mut record = Record::new(&["a".to_owned(), "b".to_owned()], SECOND);
        for endpoint in [0, 1, 0, 1] {
            record.begun(endpoint, 0, LATE * u64::from(endpoint == 1) + 1);
        }
        record.answered(0, 5, 5, None);
        record.answered(1, 5, 5, Some(503));
        record.timed_out(0, Fault::Timeout, SECOND, SECOND);
        record.failure(1, Fault::Reset);
        assert_eq!(
            (record.counts.sent, record.counts.successful, record.counts.failed, record.counts.late),
            (4, 1, 3, 2)
        );
        // No answer, no latency; a timeout has one.
        assert_eq!(record.response.count(), 3);
        let faults: Vec<_> = record.faults.iter().map(|(fault, count)| (fault.to_string(), *count)).collect();
        let expected = [("timeout", 1), ("reset", 1), ("status-503", 1)];
        assert_eq!(faults, expected.map(|(name, count)| (name.to_owned(), count)));
    }
}
