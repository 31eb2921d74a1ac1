//! One second of a run.

use serde::{Serialize, Serializer, ser::SerializeSeq};

use crate::{
    engine::{Phase, Sample},
    percentiles::{Latencies, Percentiles},
    rate::{Rps, measured},
};

/// Response times of a stretch, in milliseconds. Single precision is a part in ten million.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Latency {
    /// The median.
    pub p50: f32,
    /// 90 % are at most this.
    pub p90: f32,
    /// 99 % are at most this.
    pub p99: f32,
    /// The highest.
    pub max: f32,
}

impl Latency {
    fn of(percentiles: &Percentiles) -> Option<Self> {
        let Percentiles { p50, p90, p99, max, .. } = *percentiles;
        Some(Self { p50: p50? as f32, p90: p90? as f32, p99: p99? as f32, max: max? as f32 })
    }

    fn highest(self, other: Self) -> Self {
        Self {
            p50: self.p50.max(other.p50),
            p90: self.p90.max(other.p90),
            p99: self.p99.max(other.p99),
            max: self.max.max(other.max),
        }
    }
}

/// What was counted during a stretch of time, and how things stood at its end.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Point {
    /// When it ended, in seconds since 1970.
    pub t: f64,
    /// How long it was, in seconds.
    pub seconds: f32,
    /// What the engine was doing.
    #[serde(serialize_with = "phase")]
    pub state: Phase,
    /// Requests per second that were asked for at its end; `None` for as fast as possible.
    #[serde(serialize_with = "asked")]
    pub asked: Option<f64>,
    /// Requests begun per second, over the last ten seconds or since the mode changed.
    #[serde(serialize_with = "reached")]
    pub reached: f64,
    /// Requests begun.
    pub sent: u64,
    /// Answered as expected.
    pub successful: u64,
    /// Failed.
    pub failed: u64,
    /// Arrivals not sent.
    pub dropped: u64,
    /// Sends more than 10 ms after their time.
    pub late: u64,
    /// Requests in flight.
    pub in_flight: u32,
    /// Response times; `None` where nothing was answered.
    pub latency_ms: Option<Latency>,
    /// Requests begun and failed, per name of the mix.
    #[serde(serialize_with = "pairs")]
    pub endpoints: Box<[(u32, u32)]>,
}

impl Point {
    /// Between two samples, with the response times in between; `before` is `None` for the first. `t` is the time of
    /// `now`.
    pub fn between(before: Option<&Sample>, now: &Sample, window: &Latencies, t: f64, seconds: f64) -> Self {
        // Counters that were reset in between have no before.
        let before = before.filter(|before| before.resets == now.resets);
        let since = |counter: fn(&Sample) -> u64| counter(now).saturating_sub(before.map_or(0, counter));
        let earlier = before.map_or(&[][..], |sample| &sample.endpoints);
        let endpoints = now.endpoints.iter().enumerate().map(|(at, (sent, failed))| {
            let (sent_before, failed_before) = earlier.get(at).copied().unwrap_or_default();
            (clamp(sent.saturating_sub(sent_before)), clamp(failed.saturating_sub(failed_before)))
        });
        Self {
            t,
            seconds: seconds as f32,
            state: now.phase,
            asked: now.asked,
            reached: now.current_rate,
            sent: since(|sample| sample.sent),
            successful: since(|sample| sample.successful),
            failed: since(|sample| sample.failed),
            dropped: since(|sample| sample.dropped),
            late: since(|sample| sample.late),
            in_flight: clamp(now.in_flight as u64),
            latency_ms: Latency::of(&window.percentiles()),
            endpoints: endpoints.collect(),
        }
    }

    /// Both stretches as one: counters add up, and what is a level or a percentile is the higher of the two.
    #[must_use]
    pub fn and(self, next: Self) -> Self {
        let endpoints = self.endpoints.iter().zip(&next.endpoints);
        Self {
            t: next.t,
            seconds: self.seconds + next.seconds,
            state: next.state,
            asked: next.asked,
            reached: next.reached,
            sent: self.sent + next.sent,
            successful: self.successful + next.successful,
            failed: self.failed + next.failed,
            dropped: self.dropped + next.dropped,
            late: self.late + next.late,
            in_flight: self.in_flight.max(next.in_flight),
            latency_ms: match (self.latency_ms, next.latency_ms) {
                (Some(first), Some(second)) => Some(first.highest(second)),
                (first, second) => first.or(second),
            },
            endpoints: endpoints
                .map(|(first, second)| (first.0.saturating_add(second.0), first.1.saturating_add(second.1)))
                .collect(),
        }
    }
}

fn clamp(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn phase<S: Serializer>(phase: &Phase, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(phase.as_str())
}

fn asked<S: Serializer>(rate: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    // On the way to another rate it is any number.
    rate.map(|rate| Rps((rate * 1e3).round() / 1e3)).serialize(serializer)
}

fn reached<S: Serializer>(rate: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    measured(*rate).serialize(serializer)
}

fn pairs<S: Serializer>(pairs: &[(u32, u32)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut list = serializer.serialize_seq(Some(pairs.len()))?;
    for (sent, failed) in pairs {
        list.serialize_element(&[sent, failed])?;
    }
    list.end()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A sample with these totals.
    pub fn sample(sent: u64, successful: u64, failed: u64) -> Sample {
        Sample {
            mode: Some("steady".to_owned()),
            rate: Some(2.0),
            asked: Some(2.0),
            over_seconds: 0.0,
            resets: 0,
            phase: Phase::Running,
            current_rate: 1.987_654,
            in_flight: 3,
            sent,
            successful,
            failed,
            dropped: 0,
            late: 0,
            endpoints: vec![(sent, failed)],
            faults: Vec::new(),
        }
    }

    /// A point that ended at `t`, after a second in which so many were sent and succeeded, each in `milliseconds`.
    pub fn point(t: f64, sent: u64, successful: u64, milliseconds: &[u64]) -> Point {
        let mut window = Latencies::coarse(10_000_000_000);
        milliseconds.iter().for_each(|time| window.record(time * 1_000_000));
        Point::between(None, &sample(sent, successful, sent - successful), &window, t, 1.0)
    }

    #[test]
    fn counters_are_those_of_the_stretch_and_nothing_answered_is_no_latency() {
        let (first, second) = (sample(10, 8, 1), sample(12, 9, 2));
        let point = Point::between(Some(&first), &second, &Latencies::coarse(1_000_000), 7.0, 1.0);
        assert_eq!((point.sent, point.successful, point.failed), (2, 1, 1));
        assert_eq!((point.latency_ms, &*point.endpoints), (None, &[(2, 1)][..]));
    }

    #[test]
    fn counters_that_were_reset_are_those_since_then() {
        let (first, second) = (sample(10, 8, 1), Sample { resets: 1, ..sample(3, 2, 1) });
        let point = Point::between(Some(&first), &second, &Latencies::coarse(1_000_000), 7.0, 1.0);
        assert_eq!((point.sent, point.successful, point.failed), (3, 2, 1));
    }

    #[test]
    fn two_points_become_one() {
        let both = point(1.0, 4, 3, &[]).and(point(2.0, 6, 5, &[50, 3]));
        assert_eq!((both.sent, both.failed, both.seconds, &*both.endpoints), (10, 2, 2.0, &[(10, 2)][..]));
        assert!((both.latency_ms.unwrap().max - 50.0).abs() < 0.5);
    }

    #[test]
    fn a_point_as_programs_read_it() {
        let point = point(1_700_000_000.25, 2, 2, &[3, 4]);
        insta::assert_snapshot!(serde_json::to_string(&point).unwrap(), @r#"{"t":1700000000.25,"seconds":1.0,"state":"running","asked":2,"reached":1.99,"sent":2,"successful":2,"failed":0,"dropped":0,"late":0,"in_flight":3,"latency_ms":{"p50":3.015,"p90":4.0,"p99":4.0,"max":4.0},"endpoints":[[2,0]]}"#);
    }
}
