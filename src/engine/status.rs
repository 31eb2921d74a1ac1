//! The running stack beside what was asked for: one entry for each service, its replicas together.

use std::time::Duration;

use indexmap::IndexMap;
use serde::Serialize;

use super::{
    link::link,
    observe::{ContainerState, Health, Observed},
    time,
    unheld::LimitsHeld,
    usage::{Reading, memory_in_use},
};
use crate::{model::Service, resolve::ResolvedStack};

/// A service as it is.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ServiceStatus {
    /// Its name.
    pub service: String,
    /// Its profiles in stack.toml; none is core.
    pub profiles: Vec<String>,
    /// The engine's word for the container that is worst off, or `missing`.
    pub state: &'static str,
    /// `healthy`, `unhealthy`, `starting`, or `none` without a health check; likewise.
    pub health: &'static str,
    /// Restarts by the engine, of all replicas.
    pub restarts: u64,
    /// A container last ended because it ran out of memory.
    pub oom_killed: bool,
    /// Bytes in use, of all replicas that run; `null` when none does.
    pub memory_bytes: Option<u64>,
    /// The most that they used, in sum; `null` where the kernel does not say.
    pub memory_peak_bytes: Option<u64>,
    /// What the engine holds them to, in sum; what stack.toml asks for without a container; `null` without a limit.
    pub memory_limit_bytes: Option<u64>,
    /// Likewise.
    pub memory_reservation_bytes: Option<u64>,
    /// CPUs in use; `null` when it was not measured or nothing runs.
    pub cpu: Option<f64>,
    /// CPUs that the engine holds them to, in sum.
    pub cpu_limit: Option<f64>,
    /// Addresses on the engine's machine.
    pub ports: Vec<String>,
    /// The same for a browser on that machine; as they are where no browser opens them.
    #[serde(skip)]
    pub links: Vec<String>,
    /// When the container that is worst off last started, RFC 3339 by the engine's clock; `null` when it never did.
    pub started_at: Option<String>,
    /// Since when it runs or has ended, in seconds since 1970.
    #[serde(skip)]
    pub since: Option<f64>,
    /// How long that is; filled by [`StackStatus::at`].
    #[serde(skip)]
    pub age: Option<Duration>,
    /// When a container was last killed because it ran out of memory, as far as the engine remembers, likewise.
    pub oom_killed_at: Option<String>,
    /// How long ago that was; filled by [`StackStatus::at`].
    #[serde(skip)]
    pub oom_age: Option<Duration>,
    /// Whether it is up: every container runs and is not unhealthy, or ended with 0 and nothing starts it again.
    #[serde(skip)]
    pub is_up: bool,
    /// Whether the selection has it.
    pub selected: bool,
    /// How many containers there are, and how many should be.
    pub replicas: Replicas,
    /// On a swarm, how many of its tasks run on this node: memory, CPUs and their limits are those of these tasks alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured: Option<usize>,
    /// The exit code of the last end, of the container that is worst off; `null` while it runs.
    pub exit_code: Option<i64>,
    /// On a swarm, its tasks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<TaskStatus>,
}

/// A task that its service counts on, or that took its place last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TaskStatus {
    /// `web.2`.
    pub task: String,
    /// The host name of its node; empty while it has none.
    pub node: String,
    /// `pending`, `preparing`, `running`, `exited`, `failed`, `rejected`, `stopped`.
    pub state: &'static str,
    /// Why it failed or waits, in the engine's words; empty otherwise.
    pub error: String,
}

/// A node of the swarm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NodeStatus {
    /// Its host name.
    pub node: String,
    /// `ready`, or why it takes no tasks: `drained`, `paused`, `down`.
    pub state: &'static str,
    /// Bytes of memory that it has.
    pub memory_bytes: u64,
}

/// Containers of a service.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Replicas {
    /// That exist.
    pub found: usize,
    /// That the selection asks for.
    pub wanted: u32,
}

/// Who runs the stack.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RunsOn {
    /// The engine, by Docker Compose.
    #[default]
    Compose,
    /// The engine's swarm.
    Swarm,
}

/// The running stack in SPEC section 8's shape.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct StackStatus {
    /// Its services.
    pub services: Vec<ServiceStatus>,
    /// The selected profiles.
    pub profiles: Vec<String>,
    /// Whether the kernel holds what runs to its limits; `null` where nothing can be looked at.
    #[serde(rename = "limits_held", serialize_with = "LimitsHeld::serialize")]
    pub limits: LimitsHeld,
    /// On a swarm, the tasks with limits that run on other nodes, `web.2`: what holds them there cannot be looked at from here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub limits_unchecked: Vec<String>,
    /// The budget.
    pub budget: BudgetUse,
    /// Who runs it.
    #[serde(rename = "target")]
    pub runs_on: RunsOn,
    /// The nodes of the swarm that runs it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nodes: Vec<NodeStatus>,
}

/// The budget and what is used of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct BudgetUse {
    /// Bytes of memory that the machine gives; `null` where the budget does not name it.
    pub memory_bytes: Option<u64>,
    /// Bytes in use by every container of the project, selected or not; `null` where the engine does not count them.
    pub used_bytes: Option<u64>,
}

impl StackStatus {
    /// Nothing is known.
    pub fn empty() -> Self {
        Self { budget: BudgetUse { memory_bytes: None, used_bytes: Some(0) }, ..Self::default() }
    }

    /// The whole stack from every container's reading.
    pub fn new(selection: &ResolvedStack<'_>, readings: &[Reading<'_>]) -> Self {
        Self {
            runs_on: RunsOn::Compose,
            services: statuses(selection, readings),
            profiles: selection.selected.clone(),
            budget: BudgetUse::of(selection, readings),
            ..Self::default()
        }
    }

    /// The same with ages, where the engine's clock shows this time.
    #[must_use]
    pub fn at(mut self, now: &str) -> Self {
        let now = time::seconds(now);
        let age = |since: Option<f64>| Duration::try_from_secs_f64(now? - since?).ok();
        for service in &mut self.services {
            service.age = age(service.since);
            service.oom_age = age(service.oom_killed_at.as_deref().and_then(time::seconds));
        }
        self
    }

    /// The same with what the engine remembers of services that were killed because they ran out of memory, each with the time in
    /// seconds since 1970.
    #[must_use]
    pub fn with_kills(mut self, kills: &[(String, i64)]) -> Self {
        for service in &mut self.services {
            let own = kills.iter().filter(|(name, _)| *name == service.service);
            let last = own.map(|(_, at)| time::text(*at)).max();
            service.oom_killed_at = service.oom_killed_at.take().max(last);
        }
        self
    }

    /// The selected services that are not up.
    pub fn not_up(&self) -> Vec<&str> {
        let down = self.services.iter().filter(|service| service.selected && !service.is_up);
        down.map(|service| service.service.as_str()).collect()
    }

    /// Whether there is a container of it.
    pub fn is_created(&self) -> bool {
        self.services.iter().any(|service| service.replicas.found > 0)
    }
}

impl ServiceStatus {
    /// What is the same for Compose and for a swarm: what it is called, and what its containers use together.
    pub(super) fn of(
        name: &str,
        selected: Option<&Service>,
        declared: Option<&Service>,
        readings: &[&Reading<'_>],
    ) -> Self {
        let usages = || readings.iter().filter_map(|it| it.usage);
        let peaks = usages().map(|usage| usage.memory_peak_bytes).sum::<Option<u64>>();
        Self {
            service: name.to_owned(),
            profiles: declared.map(|service| service.profiles.clone()).unwrap_or_default(),
            oom_killed: readings.iter().any(|it| it.container.oom_killed),
            memory_bytes: usages().map(|usage| usage.memory_bytes).reduce(|sum, bytes| sum + bytes),
            memory_peak_bytes: peaks.filter(|_| usages().next().is_some()),
            cpu: readings.iter().filter_map(|it| it.cpus).reduce(|sum, cpus| sum + cpus),
            selected: selected.is_some(),
            ..Self::default()
        }
    }
}

impl BudgetUse {
    /// What a selection may use, and what its containers do.
    pub(super) fn of(selection: &ResolvedStack<'_>, readings: &[Reading<'_>]) -> Self {
        let memory_bytes = selection.stack.budget.memory.map(|bytes| bytes.0);
        Self { memory_bytes, used_bytes: memory_in_use(readings) }
    }
}

/// Every service that is selected or has a container: in the order of stack.toml, then what stack.toml does not have, by
/// name. `readings` holds every container, its usage and the CPUs that it uses.
pub fn statuses(selection: &ResolvedStack<'_>, readings: &[Reading<'_>]) -> Vec<ServiceStatus> {
    let mut by_service: IndexMap<&str, Vec<&Reading<'_>>> =
        selection.stack.services.keys().map(|name| (name.as_str(), Vec::new())).collect();
    for reading in readings {
        by_service.entry(reading.container.service.as_str()).or_default().push(reading);
    }
    let present = |(name, found): &(&str, Vec<&Reading<'_>>)| {
        !found.is_empty() || selection.services.get(name).is_some_and(|service| service.replica_count() > 0)
    };
    by_service.into_iter().filter(present).map(|(name, found)| status(selection, name, &found)).collect()
}

fn status(selection: &ResolvedStack<'_>, name: &str, found: &[&Reading<'_>]) -> ServiceStatus {
    let selected = selection.services.get(name).map(AsRef::as_ref);
    let declared = selected.or_else(|| selection.stack.services.get(name));
    let wanted = selected.map_or(0, Service::replica_count);
    let worst = found.iter().map(|it| it.container).max_by_key(|container| severity(container));
    let limits = declared.map(|service| (&service.limits, &service.reservations));
    let limit = |asked: Option<u64>, held: fn(&Observed) -> Option<u64>| match found {
        [] => asked.map(|amount| amount * u64::from(wanted.max(1))),
        found => found.iter().map(|it| held(it.container)).sum(),
    };
    let memory = limits.and_then(|(limits, _)| limits.memory).map(|bytes| bytes.0);
    let reserved = limits.and_then(|(_, reservations)| reservations.memory).map(|bytes| bytes.0);
    let cpus = limits.and_then(|(limits, _)| limits.cpus).map(|cpus| cpus.nanos);
    let mut ports: Vec<String> = found
        .iter()
        .flat_map(|it| &it.container.ports)
        .map(|port| match port.address.contains(':') {
            true => format!("[{}]:{}", port.address, port.port),
            false => format!("{}:{}", port.address, port.port),
        })
        .collect();
    ports.dedup();
    let mut links: Vec<String> = found.iter().flat_map(|it| &it.container.ports).map(link).collect();
    links.dedup();
    let started_at = worst.map(|it| it.started_at.clone()).filter(|at| time::seconds(at).is_some());
    let since = worst.and_then(|it| match it.state {
        ContainerState::Exited | ContainerState::Dead => time::seconds(&it.finished_at),
        ContainerState::Created => None,
        _ => time::seconds(&it.started_at),
    });
    let killed = found.iter().map(|it| it.container).filter(|it| it.oom_killed);
    let missing = found.len() < wanted as usize;
    ServiceStatus {
        state: match worst {
            Some(worst) if !missing => worst.state.as_str(),
            _ => "missing",
        },
        health: worst.map_or("none", |worst| worst.health.map_or("none", Health::as_str)),
        restarts: found.iter().map(|it| it.container.restarts).sum(),
        memory_limit_bytes: limit(memory, |container| container.limits.memory),
        memory_reservation_bytes: limit(reserved, |container| container.limits.memory_reservation),
        cpu_limit: limit(cpus, |container| container.limits.nano_cpus).map(|nanos| nanos as f64 / 1e9),
        ports,
        links,
        started_at,
        since,
        oom_killed_at: killed.map(|it| it.finished_at.clone()).max(),
        is_up: !missing && found.iter().all(|it| is_up(it.container)),
        replicas: Replicas { found: found.len(), wanted },
        exit_code: worst.filter(|worst| worst.state.has_ended()).map(|worst| worst.exit_code),
        ..ServiceStatus::of(name, selected, declared, found)
    }
}

/// Whether a container is up.
fn is_up(container: &Observed) -> bool {
    match container.state {
        ContainerState::Running => container.health != Some(Health::Unhealthy),
        ContainerState::Exited => container.exit_code == 0 && !container.restarts_always(),
        _ => false,
    }
}

/// The severity of a container's state: the worst is the highest.
fn severity(container: &Observed) -> u8 {
    match (container.state, container.health) {
        (ContainerState::Dead, _) => 9,
        (ContainerState::Restarting | ContainerState::Stopped, _) => 8,
        (ContainerState::Exited, _) if container.exit_code != 0 => 7,
        (_, Some(Health::Unhealthy)) => 6,
        (ContainerState::Removing | ContainerState::Unknown, _) => 5,
        (ContainerState::Created, _) => 4,
        (ContainerState::Paused, _) => 3,
        (_, Some(Health::Starting)) => 2,
        (ContainerState::Exited, _) => 1,
        (ContainerState::Running, _) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::observe::Limits,
        model::{Bytes, Resources, Stack},
        resolve::Profiles,
    };

    fn stack() -> Stack {
        let memory = |bytes| Resources { memory: Some(Bytes(bytes)), ..Resources::default() };
        let service = |profiles: &[&str], replicas| Service {
            profiles: profiles.iter().map(|name| (*name).to_owned()).collect(),
            limits: memory(100),
            replicas: Some(replicas),
            ..Service::default()
        };
        let services = [("api", service(&[], 2)), ("ui", service(&["tools"], 1)), ("off", service(&[], 0))];
        let services = services.into_iter().map(|(name, service)| (name.to_owned(), service)).collect();
        let profiles = [("tools".to_owned(), Default::default())].into();
        Stack { name: "x".into(), services, profiles, ..Stack::default() }
    }

    fn container(service: &str, replica: u32, state: ContainerState) -> Observed {
        let limits = Limits { memory: Some(64), ..Limits::default() };
        Observed { service: service.into(), replica, state, limits, ..Observed::default() }
    }

    #[test]
    fn each_service_once_with_its_replicas_together() {
        let stack = stack();
        let profiles = Profiles::new(&stack);
        let selection = ResolvedStack::new(&profiles, &[] as &[&str]);
        let containers = [
            container("api", 1, ContainerState::Running),
            Observed {
                restarts: 3,
                exit_code: 137,
                oom_killed: true,
                ..container("api", 2, ContainerState::Restarting)
            },
            container("gone", 1, ContainerState::Running),
            container("ui", 1, ContainerState::Running),
        ];
        let readings: Vec<Reading<'_>> =
            containers.iter().map(|container| Reading::new(container, None, None)).collect();
        let found = statuses(&selection, &readings);
        let names: Vec<(&str, &str, bool)> =
            found.iter().map(|status| (status.service.as_str(), status.state, status.selected)).collect();
        assert_eq!(
            names,
            [("api", "restarting", true), ("ui", "running", false), ("gone", "running", false)]
        );
        let api = &found[0];
        assert_eq!((api.restarts, api.oom_killed, api.exit_code), (3, true, Some(137)));
        assert_eq!((api.memory_limit_bytes, api.memory_bytes), (Some(128), None));
    }

    #[test]
    fn up_is_what_runs_or_ended_for_good() {
        let one = |state, health, exit_code, restart: &str| {
            let limits = Limits { restart: restart.to_owned(), ..Limits::default() };
            is_up(&Observed { state, health, exit_code, limits, ..Observed::default() })
        };
        use ContainerState::{Created, Exited, Paused, Restarting, Running};
        assert!(one(Running, None, 0, "always") && one(Running, Some(Health::Starting), 0, "no"));
        assert!(!one(Running, Some(Health::Unhealthy), 0, "always"));
        assert!(one(Exited, None, 0, "no") && one(Exited, None, 0, "on-failure:3"));
        assert!(!one(Exited, None, 0, "unless-stopped") && !one(Exited, None, 1, "no"));
        assert!(![Created, Paused, Restarting].into_iter().any(|state| one(state, None, 0, "no")));
    }

    #[test]
    fn what_is_selected_and_absent_is_missing() {
        let stack = stack();
        let profiles = Profiles::new(&stack);
        let selection = ResolvedStack::new(&profiles, &["tools"]);
        let one = container("api", 1, ContainerState::Running);
        let found = statuses(&selection, &[Reading::new(&one, None, None)]);
        assert_eq!((found[0].state, found[0].replicas), ("missing", Replicas { found: 1, wanted: 2 }));
        assert_eq!((found[1].service.as_str(), found[1].state), ("ui", "missing"));
        assert_eq!(found[1].memory_limit_bytes, Some(100));
        assert_eq!(found.len(), 2, "no container is wanted of `off`");
    }
}
