//! The use of the stack as a table.

use tabled::{
    builder::Builder,
    settings::{Alignment, Padding, Style, object::Columns},
};

use crate::{
    engine::status::{ServiceStatus, StackStatus},
    model::Bytes,
    text::printable,
    ui::{Paint, Tone},
};

/// A line for each service and one for all, ending with a line feed.
pub fn once(status: &StackStatus, paint: Paint) -> String {
    let mut table = Builder::default();
    table.push_record(["service", "CPUs", "of", "memory", "reserved", "limit", "peak", "restarts", "state"]);
    for service in &status.services {
        table.push_record(cells(service, paint));
    }
    table.push_record(total(status));
    let mut table = table.build();
    table.with(Style::blank().remove_vertical()).with(Padding::new(0, 2, 0, 0));
    for column in 1..=7 {
        table.modify(Columns::one(column), Alignment::right());
    }
    let mut text: String = table.to_string().lines().map(|line| line.trim_end().to_owned() + "\n").collect();
    if let Some(budget) = status.budget.memory_bytes {
        let used = mib(Some(status.budget.used_bytes));
        text.push_str(&format!("\n{used} of memory in use of a budget of {}\n", Bytes(budget)));
    }
    text
}

fn cells(it: &ServiceStatus, paint: Paint) -> [String; 9] {
    let close = matches!((it.memory_bytes, it.memory_limit_bytes),
        (Some(used), Some(limit)) if used.saturating_mul(10) > limit.saturating_mul(9));
    let memory = mib(it.memory_bytes);
    [
        printable(&it.service).into_owned(),
        cpus(it.cpu),
        cpus(it.cpu_limit),
        if close { paint.text(Tone::Near, &memory) } else { memory },
        mib(it.memory_reservation_bytes),
        mib(it.memory_limit_bytes),
        mib(it.memory_peak_bytes),
        it.restarts.to_string(),
        state(it),
    ]
}

/// The state, with the health where there is one.
pub fn state(it: &ServiceStatus) -> String {
    let selected = if it.selected { "" } else { ", not selected" };
    match it.health {
        "none" => format!("{}{selected}", it.state),
        health => format!("{}, {health}{selected}", it.state),
    }
}

/// The sums of everything that is known.
pub fn total(status: &StackStatus) -> [String; 9] {
    let sum = |of: fn(&ServiceStatus) -> Option<u64>| mib(Some(status.services.iter().filter_map(of).sum()));
    let cores = |of: fn(&ServiceStatus) -> Option<f64>| cpus(Some(cores(status, of)));
    // Where no peak is measured, there is no sum.
    let peaks = status.services.iter().filter_map(|it| it.memory_peak_bytes);
    [
        "all".to_owned(),
        cores(|it| it.cpu),
        cores(|it| it.cpu_limit),
        mib(Some(status.budget.used_bytes)),
        sum(|it| it.memory_reservation_bytes),
        sum(|it| it.memory_limit_bytes),
        mib(peaks.reduce(u64::saturating_add)),
        status.services.iter().map(|it| it.restarts).sum::<u64>().to_string(),
        String::new(),
    ]
}

/// The sum of a figure in CPUs; 0 where nothing is known, which `sum` would write as -0.
pub fn cores(status: &StackStatus, of: fn(&ServiceStatus) -> Option<f64>) -> f64 {
    status.services.iter().filter_map(of).fold(0.0, |sum, cpus| sum + cpus)
}

/// A size to the tenth of a MiB, or a dash.
pub fn mib(bytes: Option<u64>) -> String {
    const MIB: u64 = 1 << 20;
    let Some(bytes) = bytes else { return "-".to_owned() };
    if bytes.is_multiple_of(MIB) || bytes < MIB {
        return Bytes(if bytes < MIB { bytes / 1024 * 1024 } else { bytes }).to_string();
    }
    if bytes < 1024 * MIB {
        return format!("{:.1} MiB", bytes as f64 / MIB as f64);
    }
    format!("{:.2} GiB", bytes as f64 / (1024 * MIB) as f64)
}

/// CPUs to the hundredth, or a dash.
pub fn cpus(cpus: Option<f64>) -> String {
    cpus.map_or_else(|| "-".to_owned(), |cpus| format!("{cpus:.2}"))
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::engine::status::{BudgetUse, Replicas, RunsOn};

    /// A stack of three services: one at its limit, one idle, one missing.
    pub fn status() -> StackStatus {
        let service = |name: &str, used: Option<u64>, cpu: Option<f64>| ServiceStatus {
            service: name.to_owned(),
            profiles: Vec::new(),
            state: if used.is_some() { "running" } else { "missing" },
            health: if name != "postgres" { "none" } else { "healthy" },
            restarts: 0,
            oom_killed: false,
            memory_bytes: used,
            memory_peak_bytes: used.map(|used| used + (30 << 20)),
            memory_limit_bytes: Some(512 << 20),
            memory_reservation_bytes: Some(256 << 20),
            cpu,
            cpu_limit: Some(1.0),
            ports: Vec::new(),
            selected: name != "redis",
            replicas: Replicas { found: 1, wanted: 1 },
            exit_code: None,
            tasks: Vec::new(),
        };
        let services = vec![
            service("postgres", Some((480 << 20) + 77_777), Some(0.873)),
            service("redis", Some(9 << 20), Some(0.0)),
            service("fulfillment-worker", None, None),
        ];
        let budget = BudgetUse { memory_bytes: Some(12 << 30), used_bytes: (489 << 20) + 77_777 };
        StackStatus { runs_on: RunsOn::Compose, services, budget }
    }

    #[test]
    fn nothing_that_runs_uses_nothing() {
        let mut status = status();
        status.services.retain(|service| service.cpu.is_none());
        assert_eq!(total(&status)[1], "0.00");
    }

    #[test]
    fn as_a_person_reads_it() {
        insta::assert_snapshot!(once(&status(), Paint { on: false }));
    }
}
