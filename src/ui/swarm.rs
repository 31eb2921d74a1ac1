//! The services of a stack on a swarm, and their tasks.

use std::collections::BTreeSet;

use tabled::{
    builder::Builder,
    settings::{Alignment, Padding, Style, object::Columns},
};

use super::{
    Paint, Tone,
    status::{health, measured, memory, name},
};
use crate::{
    engine::{
        status::{ServiceStatus, StackStatus},
        swarm::TaskStatus,
    },
    model::Bytes,
    text::printable,
};

/// A line for each service, one for each task where the service's own line does not say it all, and the memory of all;
/// ends with a line feed.
pub fn human(status: &StackStatus, paint: Paint) -> String {
    let mut table = Builder::default();
    table.push_record(["service", "tasks", "state", "health", "memory", "", "failed", "node", "address"]);
    for service in &status.services {
        table.push_record(service_cells(service, paint));
        if service.tasks.len() > 1 || service.tasks.iter().any(|task| !task.error.is_empty()) {
            service.tasks.iter().for_each(|task| table.push_record(task_cells(task, paint)));
        }
    }
    let mut table = table.build();
    table.with(Style::blank().remove_vertical()).with(Padding::new(0, 2, 0, 0));
    for column in [1, 4, 6] {
        table.modify(Columns::one(column), Alignment::right());
    }
    // "of 512 MiB" follows its amount closely.
    table.modify(Columns::one(4), Padding::new(0, 1, 0, 0));
    let mut text: String = table.to_string().lines().map(|line| line.trim_end().to_owned() + "\n").collect();
    text.push('\n');
    text.push_str(&about(status));
    text
}

fn service_cells(it: &ServiceStatus, paint: Paint) -> [String; 9] {
    let (used, of) = memory(it, paint);
    let nodes: BTreeSet<&str> =
        it.tasks.iter().map(|task| task.node.as_str()).filter(|node| !node.is_empty()).collect();
    let node = match nodes.len() {
        0 => "-".to_owned(),
        1 => printable(&nodes.into_iter().collect::<String>()).into_owned(),
        count => format!("{count} nodes"),
    };
    let failed = match it.restarts {
        0 => "0".to_owned(),
        count => paint.text(Tone::Near, &count.to_string()),
    };
    let tasks = format!("{}/{}", it.replicas.found, it.replicas.wanted);
    [name(it, paint), tasks, state(it, paint), health(it, paint), used, of, failed, node, it.ports.join(", ")]
}

fn state(it: &ServiceStatus, paint: Paint) -> String {
    let words = match it.exit_code {
        Some(_) if it.oom_killed => format!("{} (out of memory)", it.state),
        Some(code) => format!("{} ({code})", it.state),
        None => it.state.to_owned(),
    };
    let tone = match it.state {
        "running" => Tone::Good,
        "exited" if it.exit_code == Some(0) => Tone::Good,
        "created" => Tone::Near,
        _ => Tone::Bad,
    };
    paint.text(tone, &words)
}

fn task_cells(task: &TaskStatus, paint: Paint) -> [String; 9] {
    let tone = match task.state {
        "running" | "exited" => Tone::Good,
        "pending" | "preparing" => Tone::Near,
        _ => Tone::Bad,
    };
    let blank = String::new;
    [
        format!("  {}", printable(&task.task)),
        blank(),
        paint.text(tone, task.state),
        blank(),
        blank(),
        blank(),
        blank(),
        printable(&task.node).into_owned(),
        printable(&task.error).into_owned(),
    ]
}

fn about(status: &StackStatus) -> String {
    let limits: u64 = status.services.iter().filter_map(|service| service.memory_limit_bytes).sum();
    let used = measured(status.budget.used_bytes);
    let budget = match status.budget.memory_bytes {
        Some(budget) => format!(", a budget of {} for each node", Bytes(budget)),
        None => String::new(),
    };
    format!("on the swarm: {used} of memory in use on this node, {} of limits{budget}\n", Bytes(limits))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::status::{BudgetUse, Replicas, RunsOn};

    fn task(task: &str, node: &str, state: &'static str, error: &str) -> TaskStatus {
        TaskStatus { task: task.to_owned(), node: node.to_owned(), state, error: error.to_owned() }
    }

    fn service(name: &str, state: &'static str, found: usize, tasks: Vec<TaskStatus>) -> ServiceStatus {
        ServiceStatus {
            service: name.to_owned(),
            profiles: Vec::new(),
            state,
            health: "none",
            restarts: 0,
            oom_killed: false,
            memory_bytes: (state == "running").then_some(78 << 20),
            memory_peak_bytes: None,
            memory_limit_bytes: Some(512 << 20),
            memory_reservation_bytes: None,
            cpu: None,
            cpu_limit: None,
            ports: Vec::new(),
            selected: true,
            replicas: Replicas { found, wanted: u32::try_from(tasks.len()).unwrap_or(0) },
            exit_code: None,
            tasks,
        }
    }

    #[test]
    fn as_a_person_reads_it() {
        let one = vec![task("nginx.1", "alpha", "running", "")];
        let two =
            vec![task("web.1", "alpha", "running", ""), task("web.2", "", "pending", "no suitable node")];
        let failed = vec![task("loop.1", "beta", "failed", "task: non-zero exit (1)")];
        let services = vec![
            ServiceStatus {
                health: "healthy",
                ports: vec!["0.0.0.0:8080".to_owned()],
                ..service("nginx", "running", 1, one)
            },
            service("web", "created", 1, two),
            ServiceStatus {
                restarts: 3,
                exit_code: Some(1),
                selected: false,
                ..service("loop", "restarting", 0, failed)
            },
            service("late", "missing", 0, Vec::new()),
        ];
        let budget = BudgetUse { memory_bytes: Some(12 << 30), used_bytes: 78 << 20 };
        let status = StackStatus { runs_on: RunsOn::Swarm, services, budget };
        insta::assert_snapshot!(human(&status, Paint { on: false }));
    }
}
