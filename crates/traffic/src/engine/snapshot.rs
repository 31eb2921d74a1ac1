//! How things stand at one moment, as plain data.

use super::samples::FailureSample;
use crate::{
    fault::Fault,
    percentiles::{Latencies, Percentiles},
    record::{Counts, Endpoint},
};

/// The upper bounds of the response time's buckets in `/metrics`, in seconds.
pub const BUCKETS: [f64; 15] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// What the engine is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The start delay.
    Starting,
    /// Sending.
    Running,
    /// In a mode of rate 0.
    Paused,
    /// Sending nothing more, waiting for answers.
    Draining,
}

impl Phase {
    /// As in `/status`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Draining => "draining",
        }
    }
}

/// Response times of a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Window {
    /// How many there were.
    pub count: u64,
    /// Their percentiles.
    pub response: Percentiles,
}

impl Window {
    /// Of what was recorded in it.
    pub fn of(latencies: &Latencies) -> Self {
        Self { count: latencies.count(), response: latencies.percentiles() }
    }
}

/// One name of the mix.
#[derive(Debug, Clone, PartialEq)]
pub struct EndpointSnapshot {
    /// Its key.
    pub name: String,
    /// Requests begun.
    pub sent: u64,
    /// Requests that failed.
    pub failed: u64,
    /// Median response time, in milliseconds; `None` while nothing was answered.
    pub p50: Option<f64>,
    /// 99th percentile of the response time, in milliseconds; `None` while nothing was answered.
    pub p99: Option<f64>,
    /// How many response times there are.
    pub answered: u64,
    /// Mean response time, in milliseconds; `None` while nothing was answered.
    pub mean: Option<f64>,
    /// The lowest response time, in milliseconds, to one part in a hundred; `None` while nothing was answered.
    pub min: Option<f64>,
    /// The highest, exactly.
    pub max: Option<f64>,
    /// Bytes of complete answers.
    pub bytes: u64,
}

impl EndpointSnapshot {
    /// Of its counters.
    pub fn of(endpoint: &Endpoint) -> Self {
        let [p50, p99] = match endpoint.response.quantiles([0.5, 0.99]) {
            Some(found) => found.map(Some),
            None => [None, None],
        };
        Self {
            name: endpoint.name.clone(),
            sent: endpoint.sent,
            failed: endpoint.failed,
            p50,
            p99,
            answered: endpoint.response.count(),
            mean: endpoint.response.mean(),
            min: endpoint.response.min(),
            max: endpoint.response.max(),
            bytes: endpoint.bytes,
        }
    }
}

/// What is looked at every second: how things stand, without anything that takes time. Counters are since the start.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The mode; `None` for an unnamed one.
    pub mode: Option<String>,
    /// The rate asked for, in requests per second; `None` for as fast as possible.
    pub rate: Option<f64>,
    /// The rate asked for at this moment, which on the way to another one is not that one yet.
    pub asked: Option<f64>,
    /// How long the way to the mode's rate was or is, in seconds.
    pub over_seconds: f64,
    /// How often the statistics were reset.
    pub resets: u32,
    /// What the engine is doing.
    pub phase: Phase,
    /// Requests begun per second over the last ten seconds, or since the mode changed.
    pub current_rate: f64,
    /// Requests in flight.
    pub in_flight: usize,
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
    /// Requests begun and failed, per name of the mix.
    pub endpoints: Vec<(u64, u64)>,
    /// Failures by kind.
    pub faults: Vec<(Fault, u64)>,
}

/// How things stand. Counters are since the start.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The target's URL.
    pub target: String,
    /// The mode; `None` for an unnamed one.
    pub mode: Option<String>,
    /// The rate asked for, in requests per second; `None` for as fast as possible.
    pub rate: Option<f64>,
    /// What the engine is doing.
    pub phase: Phase,
    /// Since the engine began, start delay included.
    pub uptime_seconds: f64,
    /// Since the first intended send or the last reset, up to now, the end of the duration or the stop.
    pub ran_seconds: f64,
    /// The rate asked for at this moment, which on the way to another one is not that one yet.
    pub asked: Option<f64>,
    /// Whether it is on that way.
    pub is_ramp: bool,
    /// The mean of what was asked for, over [`Snapshot::ran_seconds`]; `None` where a part was as fast as possible.
    pub mean_asked: Option<f64>,
    /// Requests begun per second over the last ten seconds, or since the mode changed.
    pub current_rate: f64,
    /// Requests in flight.
    pub in_flight: usize,
    /// What is counted.
    pub counts: Counts,
    /// From the intended time to the whole answer.
    pub response: Percentiles,
    /// From the send to the whole answer.
    pub service: Percentiles,
    /// From the intended time to the send.
    pub lateness: Percentiles,
    /// Response times since the last statistics line.
    pub interval: Window,
    /// How many response times there are.
    pub response_count: u64,
    /// Their sum in seconds.
    pub response_seconds: f64,
    /// How many are at most each of [`BUCKETS`].
    pub response_buckets: Vec<u64>,
    /// Per name of the mix.
    pub endpoints: Vec<EndpointSnapshot>,
    /// Failures by kind.
    pub faults: Vec<(String, u64)>,
    /// The first failure of each kind.
    pub samples: Vec<(String, FailureSample)>,
}
