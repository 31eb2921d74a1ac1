//! Nodes and tasks.

use std::collections::HashMap;

use bollard::{
    models::{self, NodeSpecAvailabilityEnum, NodeState, ServiceUpdateStatusStateEnum},
    query_parameters::{ListNodesOptions, ListServicesOptions, ListTasksOptions},
};

use crate::{
    engine::{
        client::{Client, EngineError},
        observe::NAMESPACE,
    },
    model::Node,
};

/// A task of any stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackTask {
    /// Its identifier.
    pub id: String,
    /// Its stack; empty for a service that none made.
    pub stack: String,
    /// Its service's name without the stack's.
    pub service: String,
    /// Its node; empty while it has none.
    pub node: String,
    /// Which of its service's replicas, from 1; 0 where there is one on every node.
    pub slot: u64,
    /// How new it is: later tasks have larger numbers.
    pub version: u64,
    /// Its container on that node; empty while it has none.
    pub container: String,
    /// The exit code of its container; `None` while it has not ended.
    pub exit_code: Option<i64>,
    /// How far it is.
    pub state: TaskState,
    /// Whether the swarm wants it to run: the others are history.
    pub is_wanted: bool,
    /// Why it failed or waits, in the engine's words.
    pub error: String,
    /// What it reserves: bytes of memory, billionths of a CPU.
    pub reserves: (u64, u64),
    /// An update of its service has stopped, with the engine's reason.
    pub paused_update: Option<String>,
    /// Its service is being updated.
    pub is_updating: bool,
}

/// How far a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskState {
    /// No node yet.
    Pending,
    /// A node prepares it: its image, its container, its first health check.
    Preparing,
    /// It runs, and is healthy where it has a health check.
    Running,
    /// It ended with 0.
    Complete,
    /// It ended otherwise.
    Failed,
    /// Its node could not make it.
    Rejected,
    /// It was stopped.
    Gone,
}

impl TaskState {
    /// A word for it: Compose's where there is one.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Preparing => "preparing",
            Self::Running => "running",
            Self::Complete => "exited",
            Self::Failed => "failed",
            Self::Rejected => "rejected",
            Self::Gone => "stopped",
        }
    }
}

impl StackTask {
    /// `web.2`, or `web.NODE` where there is one on every node.
    pub fn name(&self) -> String {
        match self.slot {
            0 => format!("{}.{}", self.service, self.node),
            slot => format!("{}.{slot}", self.service),
        }
    }
}

impl Client {
    pub(in crate::engine) async fn nodes(&self) -> Result<Vec<Node>, EngineError> {
        let found =
            self.docker.list_nodes(None::<ListNodesOptions>).await.map_err(|error| self.error(error))?;
        Ok(found.into_iter().map(node).collect())
    }

    pub(in crate::engine) async fn tasks(&self) -> Result<Vec<StackTask>, EngineError> {
        let services = self.docker.list_services(None::<ListServicesOptions>).await;
        let tasks = self.docker.list_tasks(None::<ListTasksOptions>).await;
        let services: HashMap<String, models::Service> = services
            .map_err(|error| self.error(error))?
            .into_iter()
            .filter_map(|service| Some((service.id.clone()?, service)))
            .collect();
        let tasks = tasks.map_err(|error| self.error(error))?;
        Ok(tasks.into_iter().filter_map(|found| task(found, &services)).collect())
    }
}

fn amount(number: Option<i64>) -> u64 {
    number.and_then(|number| u64::try_from(number).ok()).unwrap_or(0)
}

pub(super) fn node(found: models::Node) -> Node {
    let description = found.description.unwrap_or_default();
    let resources = description.resources.unwrap_or_default();
    let platform = description.platform.unwrap_or_default();
    let engine = description.engine.unwrap_or_default();
    let (spec, status) = (found.spec.unwrap_or_default(), found.status.unwrap_or_default());
    let closed = match (status.state, spec.availability) {
        (Some(NodeState::READY), Some(NodeSpecAvailabilityEnum::ACTIVE)) => None,
        (Some(NodeState::READY), Some(NodeSpecAvailabilityEnum::DRAIN)) => Some("drained"),
        (Some(NodeState::READY), _) => Some("paused"),
        _ => Some("down"),
    };
    Node {
        id: found.id.unwrap_or_default(),
        name: description.hostname.unwrap_or_default(),
        memory: amount(resources.memory_bytes),
        nanos: amount(resources.nano_cpus),
        role: spec.role.map(|role| role.to_string()).unwrap_or_default(),
        address: status.addr.unwrap_or_default(),
        os: platform.os.unwrap_or_default(),
        architecture: platform.architecture.unwrap_or_default(),
        labels: spec.labels.unwrap_or_default().into_iter().collect(),
        engine_labels: engine.labels.unwrap_or_default().into_iter().collect(),
        closed,
    }
}

/// `None` for a task without a service.
fn task(found: models::Task, services: &HashMap<String, models::Service>) -> Option<StackTask> {
    let service = services.get(found.service_id.as_deref()?)?;
    let spec = service.spec.as_ref()?;
    let stack = spec.labels.as_ref().and_then(|labels| labels.get(NAMESPACE)).cloned().unwrap_or_default();
    let name = spec.name.clone().unwrap_or_default();
    let service_name = name.strip_prefix(&format!("{stack}_")).unwrap_or(&name).to_owned();
    let status = found.status.unwrap_or_default();
    let container = status.container_status.unwrap_or_default();
    let state_now = state_of(status.state);
    let reserves =
        found.spec.and_then(|spec| spec.resources).and_then(|it| it.reservations).unwrap_or_default();
    let update = service.update_status.as_ref();
    let state = update.and_then(|update| update.state);
    let paused = matches!(
        state,
        Some(ServiceUpdateStatusStateEnum::PAUSED | ServiceUpdateStatusStateEnum::ROLLBACK_PAUSED)
    );
    Some(StackTask {
        id: found.id.unwrap_or_default(),
        stack,
        service: service_name,
        node: found.node_id.unwrap_or_default(),
        slot: amount(found.slot),
        version: found.version.and_then(|version| version.index).unwrap_or(0),
        container: container.container_id.unwrap_or_default(),
        exit_code: container
            .exit_code
            .filter(|_| matches!(state_now, TaskState::Complete | TaskState::Failed)),
        state: state_now,
        is_wanted: matches!(
            found.desired_state,
            Some(models::TaskState::RUNNING | models::TaskState::READY | models::TaskState::COMPLETE)
        ),
        error: status.err.unwrap_or_default(),
        reserves: (amount(reserves.memory_bytes), amount(reserves.nano_cpus)),
        paused_update: update.filter(|_| paused).map(|update| update.message.clone().unwrap_or_default()),
        is_updating: state == Some(ServiceUpdateStatusStateEnum::UPDATING),
    })
}

fn state_of(state: Option<models::TaskState>) -> TaskState {
    use models::TaskState as Swarm;
    match state {
        None | Some(Swarm::NEW | Swarm::ALLOCATED | Swarm::PENDING) => TaskState::Pending,
        Some(Swarm::ASSIGNED | Swarm::ACCEPTED | Swarm::PREPARING | Swarm::READY | Swarm::STARTING) => {
            TaskState::Preparing
        }
        Some(Swarm::RUNNING) => TaskState::Running,
        Some(Swarm::COMPLETE) => TaskState::Complete,
        Some(Swarm::FAILED) => TaskState::Failed,
        Some(Swarm::REJECTED) => TaskState::Rejected,
        Some(_) => TaskState::Gone,
    }
}
