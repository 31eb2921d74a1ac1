//! What runs: the containers of a project as plain values, whatever their profile.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
};

use bollard::{models, query_parameters::ListContainersOptions};
use futures_util::{StreamExt as _, stream};

use super::{
    client::{AT_ONCE, Client, EngineError, EngineKind},
    inspect_image::{HealthSpec, variables},
    states,
};
use crate::model::Cpus;

/// The label of everything that `docker stack deploy` makes.
pub(super) const NAMESPACE: &str = "com.docker.stack.namespace";
/// Compose's labels.
pub(super) const PROJECT: &str = "com.docker.compose.project";
pub(super) const SERVICE: &str = "com.docker.compose.service";
const NUMBER: &str = "com.docker.compose.container-number";
const ONE_OFF: &str = "com.docker.compose.oneoff";

/// A container of the project.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observed {
    /// The engine that shows it.
    pub engine: EngineKind,
    /// The service that it belongs to.
    pub service: String,
    /// Which of its replicas, from 1.
    pub replica: u32,
    /// The engine's identifier, 64 hexadecimal digits.
    pub id: String,
    /// `orders-postgres-1`.
    pub name: String,
    /// What it does.
    pub state: ContainerState,
    /// What its health check says; `None` without one.
    pub health: Option<Health>,
    /// The last probe of its health check: exit code and output.
    pub last_probe: Option<Probe>,
    /// How often the engine has restarted it since it was created or started by hand.
    pub restarts: u64,
    /// The exit code of its last end; 0 while it has not ended.
    pub exit_code: i64,
    /// It last ended because it ran out of memory.
    pub oom_killed: bool,
    /// Why the engine could not start it, in its words; empty when it could.
    pub error: String,
    /// When it last started, RFC 3339 by the engine's clock; `0001-01-01T00:00:00Z` when never.
    pub started_at: String,
    /// When it last ended, likewise.
    pub finished_at: String,
    /// Where its log is on the engine's machine; empty where that is not a file of its own.
    pub log_path: String,
    /// The main process on the engine's machine; 0 when it does not run.
    pub pid: i64,
    /// The image as it was asked for.
    pub image: String,
    /// The image as the engine has it, `sha256:...`.
    pub image_id: String,
    /// What the machine publishes now.
    pub ports: Vec<Published>,
    /// What it is held to.
    pub limits: Limits,
    /// All its labels.
    pub labels: BTreeMap<String, String>,
    /// Everything else that it was created with.
    pub created_with: CreatedWith,
}

/// What a container does, in the engine's words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ContainerState {
    /// Made, and not yet started.
    #[default]
    Created,
    /// It runs.
    Running,
    /// Ended, and about to be started again.
    Restarting,
    /// Frozen.
    Paused,
    /// Ended.
    Exited,
    /// On its way out.
    Removing,
    /// Ended, and could not be removed.
    Dead,
    /// Ended, and not cleared up yet: Podman starts it again after that, or calls it exited.
    Stopped,
    /// A word of an engine that is not known.
    Unknown,
}

/// What a health check says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// Nothing yet.
    Starting,
    /// The last probe passed.
    Healthy,
    /// As many as `retries` failed in a row.
    Unhealthy,
}

/// One run of a health check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// 0 is a pass; -1 is a probe that took too long.
    pub exit_code: i64,
    /// What it printed.
    pub output: String,
}

/// A published port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Published {
    /// The machine's address.
    pub address: String,
    /// The machine's port.
    pub port: u16,
    /// The container's port.
    pub target: u16,
    /// `tcp`, `udp`, `sctp`.
    pub protocol: String,
}

/// What the engine holds a container to; `None` is without bound.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of memory.
    pub memory: Option<u64>,
    /// Bytes of memory that it keeps under pressure.
    pub memory_reservation: Option<u64>,
    /// Bytes of memory and swap together; -1 is without bound.
    pub memory_swap: Option<i64>,
    /// Billionths of a CPU.
    pub nano_cpus: Option<u64>,
    /// Processes.
    pub pids: Option<i64>,
    /// `no`, `always`, `unless-stopped`, `on-failure`, `on-failure:3`.
    pub restart: String,
    /// The logging driver.
    pub log_driver: String,
    /// Its options.
    pub log_options: BTreeMap<String, String>,
}

/// What a container was created with, beside its image, limits, labels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CreatedWith {
    /// Variables, the image's own among them.
    pub environment: BTreeMap<String, String>,
    /// The command, the image's own where none was asked for.
    pub command: Vec<String>,
    /// The entrypoint, likewise.
    pub entrypoint: Vec<String>,
    /// The user, likewise.
    pub user: String,
    /// Ports that were asked for: they are published when it runs.
    pub ports: Vec<Published>,
    /// Mounts by target.
    pub mounts: BTreeMap<String, Mounted>,
    /// The names of the networks it is on.
    pub networks: Vec<String>,
    /// The root file system is read-only.
    pub read_only: bool,
    /// The health check, the image's own where none was asked for.
    pub healthcheck: Option<HealthSpec>,
}

/// A mount of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mounted {
    /// `bind`, `volume`, `tmpfs`.
    pub kind: String,
    /// A volume's name, or a path of the machine.
    pub source: String,
    /// Whether it may be written.
    pub writable: bool,
}

impl ContainerState {
    /// Whether its main process ended, and there is an exit code.
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Exited | Self::Dead | Self::Restarting | Self::Stopped)
    }

    /// Whether the kernel counts something for it.
    pub fn has_processes(self) -> bool {
        matches!(self, Self::Running | Self::Paused)
    }

    /// The engine's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Running => "running",
            Self::Restarting => "restarting",
            Self::Paused => "paused",
            Self::Exited => "exited",
            Self::Removing => "removing",
            Self::Dead => "dead",
            Self::Stopped => "stopped",
            Self::Unknown => "unknown",
        }
    }
}

impl Health {
    /// The engine's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
        }
    }
}

impl Observed {
    /// The project of Compose that it belongs to, or the stack of a swarm.
    pub fn project(&self) -> Option<&str> {
        self.label(PROJECT).or_else(|| self.label(NAMESPACE))
    }

    /// The value of a label, where it is not empty.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Whether the engine starts it again whenever it ends.
    pub fn restarts_always(&self) -> bool {
        matches!(self.limits.restart.as_str(), "always" | "unless-stopped")
    }
}

impl Client {
    pub(super) async fn containers(&self, project: &str) -> Result<Vec<Observed>, EngineError> {
        let wanted = vec![format!("{PROJECT}={project}"), format!("{ONE_OFF}=False")];
        let filters = Some(HashMap::from([("label".to_owned(), wanted)]));
        let options = ListContainersOptions { all: true, filters, ..ListContainersOptions::default() };
        let mut found = self.listed(options).await?;
        found.sort_by(|a, b| {
            (&a.service, a.replica, Reverse(&a.id)).cmp(&(&b.service, b.replica, Reverse(&b.id)))
        });
        Ok(found)
    }

    pub(super) async fn every_container(&self) -> Result<Vec<Observed>, EngineError> {
        let mut found = self.listed(ListContainersOptions::default()).await?;
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    /// Those that a list has, each inspected; one that goes away meanwhile is left out.
    async fn listed(&self, options: ListContainersOptions) -> Result<Vec<Observed>, EngineError> {
        let listed = self.list(options).await?;
        let ids = listed.into_iter().filter_map(|container| container.id);
        let inspections = ids.map(|id| async move { self.container(&id).await });
        let mut inspected = stream::iter(inspections).buffer_unordered(AT_ONCE);
        let mut found = Vec::new();
        while let Some(container) = inspected.next().await {
            match container {
                Err(error) if error.is_not_found() => {}
                container => found.push(container?),
            }
        }
        Ok(found)
    }

    pub(super) async fn container(&self, id: &str) -> Result<Observed, EngineError> {
        let found = states::inspected(self.docker.inspect_container(id, None).await);
        let (found, state) = found.map_err(|error| self.error(error))?;
        let container = Observed { engine: self.kind, ..observed(found) };
        Ok(match state.as_deref() {
            None => container,
            Some("configured" | "initialized") => Observed { state: ContainerState::Created, ..container },
            Some("stopped") => Observed { state: ContainerState::Stopped, ..container },
            Some(_) => Observed { state: ContainerState::Unknown, ..container },
        })
    }

    /// The containers of a list, whatever they do.
    pub(super) async fn list(
        &self,
        options: ListContainersOptions,
    ) -> Result<Vec<models::ContainerSummary>, EngineError> {
        states::listed(self.docker.list_containers(Some(options)).await).map_err(|error| self.error(error))
    }
}

fn observed(found: models::ContainerInspectResponse) -> Observed {
    let config = found.config.unwrap_or_default();
    let host = found.host_config.unwrap_or_default();
    let state = found.state.unwrap_or_default();
    let health = state.health.unwrap_or_default();
    let labels: BTreeMap<String, String> = config.labels.unwrap_or_default().into_iter().collect();
    let label = |name: &str| labels.get(name).cloned().unwrap_or_default();
    let (settings_ports, networks) = found
        .network_settings
        .map(|settings| (settings.ports, settings.networks.unwrap_or_default()))
        .unwrap_or_default();
    let mut networks: Vec<String> = networks.into_keys().collect();
    networks.sort_unstable();
    let mounts = found.mounts.unwrap_or_default().into_iter().map(|mount| {
        let source = mount.name.or(mount.source).unwrap_or_default();
        let kind = mount.typ.map(|kind| kind.to_string()).unwrap_or_default();
        (mount.destination.unwrap_or_default(), Mounted { kind, source, writable: mount.rw.unwrap_or(true) })
    });
    Observed {
        engine: EngineKind::default(),
        service: label(SERVICE),
        replica: label(NUMBER).parse().unwrap_or(1),
        id: found.id.unwrap_or_default(),
        name: found.name.unwrap_or_default().trim_start_matches('/').to_owned(),
        state: state.status.map_or(ContainerState::Created, state_of),
        health: health.status.and_then(health_of),
        last_probe: health.log.unwrap_or_default().pop().map(|probe| Probe {
            exit_code: probe.exit_code.unwrap_or(0),
            output: probe.output.unwrap_or_default(),
        }),
        restarts: found.restart_count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0),
        exit_code: state.exit_code.unwrap_or(0),
        oom_killed: state.oom_killed.unwrap_or(false),
        error: state.error.unwrap_or_default(),
        started_at: state.started_at.unwrap_or_default(),
        finished_at: state.finished_at.unwrap_or_default(),
        log_path: found.log_path.unwrap_or_default(),
        pid: state.pid.unwrap_or(0),
        image: config.image.unwrap_or_default(),
        image_id: found.image.unwrap_or_default(),
        ports: ports(settings_ports),
        created_with: CreatedWith {
            environment: variables(config.env),
            command: config.cmd.unwrap_or_default(),
            entrypoint: config.entrypoint.unwrap_or_default(),
            user: config.user.unwrap_or_default(),
            ports: ports(host.port_bindings.clone()),
            mounts: mounts.collect(),
            networks,
            read_only: host.readonly_rootfs.unwrap_or(false),
            healthcheck: config.healthcheck.map(HealthSpec::new),
        },
        limits: limits(host),
        labels,
    }
}

fn limits(host: models::HostConfig) -> Limits {
    let bytes =
        |amount: Option<i64>| amount.and_then(|bytes| u64::try_from(bytes).ok()).filter(|bytes| *bytes > 0);
    let restart = host.restart_policy.unwrap_or_default();
    let policy = restart.name.map(|name| name.to_string()).filter(|name| !name.is_empty());
    let policy = policy.unwrap_or_else(|| "no".to_owned());
    let logging = host.log_config.unwrap_or_default();
    Limits {
        memory: bytes(host.memory),
        memory_reservation: bytes(host.memory_reservation),
        memory_swap: host.memory_swap.filter(|bytes| *bytes != 0),
        nano_cpus: bytes(host.nano_cpus)
            .or_else(|| Cpus::of_quota(host.cpu_quota?, host.cpu_period).map(|cpus| cpus.nanos)),
        pids: host.pids_limit.filter(|pids| *pids > 0),
        restart: match restart.maximum_retry_count {
            Some(count @ 1..) => format!("{policy}:{count}"),
            _ => policy,
        },
        log_driver: logging.typ.unwrap_or_default(),
        log_options: logging.config.unwrap_or_default().into_iter().collect(),
    }
}

/// Published ports, sorted; the IPv6 twin of an address for all is the same port again.
fn ports(map: Option<HashMap<String, Option<Vec<models::PortBinding>>>>) -> Vec<Published> {
    let mut found = Vec::new();
    for (target, bindings) in map.unwrap_or_default() {
        let (port, protocol) = target.split_once('/').unwrap_or((&target, "tcp"));
        let Ok(target) = port.parse() else { continue };
        for binding in bindings.unwrap_or_default() {
            let address = binding.host_ip.unwrap_or_default();
            let port = binding.host_port.and_then(|port| port.parse().ok());
            if let (Some(port), false) = (port, address == "::") {
                found.push(Published { address, port, target, protocol: protocol.to_owned() });
            }
        }
    }
    found.sort_unstable();
    found
}

fn state_of(status: models::ContainerStateStatusEnum) -> ContainerState {
    use models::ContainerStateStatusEnum as Status;
    match status {
        Status::CREATED | Status::EMPTY => ContainerState::Created,
        Status::RUNNING | Status::STOPPING => ContainerState::Running,
        Status::RESTARTING => ContainerState::Restarting,
        Status::PAUSED => ContainerState::Paused,
        Status::EXITED => ContainerState::Exited,
        Status::REMOVING => ContainerState::Removing,
        Status::DEAD => ContainerState::Dead,
    }
}

fn health_of(status: models::HealthStatusEnum) -> Option<Health> {
    use models::HealthStatusEnum as Status;
    match status {
        Status::STARTING => Some(Health::Starting),
        Status::HEALTHY => Some(Health::Healthy),
        Status::UNHEALTHY => Some(Health::Unhealthy),
        Status::EMPTY | Status::NONE => None,
    }
}
