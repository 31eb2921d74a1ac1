//! The running stack as a table.

use std::fmt::Write as _;

use tabled::{
    builder::Builder,
    settings::{Alignment, Padding, Style, object::Columns},
};

use super::{Paint, Tone, swarm};
use crate::{
    engine::status::{RunsOn, ServiceStatus, StackStatus},
    model::Bytes,
    text::printable,
};

/// One line for each service, the memory of all, and what is not selected; ends with a line feed.
pub fn human(status: &StackStatus, paint: Paint) -> String {
    if status.services.is_empty() {
        return "nothing runs, and nothing is selected\n".to_owned();
    }
    if status.runs_on == RunsOn::Swarm {
        return swarm::human(status, paint);
    }
    let mut table = Builder::default();
    table.push_record(["service", "state", "health", "memory", "", "restarts", "address"]);
    for service in &status.services {
        table.push_record(cells(service, paint));
    }
    let mut table = table.build();
    table.with(Style::blank().remove_vertical()).with(Padding::new(0, 2, 0, 0));
    for column in [3, 5] {
        table.modify(Columns::one(column), Alignment::right());
    }
    // "of 512 MiB" follows its amount closely.
    table.modify(Columns::one(3), Padding::new(0, 1, 0, 0));
    let mut text: String = table.to_string().lines().map(|line| line.trim_end().to_owned() + "\n").collect();
    let _ = write!(text, "\n{}", about(status));
    text
}

fn cells(service: &ServiceStatus, paint: Paint) -> [String; 7] {
    let (memory, of) = memory(service, paint);
    let restarts = match service.restarts {
        0 => "0".to_owned(),
        count => paint.text(Tone::Near, &count.to_string()),
    };
    let name = name(service, paint);
    [name, state(service, paint), health(service, paint), memory, of, restarts, service.ports.join(", ")]
}

/// The name, which a label of a container may have brought, and whether it is selected.
pub(super) fn name(service: &ServiceStatus, paint: Paint) -> String {
    let name = printable(&service.service);
    match service.selected {
        true => name.into_owned(),
        false => paint.text(Tone::Near, &format!("{name} (not selected)")),
    }
}

fn state(service: &ServiceStatus, paint: Paint) -> String {
    let mut words = service.state.to_owned();
    match service.exit_code {
        Some(_) if service.oom_killed => words.push_str(" (out of memory)"),
        Some(code) => {
            let _ = write!(words, " ({code})");
        }
        None => {}
    }
    if service.replicas.wanted > 1 {
        let _ = write!(words, " {}/{}", service.replicas.found, service.replicas.wanted);
    }
    match service.state {
        "running" => paint.text(Tone::Good, &words),
        "exited" if service.exit_code == Some(0) => paint.text(Tone::Good, &words),
        "created" | "paused" => paint.text(Tone::Near, &words),
        _ => paint.text(Tone::Bad, &words),
    }
}

pub(super) fn health(service: &ServiceStatus, paint: Paint) -> String {
    match service.health {
        "healthy" => paint.text(Tone::Good, "healthy"),
        "unhealthy" => paint.text(Tone::Bad, "unhealthy"),
        "none" => "-".to_owned(),
        other => paint.text(Tone::Near, other),
    }
}

/// What is used, and of what.
pub(super) fn memory(service: &ServiceStatus, paint: Paint) -> (String, String) {
    let of = service
        .memory_limit_bytes
        .map_or_else(|| "no limit".to_owned(), |limit| format!("of {}", Bytes(limit)));
    let Some(used) = service.memory_bytes else { return ("-".to_owned(), of) };
    let close =
        service.memory_limit_bytes.is_some_and(|limit| used.saturating_mul(10) > limit.saturating_mul(9));
    let text = measured(used);
    (if close { paint.text(Tone::Near, &text) } else { text }, of)
}

/// What is measured, to the tenth of its unit.
pub(super) fn measured(bytes: u64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut unit = 0;
    let mut scaled = bytes as f64;
    while scaled >= 1024.0 && unit + 1 < units.len() {
        scaled /= 1024.0;
        unit += 1;
    }
    format!("{scaled:.1} {}", units[unit])
}

fn about(status: &StackStatus) -> String {
    let limits: u64 = status.services.iter().filter_map(|service| service.memory_limit_bytes).sum();
    let used = measured(status.budget.used_bytes);
    match status.budget.memory_bytes {
        Some(budget) => {
            format!("{used} of memory in use, {} of limits, a budget of {}\n", Bytes(limits), Bytes(budget))
        }
        None => format!("{used} of memory in use, {} of limits\n", Bytes(limits)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::status::{BudgetUse, Replicas};

    fn service(name: &str) -> ServiceStatus {
        ServiceStatus {
            service: name.to_owned(),
            profiles: Vec::new(),
            state: "running",
            health: "healthy",
            restarts: 0,
            oom_killed: false,
            memory_bytes: Some(78 << 20),
            memory_peak_bytes: None,
            memory_limit_bytes: Some(2 << 30),
            memory_reservation_bytes: None,
            cpu: None,
            cpu_limit: None,
            ports: vec!["127.0.0.1:8080".to_owned()],
            selected: true,
            replicas: Replicas { found: 1, wanted: 1 },
            exit_code: None,
            tasks: Vec::new(),
        }
    }

    #[test]
    fn as_a_person_reads_it() {
        let nothing = ServiceStatus { memory_bytes: None, ports: Vec::new(), health: "none", ..service("x") };
        let services = vec![
            service("nginx"),
            ServiceStatus {
                service: "api".to_owned(),
                state: "restarting",
                oom_killed: true,
                exit_code: Some(137),
                restarts: 3,
                ..nothing.clone()
            },
            ServiceStatus {
                service: "seed".to_owned(),
                state: "exited",
                exit_code: Some(0),
                ..nothing.clone()
            },
            ServiceStatus {
                service: "ui".to_owned(),
                selected: false,
                replicas: Replicas { found: 1, wanted: 0 },
                ..service("ui")
            },
            ServiceStatus {
                service: "worker".to_owned(),
                state: "missing",
                memory_limit_bytes: None,
                replicas: Replicas { found: 1, wanted: 2 },
                ..nothing
            },
        ];
        let budget = BudgetUse { memory_bytes: Some(12 << 30), used_bytes: 156 << 20 };
        let status = StackStatus { runs_on: RunsOn::Compose, services, budget };
        let text = human(&status, Paint { on: false });
        // Colour moves no column.
        let painted = human(&status, Paint { on: true });
        let bare = painted.split('\x1b').map(|part| {
            part.split_once('m').filter(|_| part.starts_with('[')).map_or(part, |(_, rest)| rest)
        });
        assert_eq!(bare.collect::<String>(), text);
        insta::assert_snapshot!(text);
    }
}
