//! `/metrics` in Prometheus's text format. Written by hand: the engine's counters are plain numbers of one thread, and a
//! registry would want atomics of its own.

use std::fmt::{Display, Write as _};

use indexmap::IndexMap;

use crate::engine::{BUCKETS, Snapshot};

/// Version 0.0.4 of the text format.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// All metrics of one moment.
pub fn text(snapshot: &Snapshot, modes: &IndexMap<String, f64>) -> String {
    let mut text = Text(String::with_capacity(4096));
    text.family("requests_total", "counter", "Requests begun, by name of the mix.");
    for endpoint in &snapshot.endpoints {
        text.sample("requests_total", &[("endpoint", &endpoint.name)], endpoint.sent);
    }
    text.family("requests_failed_total", "counter", "Requests that failed, by name of the mix.");
    for endpoint in &snapshot.endpoints {
        text.sample("requests_failed_total", &[("endpoint", &endpoint.name)], endpoint.failed);
    }
    text.family("failures_total", "counter", "Requests that failed, by kind of failure.");
    for (kind, count) in &snapshot.faults {
        text.sample("failures_total", &[("kind", kind)], count);
    }
    text.family("dropped_total", "counter", "Arrivals that were not sent, by reason.");
    text.sample("dropped_total", &[("reason", "in_flight")], snapshot.counts.dropped_bound);
    text.sample("dropped_total", &[("reason", "overdue")], snapshot.counts.dropped_overdue);
    text.single("late_total", "counter", "Sends more than 10 ms after their time.", snapshot.counts.late);
    let missing = snapshot.counts.captures_missing;
    text.single(
        "captures_missing_total",
        "counter",
        "Successful answers in which a capture found no value.",
        missing,
    );
    text.single("received_bytes_total", "counter", "Bytes of answers.", snapshot.counts.received_bytes);
    text.single("in_flight", "gauge", "Requests in flight.", snapshot.in_flight);
    text.family("rate_asked", "gauge", "Requests per second that the mode asks for.");
    if let Some(rate) = snapshot.rate {
        text.sample("rate_asked", &[], rate);
    }
    let rate = snapshot.current_rate;
    text.single("rate_reached", "gauge", "Requests begun per second over the last ten seconds.", rate);
    text.family("mode", "gauge", "1 for the mode that is on.");
    for mode in modes.keys() {
        let on = snapshot.mode.as_ref() == Some(mode);
        text.sample("mode", &[("mode", mode)], u8::from(on));
    }
    text.single("uptime_seconds", "gauge", "Since the engine began.", snapshot.uptime_seconds);
    let help = "From the intended time to the whole answer, timeouts at their timeout.";
    text.family("response_seconds", "histogram", help);
    for (bound, count) in BUCKETS.iter().zip(&snapshot.response_buckets) {
        text.sample("response_seconds_bucket", &[("le", &bound.to_string())], count);
    }
    text.sample("response_seconds_bucket", &[("le", "+Inf")], snapshot.response_count);
    text.sample("response_seconds_sum", &[], snapshot.response_seconds);
    text.sample("response_seconds_count", &[], snapshot.response_count);
    text.0
}

const PREFIX: &str = "stackctl_traffic_";

struct Text(String);

impl Text {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "# HELP {PREFIX}{name} {help}\n# TYPE {PREFIX}{name} {kind}");
    }

    fn single(&mut self, name: &str, kind: &str, help: &str, value: impl Display) {
        self.family(name, kind, help);
        self.sample(name, &[], value);
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let _ = write!(self.0, "{PREFIX}{name}");
        for (position, (label, text)) in labels.iter().enumerate() {
            let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let _ = write!(self.0, "{}{label}=\"{text}\"", if position == 0 { "{" } else { "," });
        }
        let _ = writeln!(self.0, "{} {value}", if labels.is_empty() { "" } else { "}" });
    }
}
