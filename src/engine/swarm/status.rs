//! A stack on a swarm in the shape of [`StackStatus`]: what its tasks do, beside what stack.toml asks for.

use std::collections::HashMap;

use super::{
    deployed::StackService,
    observe::{StackTask, TaskState},
};
use crate::{
    engine::{
        observe::Health,
        status::{BudgetUse, NodeStatus, Replicas, RunsOn, ServiceStatus, StackStatus, TaskStatus},
        time,
        usage::Reading,
    },
    model::{Node, Resources, Service},
    resolve::ResolvedStack,
};

/// What a manager knows of a stack.
#[derive(Debug, Clone, Copy)]
pub struct Swarm<'a> {
    /// Its services.
    pub services: &'a [StackService],
    /// Its tasks, history included.
    pub tasks: &'a [StackTask],
    /// Every node.
    pub nodes: &'a [Node],
}

/// The stack from what the manager knows and what the containers on this node use. What runs on other nodes is not
/// measured: it is left out of the sums, and so are its limits where anything of the service is measured.
pub fn status(selection: &ResolvedStack<'_>, swarm: Swarm<'_>, readings: &[Reading<'_>]) -> StackStatus {
    let mut names: Vec<&str> = selection.stack.services.keys().map(String::as_str).collect();
    for service in swarm.services {
        if !selection.stack.services.contains_key(&service.name) {
            names.push(&service.name);
        }
    }
    let nodes: HashMap<&str, &str> =
        swarm.nodes.iter().map(|node| (node.id.as_str(), node.name.as_str())).collect();
    let services = names.into_iter().filter_map(|name| {
        let selected = selection.services.get(name).map(AsRef::as_ref);
        let deployed = swarm.services.iter().find(|service| service.name == name);
        if deployed.is_none() && selected.is_none_or(|service| service.replica_count() == 0) {
            return None;
        }
        let declared = selected.or_else(|| selection.stack.services.get(name));
        let own: Vec<&StackTask> = swarm.tasks.iter().filter(|task| task.service == name).collect();
        let readings: Vec<&Reading<'_>> = readings.iter().filter(|it| it.container.service == name).collect();
        Some(service(name, Asked { selected, declared, deployed }, &own, &nodes, &readings))
    });
    let services = services.collect();
    let limits_unchecked = unchecked(selection, swarm.tasks, &nodes, readings);
    let budget = BudgetUse::of(selection, readings);
    let shown = |node: &Node| NodeStatus {
        node: node.name.clone(),
        state: node.closed.unwrap_or("ready"),
        memory_bytes: node.memory,
    };
    let mut nodes: Vec<NodeStatus> = swarm.nodes.iter().map(shown).collect();
    nodes.sort_by(|a, b| a.node.cmp(&b.node));
    let profiles = selection.selected.clone();
    let runs_on = RunsOn::Swarm;
    StackStatus { runs_on, nodes, services, profiles, budget, limits_unchecked, ..StackStatus::default() }
}

/// The tasks that run, should have limits, and have no container on this node.
fn unchecked(
    selection: &ResolvedStack<'_>,
    tasks: &[StackTask],
    nodes: &HashMap<&str, &str>,
    readings: &[Reading<'_>],
) -> Vec<String> {
    let is_limited = |task: &StackTask| {
        selection.services.get(task.service.as_str()).is_some_and(|it| it.limits != Resources::default())
    };
    let is_here = |task: &StackTask| readings.iter().any(|it| it.container.id == task.container);
    let elsewhere = tasks
        .iter()
        .filter(|it| it.is_wanted && it.state == TaskState::Running && is_limited(it) && !is_here(it));
    let mut names: Vec<String> = elsewhere.map(|task| shown(task, nodes).task).collect();
    names.sort_unstable();
    names
}

/// What should be there of a service.
struct Asked<'a> {
    selected: Option<&'a Service>,
    declared: Option<&'a Service>,
    deployed: Option<&'a StackService>,
}

impl Asked<'_> {
    /// How many tasks; of a service for every node, those that the swarm itself wants.
    fn wanted(&self, current: &[&StackTask]) -> u32 {
        match (self.deployed, self.selected) {
            (Some(StackService { replicas: None, .. }), _) => {
                u32::try_from(current.iter().filter(|task| task.is_wanted).count()).unwrap_or(u32::MAX)
            }
            (_, Some(selected)) => selected.replica_count(),
            (_, None) => 0,
        }
    }
}

fn service(
    name: &str,
    asked: Asked<'_>,
    own: &[&StackTask],
    nodes: &HashMap<&str, &str>,
    readings: &[&Reading<'_>],
) -> ServiceStatus {
    let current = current(own);
    let count = |state: TaskState| current.iter().filter(|task| task.state == state).count();
    let (running, complete) = (count(TaskState::Running), count(TaskState::Complete));
    let wanted = asked.wanted(&current);
    let enough = |found: usize| found > 0 && found >= wanted as usize;
    let failed = own.iter().filter(|task| task.state == TaskState::Failed).count();
    let measured = readings.iter().filter(|it| it.usage.is_some()).count();
    let checked = asked.declared.and_then(|it| it.healthcheck.as_ref()).is_some_and(|check| !check.disable);
    let healths: Vec<Health> = readings.iter().filter_map(|it| it.container.health).collect();
    let times = if measured == 0 { u64::from(wanted.max(1)) } else { measured as u64 };
    let of = asked.declared.map(|service| (&service.limits, &service.reservations));
    let is_unhealthy = healths.contains(&Health::Unhealthy);
    let started = readings.iter().map(|it| it.container.started_at.as_str());
    let started = started.filter(|at| time::seconds(at).is_some()).max();
    ServiceStatus {
        state: match (enough(running), enough(complete), current.is_empty()) {
            (true, ..) => "running",
            (_, true, _) => "exited",
            (_, _, true) => "missing",
            _ if running > 0 => "degraded",
            _ if failed > 0 => "restarting",
            _ => "created",
        },
        health: match (checked, running) {
            (false, _) => "none",
            (true, _) if is_unhealthy => "unhealthy",
            // A task counts as running only once its health check has passed.
            (true, 1..) => "healthy",
            (true, 0) => "starting",
        },
        restarts: failed as u64,
        oom_killed: own.iter().any(|task| task.error.contains("(137)"))
            || readings.iter().any(|it| it.container.oom_killed),
        memory_limit_bytes: of.and_then(|(limits, _)| limits.memory).map(|bytes| bytes.0 * times),
        memory_reservation_bytes: of.and_then(|(_, reserved)| reserved.memory).map(|bytes| bytes.0 * times),
        cpu_limit: of.and_then(|(limits, _)| limits.cpus).map(|cpus| cpus.as_f64() * times as f64),
        ports: asked.deployed.map(|service| service.ports.clone()).unwrap_or_default(),
        links: asked.deployed.map(|service| service.ports.clone()).unwrap_or_default(),
        started_at: started.map(str::to_owned),
        since: started.and_then(time::seconds),
        is_up: enough(running) && !is_unhealthy || enough(complete) || wanted == 0,
        replicas: Replicas { found: running, wanted },
        measured: Some(measured),
        exit_code: match running {
            0 => current.iter().filter_map(|task| task.exit_code).max(),
            _ => None,
        },
        tasks: current.iter().map(|task| shown(task, nodes)).collect(),
        ..ServiceStatus::of(name, asked.selected, asked.declared, readings)
    }
}

/// Of each slot the task that is wanted, or else the latest; a slot with only stopped tasks (scaled down) is history.
fn current<'a>(own: &[&'a StackTask]) -> Vec<&'a StackTask> {
    let mut slots: Vec<(u64, &str)> = own.iter().map(|task| slot(task)).collect();
    slots.sort_unstable();
    slots.dedup();
    let latest = slots.into_iter().filter_map(|of| {
        own.iter().filter(|task| slot(task) == of).max_by_key(|task| (task.is_wanted, task.version)).copied()
    });
    latest.filter(|task| task.is_wanted || task.state != TaskState::Gone).collect()
}

/// A replica's number, or the node of a service that is on every node.
fn slot(task: &StackTask) -> (u64, &str) {
    (task.slot, if task.slot == 0 { &task.node } else { "" })
}

fn shown(task: &StackTask, nodes: &HashMap<&str, &str>) -> TaskStatus {
    let node = nodes.get(task.node.as_str()).copied().unwrap_or(&task.node);
    TaskStatus {
        task: StackTask { node: node.to_owned(), ..task.clone() }.name(),
        node: node.to_owned(),
        state: task.state.as_str(),
        error: task.error.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::{observe::Observed, usage::Usage},
        model::{Bytes, Healthcheck, Stack},
        resolve::Profiles,
    };

    fn task(service: &str, slot: u64, version: u64, state: TaskState) -> StackTask {
        StackTask {
            id: format!("{service}{slot}{version}"),
            stack: "x".into(),
            service: service.into(),
            node: if slot == 0 { format!("n{version}") } else { "n1".into() },
            slot,
            version,
            container: format!("{service}{slot}{version}"),
            exit_code: (state == TaskState::Failed).then_some(1),
            state,
            is_wanted: !matches!(state, TaskState::Failed | TaskState::Gone),
            error: if state == TaskState::Failed { "task: non-zero exit (1)".into() } else { String::new() },
            reserves: (0, 0),
            paused_update: None,
            is_updating: false,
        }
    }

    fn node(id: &str, name: &str) -> Node {
        Node { id: id.into(), name: name.into(), ..Node::default() }
    }

    #[test]
    fn tasks_are_counted_by_slot_and_history_is_none() {
        let service = |replicas| Service {
            replicas: Some(replicas),
            limits: Resources { memory: Some(Bytes(100)), ..Resources::default() },
            healthcheck: Some(Healthcheck::default()),
            ..Service::default()
        };
        let declared = [
            ("web", service(2)),
            ("half", service(2)),
            ("loop", service(1)),
            ("off", service(0)),
            ("late", service(1)),
        ];
        let services = declared.into_iter().map(|(name, service)| (name.to_owned(), service)).collect();
        let stack = Stack { name: "x".into(), services, ..Stack::default() };
        let profiles = Profiles::new(&stack);
        let selection = ResolvedStack::new(&profiles, &[] as &[&str]);
        let deployed = |name: &str, replicas| StackService { name: name.into(), replicas, ports: Vec::new() };
        let services = [
            deployed("agent", None),
            deployed("half", Some(2)),
            deployed("loop", Some(1)),
            deployed("web", Some(2)),
        ];
        let tasks = [
            task("web", 1, 1, TaskState::Gone),
            task("web", 1, 5, TaskState::Running),
            task("web", 2, 2, TaskState::Running),
            task("web", 3, 3, TaskState::Gone),
            task("half", 1, 1, TaskState::Running),
            task("half", 2, 1, TaskState::Failed),
            task("half", 2, 2, TaskState::Preparing),
            task("loop", 1, 1, TaskState::Failed),
            task("loop", 1, 2, TaskState::Failed),
            task("loop", 1, 3, TaskState::Preparing),
            task("agent", 0, 1, TaskState::Running),
            task("agent", 0, 2, TaskState::Running),
        ];
        let nodes = [node("n1", "alpha"), node("n2", "beta")];
        let container = Observed { service: "web".into(), id: "web15".into(), ..Observed::default() };
        let usage =
            Usage { memory_bytes: 7, memory_peak_bytes: None, cpu_nanos: 0, at: std::time::Instant::now() };
        let readings = [Reading::new(&container, None, Some(usage))];
        let found =
            status(&selection, Swarm { services: &services, tasks: &tasks, nodes: &nodes }, &readings);
        let lines: Vec<String> = found
            .services
            .iter()
            .map(|it| {
                let tasks: Vec<String> =
                    it.tasks.iter().map(|it| format!("{}={}", it.task, it.state)).collect();
                let Replicas { found, wanted } = it.replicas;
                format!(
                    "{} {} {} {found}/{wanted} measured {} failed {} of {:?}: {}",
                    it.service,
                    it.state,
                    it.health,
                    it.measured.unwrap_or(9),
                    it.restarts,
                    it.memory_limit_bytes,
                    tasks.join(" ")
                )
            })
            .collect();
        assert_eq!(
            lines,
            [
                "web running healthy 2/2 measured 1 failed 0 of Some(100): web.1=running web.2=running",
                "half degraded healthy 1/2 measured 0 failed 1 of Some(200): half.1=running half.2=preparing",
                "loop restarting starting 0/1 measured 0 failed 2 of Some(100): loop.1=preparing",
                "late missing starting 0/1 measured 0 failed 0 of Some(100): ",
                "agent running none 2/2 measured 0 failed 0 of None: agent.alpha=running agent.beta=running",
            ]
        );
        assert!(!found.services[4].selected, "stack.toml has no agent");
        assert_eq!(found.limits_unchecked, ["half.1", "web.2"]);
    }
}
