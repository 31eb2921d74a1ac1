//! What can be seen of a stack at one moment, by Docker Compose or on the swarm.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::{
    client::{AT_ONCE, EngineError},
    interface::Engine,
    observe::Observed,
    status::{RunsOn, StackStatus},
    swarm::{self, StackService, StackTask, TaskState},
    usage::Reading,
};
use crate::{model::Node, resolve::ResolvedStack};

/// A stack as it is.
#[derive(Debug)]
pub struct ObservedStack {
    /// Its containers on this engine.
    pub containers: Vec<Observed>,
    /// What a manager knows besides; `None` where Compose runs it.
    swarm: Option<(Vec<StackService>, Vec<StackTask>, Vec<Node>)>,
}

impl ObservedStack {
    /// Look at the stack of this name.
    ///
    /// # Errors
    /// When the engine does not answer, or manages no swarm that is asked about.
    pub async fn new(engine: &dyn Engine, name: &str, runs_on: RunsOn) -> Result<Self, EngineError> {
        if runs_on == RunsOn::Compose {
            return Ok(Self { containers: engine.containers(name).await?, swarm: None });
        }
        let (services, mut tasks, nodes) =
            tokio::try_join!(engine.stack_services(name), engine.tasks(), engine.nodes())?;
        tasks.retain(|task| task.stack == name);
        let containers = task_containers(engine, &tasks).await?;
        Ok(Self { containers, swarm: Some((services, tasks, nodes)) })
    }

    /// As a status, with what its containers use.
    pub fn status(&self, selection: &ResolvedStack<'_>, readings: &[Reading<'_>]) -> StackStatus {
        match &self.swarm {
            None => StackStatus::new(selection, readings),
            Some((services, tasks, nodes)) => {
                swarm::status(selection, swarm::Swarm { services, tasks, nodes }, readings)
            }
        }
    }
}

/// The containers of these tasks that are on this node and have started, each named as the task: service and slot.
async fn task_containers(engine: &dyn Engine, tasks: &[StackTask]) -> Result<Vec<Observed>, EngineError> {
    let started = tasks.iter().filter(|task| !task.container.is_empty() && task.state != TaskState::Gone);
    let looked = started.map(|task| async move {
        match engine.container(&task.container).await {
            // It runs on another node, or has been cleared away.
            Err(error) if error.is_not_found() => Ok(None),
            found => found.map(|found| {
                let replica = u32::try_from(task.slot).unwrap_or(0);
                Some(Observed { service: task.service.clone(), replica, ..found })
            }),
        }
    });
    let found: Vec<_> = stream::iter(looked).buffered(AT_ONCE).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}
