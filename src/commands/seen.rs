//! Where a stack runs, by Docker Compose or on the swarm, and what of it can be seen there.

use super::{Context, Exit, Failure};
use crate::{
    engine::{
        client::Engine,
        observe::Observed,
        status::{Reading, StackStatus},
        swarm::{self, StackService, StackTask},
    },
    model::Node,
    render::Target,
    resolve::ResolvedStack,
};

/// Find out where a stack runs: where the command line says, else by Compose if that has a container of it, else on the
/// swarm if that has a service of it, else by Compose.
///
/// # Errors
/// When the swarm is asked for and there is none, or the engine does not answer (exit 3).
pub async fn find(
    context: &Context,
    engine: &Engine,
    name: &str,
    asked: Option<Target>,
) -> Result<Target, Failure> {
    match asked {
        Some(Target::Swarm) if !engine.info().await?.swarm => Err(no_swarm()),
        Some(target) => Ok(target),
        None => {
            let (containers, services) =
                tokio::try_join!(engine.containers(name), engine.stack_services(name))?;
            if services.is_empty() {
                return Ok(Target::Compose);
            }
            if containers.is_empty() {
                return Ok(Target::Swarm);
            }
            context.printer.note(&format!(
                "{name} runs by Docker Compose, which is shown, and on the swarm as well: `--target swarm`"
            ));
            Ok(Target::Compose)
        }
    }
}

/// The engine is part of no swarm, and one is needed.
pub fn no_swarm() -> Failure {
    Failure::new(Exit::Surroundings, "the engine is not part of a swarm")
        .hint("`docker swarm init` makes one of this node")
}

/// What can be seen of a stack at one moment.
#[derive(Debug)]
pub struct Seen {
    /// Its containers on this engine.
    pub containers: Vec<Observed>,
    /// What a manager tells besides; `None` where Compose runs it.
    swarm: Option<(Vec<StackService>, Vec<StackTask>, Vec<Node>)>,
}

impl Seen {
    /// Look.
    ///
    /// # Errors
    /// When the engine does not answer, or manages no swarm that is asked about.
    pub async fn look(engine: &Engine, name: &str, target: Target) -> Result<Self, Failure> {
        if target == Target::Compose {
            return Ok(Self { containers: engine.containers(name).await?, swarm: None });
        }
        let (services, mut tasks, nodes) =
            tokio::try_join!(engine.stack_services(name), engine.tasks(), engine.nodes())?;
        tasks.retain(|task| task.stack == name);
        let containers = engine.task_containers(&tasks).await?;
        Ok(Self { containers, swarm: Some((services, tasks, nodes)) })
    }

    /// As a status, with what its containers use.
    pub fn status(&self, selection: &ResolvedStack<'_>, readings: &[Reading<'_>]) -> StackStatus {
        match &self.swarm {
            None => StackStatus::new(selection, readings),
            Some((services, tasks, nodes)) => {
                swarm::status(selection, swarm::Told { services, tasks, nodes }, readings)
            }
        }
    }
}
