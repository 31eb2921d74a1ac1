//! The shapes that programs read: `/status`, `/events` and the report.

use indexmap::IndexMap;
use serde::Serialize;

use stackctl_base::text::printable;

use super::{
    engine::{EndpointSnapshot, FailureSample, Snapshot, Window},
    history::{Change, Lately, Point, Recent, Trouble},
    percentiles::Percentiles,
    rate::{Rps, measured},
};

/// `GET /status`.
#[derive(Debug, Serialize)]
pub struct Status {
    mode: Option<String>,
    rps: Option<Rps>,
    stats: Stats,
    state: &'static str,
    current_rps: Rps,
    target: String,
    uptime_seconds: f64,
    in_flight: usize,
    dropped: u64,
    late: u64,
    latency_ms: Percentiles,
    errors: IndexMap<String, u64>,
    captures_missing: u64,
}

#[derive(Debug, Serialize)]
struct Stats {
    total: u64,
    successful: u64,
    failed: u64,
    by_endpoint: IndexMap<String, u64>,
}

impl Status {
    /// Of a moment.
    pub fn of(snapshot: &Snapshot) -> Self {
        let by_endpoint = snapshot.endpoints.iter().map(|endpoint| (endpoint.name.clone(), endpoint.sent));
        Self {
            mode: snapshot.mode.clone(),
            rps: snapshot.rate.map(Rps),
            stats: Stats {
                total: snapshot.counts.sent,
                successful: snapshot.counts.successful,
                failed: snapshot.counts.failed,
                by_endpoint: by_endpoint.collect(),
            },
            state: snapshot.phase.as_str(),
            // On the way to another rate, where that stands.
            current_rps: measured(match snapshot.asked {
                Some(asked) if snapshot.is_ramp => asked,
                _ => snapshot.current_rate,
            }),
            target: snapshot.target.clone(),
            uptime_seconds: (snapshot.uptime_seconds * 1e3).round() / 1e3,
            in_flight: snapshot.in_flight,
            dropped: snapshot.counts.dropped(),
            late: snapshot.counts.late,
            latency_ms: snapshot.response,
            errors: snapshot.faults.iter().cloned().collect(),
            captures_missing: snapshot.counts.captures_missing,
        }
    }
}

/// For so many seconds events carry a mode change: a client that misses one or two of them misses no change.
const LATELY: f64 = 5.0;

/// One event of `GET /events`: the status, what the last second was like, and which modes there are.
#[derive(Debug, Serialize)]
pub struct Live<'a> {
    status: Status,
    last_second: LastSecond,
    /// The last ten seconds, or as many as hold thirty responses.
    lately: Lately,
    /// Requests begun per second, as measured, also on the way to another rate.
    reached: Rps,
    /// The rate asked for at this moment; `None` for as fast as possible.
    asked: Option<Rps>,
    /// Since when is counted, in seconds since 1970, where the statistics were reset.
    counted_since: Option<f64>,
    /// The first failure of each kind.
    samples: IndexMap<String, Sample>,
    /// The URL under which a browser reaches the target, where there is one.
    open: Option<&'a str>,
    modes: IndexMap<String, Rps>,
    /// When the engine began, in seconds since 1970.
    started: f64,
    /// The newest point of the history; `None` in the first second.
    point: Option<&'a Point>,
    /// Since the start, by name of the mix.
    endpoints: IndexMap<String, LiveEndpoint>,
    /// Every request fails.
    trouble: Option<Trouble>,
    /// The mode changes of the last seconds; `/history` has all of them.
    changes: Vec<&'a Change>,
}

#[derive(Debug, Serialize)]
struct LastSecond {
    responses: u64,
    latency_ms: Percentiles,
}

/// One name of the mix, as the page shows it.
#[derive(Debug, Serialize)]
struct LiveEndpoint {
    sent: u64,
    failed: u64,
    p50: Option<f64>,
    p99: Option<f64>,
    /// Requests begun per second, lately.
    rate: Rps,
    answered: u64,
    mean: Option<f64>,
    min: Option<f64>,
    max: Option<f64>,
    bytes: u64,
}

/// A failure to look at. Controls are masked: it may stand anywhere.
#[derive(Debug, Serialize)]
pub struct Sample {
    /// The name under which the request is counted.
    pub endpoint: String,
    /// Its method and path as they were sent; `None` for one that was not.
    pub request: Option<String>,
    /// The answer's status.
    pub status: Option<u16>,
    /// From the intended time until it failed.
    pub ms: f64,
    /// When it failed, in seconds since the engine began.
    pub at: f64,
    /// What is known of the reason; may be empty.
    pub detail: String,
    /// The first bytes of the answer.
    pub body: String,
}

impl Sample {
    /// Of what was kept.
    pub fn of(sample: &FailureSample) -> Self {
        // On one line, whatever it holds.
        let text = |text: &str| printable(&text.replace('\n', "\u{240a}").replace('\t', " ")).into_owned();
        Self {
            endpoint: text(&sample.endpoint),
            request: sample.request.as_deref().map(text),
            status: sample.status,
            ms: sample.milliseconds,
            at: sample.at,
            detail: text(&sample.detail),
            body: text(sample.body.trim_end()),
        }
    }
}

impl<'a> Live<'a> {
    /// Of a moment; `open` is where a browser finds the target.
    pub fn of(
        snapshot: &Snapshot,
        modes: &IndexMap<String, f64>,
        recent: &'a Recent,
        open: Option<&'a str>,
    ) -> Self {
        let Window { count, response } = recent.window();
        let newest = recent.last().map_or(0.0, |point| point.t);
        Self {
            status: Status::of(snapshot),
            last_second: LastSecond { responses: count, latency_ms: response },
            lately: recent.lately(),
            reached: measured(snapshot.current_rate),
            asked: snapshot.asked.map(measured),
            counted_since: recent.reset_at(),
            samples: snapshot
                .samples
                .iter()
                .map(|(kind, sample)| (kind.clone(), Sample::of(sample)))
                .collect(),
            open,
            modes: modes.iter().map(|(name, rate)| (name.clone(), Rps(*rate))).collect(),
            started: recent.started(),
            point: recent.last(),
            endpoints: live_endpoints(snapshot, &recent.endpoint_rates()),
            trouble: recent.trouble(),
            changes: recent.changes().filter(|change| change.t > newest - LATELY).collect(),
        }
    }
}

/// `--report`.
#[derive(Debug, Serialize)]
pub struct Report {
    target: String,
    mode: Option<String>,
    rate_asked: Option<f64>,
    rate_reached: f64,
    duration_seconds: f64,
    sent: u64,
    successful: u64,
    failed: u64,
    dropped: u64,
    late: u64,
    response_ms: Percentiles,
    service_ms: Percentiles,
    send_lateness_ms: Percentiles,
    by_endpoint: IndexMap<String, EndpointReport>,
    errors: IndexMap<String, u64>,
    captures_missing: u64,
}

#[derive(Debug, Serialize)]
struct EndpointReport {
    sent: u64,
    failed: u64,
    p50: Option<f64>,
    p99: Option<f64>,
}

fn by_endpoint(snapshot: &Snapshot) -> IndexMap<String, EndpointReport> {
    let endpoint = |e: &EndpointSnapshot| {
        (e.name.clone(), EndpointReport { sent: e.sent, failed: e.failed, p50: e.p50, p99: e.p99 })
    };
    snapshot.endpoints.iter().map(endpoint).collect()
}

fn live_endpoints(snapshot: &Snapshot, rates: &[f64]) -> IndexMap<String, LiveEndpoint> {
    let endpoint = |(e, rate): (&EndpointSnapshot, &f64)| {
        let (p50, p99, mean, min, max) = (e.p50, e.p99, e.mean, e.min, e.max);
        let live = LiveEndpoint {
            sent: e.sent,
            failed: e.failed,
            p50,
            p99,
            rate: measured(*rate),
            answered: e.answered,
            mean,
            min,
            max,
            bytes: e.bytes,
        };
        (e.name.clone(), live)
    };
    snapshot.endpoints.iter().zip(rates).map(endpoint).collect()
}

impl Report {
    /// Of how things stood at the end.
    pub fn of(snapshot: &Snapshot) -> Self {
        let seconds = snapshot.ran_seconds;
        Self {
            target: snapshot.target.clone(),
            mode: snapshot.mode.clone(),
            rate_asked: snapshot.mean_asked,
            rate_reached: if seconds > 0.0 {
                (snapshot.counts.sent as f64 / seconds * 1e3).round() / 1e3
            } else {
                0.0
            },
            duration_seconds: (seconds * 1e3).round() / 1e3,
            sent: snapshot.counts.sent,
            successful: snapshot.counts.successful,
            failed: snapshot.counts.failed,
            dropped: snapshot.counts.dropped(),
            late: snapshot.counts.late,
            response_ms: snapshot.response,
            service_ms: snapshot.service,
            send_lateness_ms: snapshot.lateness,
            by_endpoint: by_endpoint(snapshot),
            errors: snapshot.faults.iter().cloned().collect(),
            captures_missing: snapshot.counts.captures_missing,
        }
    }
}
