//! The answers of a control server, as text.

use std::{fmt::Write as _, time::Duration};

use serde_json::Value;

use crate::text::listed;

/// The mode that is on now.
pub fn switched(mode: &str, body: &Value, over: Duration) -> String {
    let shared = match body["peers"]["of"].as_u64() {
        Some(count @ 2..) => format!(", shared by {count} generators"),
        _ => String::new(),
    };
    let over = if over.is_zero() { String::new() } else { format!(", reached within {over:?}") };
    format!("{mode}: {} requests a second{shared}{over}\n", body["rps"])
}

/// The whole status for a person.
pub fn page(status: &Value) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let (stats, latency) = (&status["stats"], &status["latency_ms"]);
    let mut rows = vec![
        ("mode", format!("{} ({})", status["mode"].as_str().unwrap_or("unnamed"), text(&status["state"]))),
        ("target", text(&status["target"])),
        ("rate", format!("{} of {} requests a second", status["current_rps"], status["rps"])),
        (
            "requests",
            format!(
                "{}, {} failed, {} dropped, {} late",
                stats["total"], stats["failed"], status["dropped"], status["late"]
            ),
        ),
        ("in flight", text(&status["in_flight"])),
        (
            "latency",
            format!(
                "p50 {}, p90 {}, p99 {}, p99.9 {}, max {}",
                time(&latency["p50"]),
                time(&latency["p90"]),
                time(&latency["p99"]),
                time(&latency["p999"]),
                time(&latency["max"])
            ),
        ),
        ("up for", format!("{} s", status["uptime_seconds"])),
    ];
    let counts = |value: &Value| {
        listed(value.as_object().into_iter().flatten().map(|(name, count)| format!("{name} {count}")))
    };
    rows.push(("endpoints", counts(&stats["by_endpoint"])));
    if status["errors"].as_object().is_some_and(|errors| !errors.is_empty()) {
        rows.push(("failures", counts(&status["errors"])));
    }
    if let Some(missing @ 1..) = status["captures_missing"].as_u64() {
        rows.push(("captures", format!("{missing} successful answers without the value")));
    }
    rows.into_iter().fold(String::new(), |mut page, (name, value)| {
        let _ = writeln!(page, "{name:<10} {value}");
        page
    })
}

/// One event of `/events` in one line.
pub fn line(event: &Value) -> String {
    let (status, latency) = (&event["status"], &event["lately"]["latency_ms"]);
    format!(
        "{} ({}): {} of {} a second, p50 {}, p99 {}, {} failed, {} dropped, {} in flight\n",
        status["mode"].as_str().unwrap_or("unnamed mode"),
        status["state"].as_str().unwrap_or_default(),
        status["current_rps"],
        status["rps"],
        time(&latency["p50"]),
        time(&latency["p99"]),
        status["stats"]["failed"],
        status["dropped"],
        status["in_flight"],
    )
}

/// `1.2 ms`, and a dash where nothing was answered.
fn time(value: &Value) -> String {
    if value.is_null() { "–".to_owned() } else { format!("{value} ms") }
}
