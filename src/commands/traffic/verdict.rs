//! `--max-p99` and `--max-failed`: a run judged as a CI check.

use std::time::Duration;

use crate::{
    commands::{Exit, Failure},
    traffic::engine::Snapshot,
    ui::{listed, traffic::Check},
};

/// What a run must keep to; `None` is no limit.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The highest 99th percentile of the response time. A dropped arrival has no response, so any drop breaks it.
    pub p99: Option<Duration>,
    /// The highest part, from 0 to 1, that may fail or be dropped.
    pub failed: Option<f64>,
}

impl Limits {
    /// Whether there is anything to keep to.
    pub fn are_set(&self) -> bool {
        self.p99.is_some() || self.failed.is_some()
    }

    /// Every limit, and whether the run kept to it, by how things stood at its end.
    pub fn checks(&self, last: &Snapshot) -> Vec<Check> {
        let mut checks = Vec::new();
        let mut add = |is_passed, text: String| checks.push(Check { is_passed, text });
        let dropped = last.counts.dropped();
        let arrivals = last.counts.sent + dropped;
        if self.are_set() && arrivals == 0 {
            add(false, "no request was sent, so there is nothing to judge".to_owned());
        }
        if let Some(limit) = self.p99 {
            let limit = limit.as_secs_f64() * 1e3;
            match last.response.p99 {
                Some(p99) if p99 > limit => {
                    add(false, format!("p99 of the response time is {p99} ms, above {limit} ms"));
                }
                Some(p99) => add(true, format!("p99 of the response time is {p99} ms, at most {limit} ms")),
                None if arrivals > 0 => add(false, "no request was answered, so there is no p99".to_owned()),
                None => {}
            }
            if dropped > 0 {
                add(false, format!("{dropped} arrivals were dropped, and --max-p99 allows none"));
            }
        }
        if let Some(limit) = self.failed.filter(|_| arrivals > 0) {
            let failed = last.counts.failed + dropped;
            let part = failed as f64 / arrivals as f64;
            let (percent, allowed) = (part * 100.0, limit * 100.0);
            let than = if part > limit { "above" } else { "at most" };
            let text =
                format!("{failed} of {arrivals} failed or were dropped: {percent:.2} %, {than} {allowed} %");
            add(part <= limit, text);
        }
        if self.are_set() && last.counts.captures_missing > 0 {
            add(
                false,
                format!(
                    "{} successful answers had no value for a capture, so the mix was not the one that was asked for",
                    last.counts.captures_missing
                ),
            );
        }
        checks
    }
}

/// Whether a run kept to its limits.
///
/// # Errors
/// With exit 1 when there are limits that it broke.
pub fn verdict(broken: Vec<String>, last: &Snapshot) -> Result<Exit, Failure> {
    if broken.is_empty() {
        return Ok(Exit::Done);
    }
    let failure = Failure::new(Exit::Judged, "the run is outside its limits").caused_by(broken);
    let kinds = listed(last.faults.iter().map(|(kind, count)| format!("{kind} {count}")));
    Err(if kinds.is_empty() { failure } else { failure.hint(format!("failures by kind: {kinds}")) })
}
