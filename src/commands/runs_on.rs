//! Where a stack runs, by Docker Compose or on the swarm, and how it is there.

use std::time::Duration;

use super::{Context, Exit, Failure};
use crate::{
    engine::{
        observed_stack::ObservedStack,
        status::{RunsOn, StackStatus},
        unheld::LimitsHeld,
    },
    render::Target,
    resolve::ResolvedStack,
};

/// Find out where a stack runs: where the command line says, else by Compose if that has a container of it, else on the
/// swarm if that has a service of it, else by Compose.
///
/// # Errors
/// When the swarm is asked for and there is none, or the engine does not answer (exit 3).
pub async fn find(context: &Context, name: &str, asked: Option<Target>) -> Result<RunsOn, Failure> {
    let engine = &context.engine;
    match asked {
        Some(Target::Swarm) if !engine.info().await?.swarm => Err(no_swarm()),
        Some(Target::Swarm) => Ok(RunsOn::Swarm),
        Some(Target::Compose) => Ok(RunsOn::Compose),
        None => {
            let (containers, services) =
                tokio::try_join!(engine.containers(name), engine.stack_services(name))?;
            if services.is_empty() {
                return Ok(RunsOn::Compose);
            }
            if containers.is_empty() {
                return Ok(RunsOn::Swarm);
            }
            context.printer.note(&format!(
                "{name} runs with Docker Compose, which is shown, and on the swarm too: `--target swarm`"
            ));
            Ok(RunsOn::Compose)
        }
    }
}

/// The engine is part of no swarm, and one is needed.
pub fn no_swarm() -> Failure {
    Failure::new(Exit::Surroundings, "the engine is not part of a swarm")
        .hint("`docker swarm init` creates one with this node")
}

/// How the selection is, with the CPUs that it uses over a `window` (none when that is zero).
///
/// # Errors
/// As [`find`].
pub async fn observe(
    context: &Context,
    selection: &ResolvedStack<'_>,
    asked: Option<Target>,
    window: Duration,
) -> Result<StackStatus, Failure> {
    let name = &selection.stack.name;
    let runs_on = find(context, name, asked).await?;
    let engine = &*context.engine;
    // Without the engine's clock there are no ages.
    let (observed, info) = tokio::join!(ObservedStack::new(engine, name, runs_on), engine.info());
    let (observed, info) = (observed?, info.ok());
    let now = info.as_ref().map_or("", |info| info.time.as_str());
    let containers = &observed.containers;
    let (readings, held, kills) = tokio::join!(
        engine.readings(containers, window),
        engine.held(containers),
        engine.oom_kills(name, now)
    );
    let mut status = observed.status(selection, &readings?).with_kills(&kills).at(now);
    status.limits = LimitsHeld::of(selection, containers, &held?);
    if !info.is_some_and(|info| info.is_here) {
        // A browser of this machine would ask this machine.
        status.services.iter_mut().for_each(|service| service.links.clone_from(&service.ports));
    }
    Ok(status)
}
