//! The services of a stack on a swarm.

use tabled::{
    builder::Builder,
    settings::{Padding, Style},
};

use crate::{
    engine::{
        status::{BudgetUse, Replicas, ServiceStatus, StackStatus},
        swarm::{StackTask, TaskState},
    },
    resolve::ResolvedStack,
};

/// The stack in the shape of `status`: what nodes measure is not told by a manager, and null.
pub fn status(resolved: &ResolvedStack<'_>, tasks: &[StackTask]) -> StackStatus {
    let services = resolved.services.iter().map(|(name, service)| {
        let own: Vec<&StackTask> = tasks.iter().filter(|it| it.service == **name).collect();
        let running = own.iter().filter(|it| it.is_wanted && it.state == TaskState::Running).count();
        let complete = own.iter().any(|it| it.state == TaskState::Complete);
        let wanted = service.replica_count();
        let times = u64::from(wanted);
        ServiceStatus {
            service: (*name).to_owned(),
            profiles: service.profiles.clone(),
            state: match (running, complete, own.is_empty()) {
                (1.., ..) => "running",
                (0, true, _) => "exited",
                (0, false, true) => "missing",
                (0, false, false) => "created",
            },
            health: match (running > 0, service.healthcheck.as_ref().is_some_and(|check| !check.disable)) {
                // A task runs only when its health check passes.
                (true, true) => "healthy",
                (false, true) => "starting",
                (_, false) => "none",
            },
            restarts: own.iter().filter(|it| it.state == TaskState::Failed).count() as u64,
            oom_killed: own.iter().any(|it| it.error.contains("(137)")),
            memory_bytes: None,
            memory_peak_bytes: None,
            memory_limit_bytes: service.limits.memory.map(|bytes| bytes.0 * times),
            memory_reservation_bytes: service.reservations.memory.map(|bytes| bytes.0 * times),
            cpu: None,
            cpu_limit: service.limits.cpus.map(|cpus| cpus.as_f64() * f64::from(wanted)),
            ports: Vec::new(),
            selected: true,
            replicas: Replicas { found: running, wanted },
            exit_code: None,
        }
    });
    let budget = BudgetUse {
        memory_bytes: resolved.stack.budget.as_ref().map(|budget| budget.memory.0),
        used_bytes: 0,
    };
    StackStatus { services: services.collect(), budget }
}

/// A line for each service, ending with a line feed.
pub fn human(status: &StackStatus) -> String {
    let mut table = Builder::default();
    table.push_record(["service", "tasks", "state", "health"]);
    for it in &status.services {
        let tasks = format!("{}/{}", it.replicas.found, it.replicas.wanted);
        table.push_record([
            it.service.as_str(),
            &tasks,
            it.state,
            if it.health == "none" { "-" } else { it.health },
        ]);
    }
    let mut table = table.build();
    table.with(Style::blank().remove_vertical()).with(Padding::new(0, 2, 0, 0));
    table.to_string().lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}
