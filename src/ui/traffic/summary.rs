//! The end of a run, for a person: what was sent, how long it took, what failed, and whether it kept to its limits.

use std::fmt::Write as _;

use super::format::{count, short};
use crate::{
    text::printable,
    traffic::{
        engine::{EndpointSnapshot, Snapshot},
        fault::Fault,
        percentiles::Percentiles,
        report::Sample,
    },
    ui::{Paint, Tone, columns::bytes, table::table},
};

/// A limit of a run, and whether the run kept to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Whether it did.
    pub is_passed: bool,
    /// In words, with the figures.
    pub text: String,
}

/// The summary of a whole run.
pub fn summary(end: &Snapshot, checks: &[Check], paint: Paint) -> String {
    let counts = &end.counts;
    let mut text = String::new();
    let asked = match end.mean_asked {
        Some(rate) => format!("of {} asked on average", short(rate)),
        None => "as fast as possible".to_owned(),
    };
    let reached = counts.sent as f64 / end.ran_seconds.max(1e-3);
    let flagged = |number: u64, tone, word: &str| {
        let text = format!("{} {word}", count(number));
        if number > 0 { paint.text(tone, &text) } else { text }
    };
    let rows = [
        ("target", printable(&end.target).into_owned()),
        ("time", format!("{} s", short(end.ran_seconds))),
        ("rate", format!("{}/s {asked}", short(reached))),
        (
            "requests",
            format!(
                "{} sent, {} succeeded, {}, {}, {} late",
                count(counts.sent),
                count(counts.successful),
                flagged(counts.failed, Tone::Bad, "failed"),
                flagged(counts.dropped(), Tone::Near, "dropped"),
                count(counts.late),
            ),
        ),
        ("received", bytes(Some(counts.received_bytes))),
    ];
    for (name, value) in rows {
        let _ = writeln!(text, "{name:<9} {value}");
    }
    text.push('\n');
    text.push_str(&times(end));
    text.push('\n');
    text.push_str(&endpoints(&end.endpoints));
    failures(&mut text, end, paint);
    if !checks.is_empty() {
        text.push('\n');
        for check in checks {
            let (mark, tone) = if check.is_passed { ("✔", Tone::Good) } else { ("✘", Tone::Bad) };
            let _ = writeln!(text, "{} {}", paint.text(tone, mark), check.text);
        }
    }
    text
}

fn times(end: &Snapshot) -> String {
    let headings = ["ms", ">p50", ">p90", ">p99", ">p99.9", ">max"];
    let row = |name: &str, times: &Percentiles| {
        let times = [times.p50, times.p90, times.p99, times.p999, times.max];
        [name.to_owned()].into_iter().chain(times.map(time)).collect()
    };
    table(
        headings,
        [
            row("response time", &end.response),
            row("service time", &end.service),
            row("send lateness", &end.lateness),
        ],
    )
}

fn endpoints(endpoints: &[EndpointSnapshot]) -> String {
    let headings = ["request", ">sent", ">failed", ">mean ms", ">p50", ">p99", ">max"];
    let row = |endpoint: &EndpointSnapshot| {
        vec![
            printable(&endpoint.name).into_owned(),
            count(endpoint.sent),
            count(endpoint.failed),
            time(endpoint.mean),
            time(endpoint.p50),
            time(endpoint.p99),
            time(endpoint.max),
        ]
    };
    table(headings, endpoints.iter().map(row))
}

/// Each kind with its first failure.
fn failures(text: &mut String, end: &Snapshot, paint: Paint) {
    if end.counts.captures_missing > 0 {
        let number = count(end.counts.captures_missing);
        let _ = writeln!(text, "\n{number} successful answers without the value to capture");
    }
    let mut faults: Vec<&(String, u64)> = end.faults.iter().collect();
    faults.sort_by_key(|(_, number)| std::cmp::Reverse(*number));
    for (kind, number) in faults {
        let _ = writeln!(text, "\n{}", paint.text(Tone::Bad, &format!("{} × {kind}", count(*number))));
        if let Some((_, sample)) = end.samples.iter().find(|(of, _)| of == kind) {
            let Sample { endpoint, request, status, ms, detail, body, .. } = Sample::of(sample);
            let request = request.unwrap_or_else(|| format!("{endpoint}, not sent"));
            let status = status.map_or(String::new(), |status| format!(", {status}"));
            let _ = writeln!(text, "  {request}{status}, after {} ms", short(ms));
            for line in [detail, body].iter().filter(|line| !line.is_empty()) {
                let _ = writeln!(text, "  {line}");
            }
        }
        if let Some(hint) = (*kind == Fault::Tls.to_string()).then(|| Fault::Tls.hint()).flatten() {
            let _ = writeln!(text, "  hint: {hint}");
        }
    }
}

/// Milliseconds, and a dash where nothing was answered.
fn time(value: Option<f64>) -> String {
    value.map_or("–".to_owned(), short)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traffic::{
        engine::{FailureSample, Phase, Window},
        record::Counts,
    };

    fn end() -> Snapshot {
        let times = |p50: f64| Percentiles {
            p50: Some(p50),
            p90: Some(p50 * 2.0),
            p99: Some(p50 * 10.0),
            p999: Some(p50 * 100.0),
            max: Some(p50 * 123.456),
        };
        let endpoint = |name: &str, sent, failed, p50| EndpointSnapshot {
            name: name.to_owned(),
            sent,
            failed,
            p50,
            p99: p50.map(|time| time * 10.0),
            answered: sent,
            mean: p50,
            min: p50,
            max: p50.map(|time| time * 123.456),
            bytes: 12_345,
        };
        let sample = |request: Option<&str>, status, detail: &str, body: &str| FailureSample {
            endpoint: "GET /orders/:id".to_owned(),
            request: request.map(str::to_owned),
            status,
            milliseconds: 12.346,
            at: 3.0,
            detail: detail.to_owned(),
            body: body.to_owned(),
        };
        Snapshot {
            target: "https://shop.example".to_owned(),
            mode: Some("burst".to_owned()),
            rate: Some(20.0),
            phase: Phase::Draining,
            uptime_seconds: 61.0,
            ran_seconds: 60.0,
            asked: Some(20.0),
            is_ramp: false,
            mean_asked: Some(20.0),
            current_rate: 20.0,
            in_flight: 0,
            counts: Counts {
                sent: 1_200,
                successful: 1_165,
                failed: 35,
                dropped_bound: 3,
                late: 1,
                captures_missing: 2,
                received_bytes: 1_234_567,
                ..Counts::default()
            },
            response: times(1.25),
            service: times(1.2),
            lateness: times(0.05),
            interval: Window::default(),
            response_count: 1_200,
            response_seconds: 2.0,
            response_buckets: Vec::new(),
            endpoints: vec![
                endpoint("POST /orders", 900, 34, Some(1.5)),
                endpoint("GET /orders/:id", 300, 1, None),
            ],
            faults: vec![("tls".to_owned(), 1), ("status-503".to_owned(), 34)],
            samples: vec![
                (
                    "status-503".to_owned(),
                    sample(Some("GET /orders/7"), Some(503), "", "{\"error\":\"\u{1b}[31mbusy\"}\nRetry"),
                ),
                ("tls".to_owned(), sample(None, None, "invalid peer certificate: UnknownIssuer", "")),
            ],
        }
    }

    #[test]
    fn as_a_person_reads_it() {
        let checks = [
            Check { is_passed: true, text: "p99 of the response time is 12.5 ms, at most 200 ms".to_owned() },
            Check {
                is_passed: false,
                text: "38 of 1203 failed or were dropped: 3.16 %, above 1 %".to_owned(),
            },
        ];
        insta::assert_snapshot!(summary(&end(), &checks, Paint { on: false }));
    }

    #[test]
    fn colours_and_a_run_of_nothing() {
        let painted = summary(&end(), &[], Paint { on: true });
        assert!(painted.contains("\u{1b}[31m34 × status-503\u{1b}[0m"), "{painted}");
        let none = Percentiles::default();
        let nothing = Snapshot {
            mean_asked: None,
            counts: Counts::default(),
            response: none,
            service: none,
            lateness: none,
            endpoints: Vec::new(),
            faults: Vec::new(),
            samples: Vec::new(),
            ran_seconds: 0.0,
            ..end()
        };
        let text = summary(&nothing, &[], Paint { on: false });
        assert!(text.contains("0/s as fast as possible") && text.contains("response time    –"), "{text}");
    }
}
