//! The running stack as a table.

use std::fmt::Write as _;

use super::{
    Paint, Tone,
    budget::first_of,
    columns::{self, bytes, sum},
    counted, listed,
};
use crate::{
    engine::{
        status::{RunsOn, ServiceStatus, StackStatus},
        unheld::Unheld,
    },
    model::Bytes,
    text::printable,
};

/// The stack where it runs, the memory of all services, and what is not selected; ends with a line feed. With `links`, as a browser
/// takes addresses.
pub fn human(status: &StackStatus, paint: Paint, links: bool) -> String {
    if status.services.is_empty() {
        return "no services are running or selected\n".to_owned();
    }
    let (used, unheld) = (in_use(status), unheld(status));
    let budget = status.budget.memory_bytes.map(|budget| format!(", a budget of {}", Bytes(budget)));
    let budget = budget.unwrap_or_default();
    match status.runs_on {
        RunsOn::Compose => {
            let columns = if links { columns::COMPOSE_LINKS } else { columns::COMPOSE };
            let table = columns::rows(columns, status, false, paint);
            format!("{table}\n{used}, {}{budget}\n{}{unheld}", limits(status), kills(status, paint))
        }
        RunsOn::Swarm => {
            let table = columns::rows(columns::SWARM, status, false, paint);
            format!("{table}\non the swarm: {}\n{unheld}{}", on_swarm(status), unchecked(status))
        }
    }
}

/// The selected profiles, where the stack has some; ends with a line feed.
pub fn profiles(status: &StackStatus) -> String {
    let selected = listed(status.profiles.iter().map(|name| printable(name)));
    format!("profiles: {}\n", if selected.is_empty() { "core" } else { &selected })
}

/// Which services were killed because they ran out of memory, and when; each line ends with a line feed.
fn kills(status: &StackStatus, paint: Paint) -> String {
    let line = |it: &ServiceStatus| {
        let (ago, service) = (columns::age(it.oom_age?), printable(&it.service));
        let text = format!(
            "{service} was killed {ago} ago: it ran out of memory; raise limits.memory of [services.{service}]"
        );
        Some(paint.text(Tone::Near, &text) + "\n")
    };
    status.services.iter().filter_map(line).collect()
}

/// What is measured on a swarm, and what its nodes have: the budget is that of one machine, which no node need be.
pub fn on_swarm(status: &StackStatus) -> String {
    let used = in_use(status);
    let (count, of) = columns::measured(status);
    let nodes = status.nodes.iter().map(|it| {
        let closed = if it.state == "ready" { String::new() } else { format!(" ({})", it.state) };
        format!("{} has {}{closed}", printable(&it.node), Bytes(it.memory_bytes))
    });
    let nodes = listed(nodes);
    let nodes = if nodes.is_empty() { nodes } else { format!("\nnodes: {nodes}") };
    let limits = limits(status);
    format!("{used} and {limits} on this node, by {count} of {}{nodes}", counted(of, "task"))
}

/// The memory of all services, where the engine counts it.
pub fn in_use(status: &StackStatus) -> String {
    match status.budget.used_bytes {
        Some(used) => format!("{} of memory in use", bytes(Some(used))),
        None => "memory in use is not known".to_owned(),
    }
}

/// A warning for each service that is not held to its limits; each ends with a line feed.
pub fn unheld(status: &StackStatus) -> String {
    let mut text = String::new();
    for Unheld { service, detail, .. } in &status.limits.unheld {
        let _ = writeln!(text, "warning: limits are not held: {}: {detail}", printable(service));
    }
    text
}

/// Which tasks of a swarm are not among those with limits that were looked at; ends with a line feed.
fn unchecked(status: &StackStatus) -> String {
    if status.limits_unchecked.is_empty() {
        return String::new();
    }
    let tasks: Vec<_> = status.limits_unchecked.iter().map(|task| printable(task)).collect();
    let tasks: Vec<&str> = tasks.iter().map(AsRef::as_ref).collect();
    format!("limits are not checked on other nodes: {}\n", first_of(&tasks))
}

/// The sum of memory limits, and how many of the services that run have none.
fn limits(status: &StackStatus) -> String {
    let sum = Bytes(sum(status, |it| it.memory_limit_bytes));
    let unlimited = |it: &&ServiceStatus| it.memory_limit_bytes.is_none() && it.memory_bytes.is_some();
    match status.services.iter().filter(unlimited).count() {
        0 => format!("{sum} of limits"),
        count => format!("{sum} of limits, {count} without one"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::engine::status::{BudgetUse, NodeStatus, Replicas, TaskStatus};

    fn service(name: &str) -> ServiceStatus {
        ServiceStatus {
            service: name.to_owned(),
            state: "running",
            health: "healthy",
            memory_bytes: Some(78 << 20),
            memory_limit_bytes: Some(2 << 30),
            ports: vec!["127.0.0.1:8080".to_owned()],
            links: vec!["http://127.0.0.1:8080".to_owned()],
            age: Some(Duration::from_secs(7_384)),
            selected: true,
            replicas: Replicas { found: 1, wanted: 1 },
            ..ServiceStatus::default()
        }
    }

    #[test]
    fn as_a_person_reads_it() {
        let nothing = ServiceStatus { memory_bytes: None, health: "none", age: None, ..service("x") };
        let nothing = ServiceStatus { ports: Vec::new(), links: Vec::new(), ..nothing };
        let services = vec![
            service("nginx"),
            ServiceStatus {
                service: "api".to_owned(),
                state: "restarting",
                oom_killed: true,
                exit_code: Some(137),
                restarts: 3,
                oom_age: Some(Duration::from_secs(200)),
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
        let budget = BudgetUse { memory_bytes: Some(12 << 30), used_bytes: Some(156 << 20) };
        let status = StackStatus { runs_on: RunsOn::Compose, services, budget, ..StackStatus::default() };
        let text = human(&status, Paint { on: false }, false);
        // Colours do not shift columns.
        let painted = human(&status, Paint { on: true }, false);
        let bare = painted.split('\x1b').map(|part| {
            part.split_once('m').filter(|_| part.starts_with('[')).map_or(part, |(_, rest)| rest)
        });
        assert_eq!(bare.collect::<String>(), text);
        insta::assert_snapshot!(text);
        let linked = human(&status, Paint { on: false }, true);
        assert_eq!(linked.replace("http://", ""), text);
        assert!(linked.contains("  http://127.0.0.1:8080\n"), "{linked}");
    }

    #[test]
    fn ages_in_their_largest_unit() {
        let age = |seconds| columns::age(Duration::from_secs(seconds));
        let ages = [0, 99, 100, 5_999, 6_000, 172_799, 172_800].map(age);
        assert_eq!(ages, ["0 s", "99 s", "1 min", "99 min", "1 h", "47 h", "2 d"]);
    }

    fn task(task: &str, node: &str, state: &'static str, error: &str) -> TaskStatus {
        TaskStatus { task: task.to_owned(), node: node.to_owned(), state, error: error.to_owned() }
    }

    fn deployed(name: &str, state: &'static str, found: usize, tasks: Vec<TaskStatus>) -> ServiceStatus {
        ServiceStatus {
            state,
            health: "none",
            memory_bytes: (state == "running").then_some(78 << 20),
            memory_limit_bytes: Some(512 << 20),
            ports: Vec::new(),
            replicas: Replicas { found, wanted: u32::try_from(tasks.len()).unwrap_or(0) },
            measured: Some(usize::from(state == "running")),
            tasks,
            ..service(name)
        }
    }

    #[test]
    fn on_a_swarm() {
        let one = vec![task("nginx.1", "alpha", "running", "")];
        let two =
            vec![task("web.1", "alpha", "running", ""), task("web.2", "", "pending", "no suitable node")];
        let failed = vec![task("loop.1", "beta", "failed", "task: non-zero exit (1)")];
        let services = vec![
            ServiceStatus {
                health: "healthy",
                ports: vec!["0.0.0.0:8080".to_owned()],
                ..deployed("nginx", "running", 1, one)
            },
            deployed("web", "degraded", 1, two),
            ServiceStatus {
                restarts: 3,
                exit_code: Some(1),
                selected: false,
                ..deployed("loop", "restarting", 0, failed)
            },
            deployed("late", "missing", 0, Vec::new()),
        ];
        let budget = BudgetUse { memory_bytes: Some(12 << 30), used_bytes: Some(78 << 20) };
        let node = |node: &str, state, gib: u64| NodeStatus {
            node: node.to_owned(),
            state,
            memory_bytes: gib << 30,
        };
        let nodes = vec![node("alpha", "ready", 2), node("beta", "down", 1)];
        let status =
            StackStatus { runs_on: RunsOn::Swarm, nodes, services, budget, ..StackStatus::default() };
        insta::assert_snapshot!(human(&status, Paint { on: false }, false));
    }
}
