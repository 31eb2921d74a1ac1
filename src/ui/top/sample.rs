//! A stack for tests.

use crate::engine::status::{BudgetUse, Replicas, RunsOn, ServiceStatus, StackStatus};

/// A stack of three services: one at its limit, one idle, one missing.
pub fn status() -> StackStatus {
    let service = |name: &str, used: Option<u64>, cpu: Option<f64>| ServiceStatus {
        service: name.to_owned(),
        state: if used.is_some() { "running" } else { "missing" },
        health: if name != "postgres" { "none" } else { "healthy" },
        memory_bytes: used,
        memory_peak_bytes: used.map(|used| used + (30 << 20)),
        memory_limit_bytes: Some(512 << 20),
        memory_reservation_bytes: Some(256 << 20),
        cpu,
        cpu_limit: Some(1.0),
        selected: name != "redis",
        replicas: Replicas { found: 1, wanted: 1 },
        ..ServiceStatus::default()
    };
    let services = vec![
        service("postgres", Some((480 << 20) + 77_777), Some(0.873)),
        service("redis", Some(9 << 20), Some(0.0)),
        service("fulfillment-worker", None, None),
    ];
    let budget = BudgetUse { memory_bytes: Some(12 << 30), used_bytes: Some((489 << 20) + 77_777) };
    StackStatus { runs_on: RunsOn::Compose, services, budget, ..StackStatus::default() }
}
