//! `stackctl restart` of a stack on the swarm, and why `start` and `stop` are left to `docker`.

use indexmap::IndexMap;

use super::options::{RestartOptions, Verb, subject};
use crate::{
    commands::{
        Context, Exit, Failure,
        signal::Stop,
        up::{
            Words,
            rollout::{Before, Rollout},
            unless_stopped,
        },
    },
    engine::swarm::{self, DeployError, StackService, StackTask},
    resolve::ResolvedStack,
};

/// Replace the tasks of each service, and watch until the new ones run.
///
/// # Errors
/// When a service is not there or does not get up (exit 1), is unknown, or `--grace` is given (exit 2), or the engine does not answer
/// (exit 3).
pub async fn run(
    context: &Context,
    last: &ResolvedStack<'_>,
    verb: Verb,
    options: &RestartOptions,
    stop: &mut Stop,
) -> Result<Exit, Failure> {
    if verb != Verb::Restart {
        return Err(scaled(last, verb, options));
    }
    if options.grace.is_some() {
        return Err(Failure::new(Exit::Usage, "the swarm stops a task within its `stop_grace_period`")
            .hint("leave `--grace` out, or change that key and run `stackctl up --target swarm`"));
    }
    let engine = &*context.engine;
    let name = &last.stack.name;
    let (services, tasks, nodes) =
        tokio::try_join!(engine.stack_services(name), engine.tasks(), engine.nodes())?;
    let counts = counts(last, &services, &tasks, &options.services)?;
    let subject = subject(last, &counts, options);
    let restarted = async {
        for service in counts.keys() {
            swarm::restart(engine, name, service).await.map_err(|error| {
                let is_refused = matches!(error, DeployError::Failed { .. });
                let failure = Failure::surroundings(format!("failed to restart {service}"), error);
                if is_refused { failure.judged() } else { failure }
            })?;
        }
        Ok(())
    };
    unless_stopped(stop, &format!("{name} is partly restarted"), restarted).await?;
    let words = Words { subject, done: ["restarted", "restarted"], to: "restart" };
    let before = Before { counts, tasks, nodes };
    let rollout = Rollout { context, resolved: last, before, words, is_restart: true, judges_limits: false };
    if options.no_wait { rollout.leave().await } else { rollout.watch(options.timeout, stop).await }
}

/// The services to restart, each with the number of its tasks.
fn counts(
    last: &ResolvedStack<'_>,
    services: &[StackService],
    tasks: &[StackTask],
    named: &[String],
) -> Result<IndexMap<String, u32>, Failure> {
    let stack = last.stack;
    let of_every_node = |name: &str| {
        let own = tasks.iter().filter(|it| it.stack == stack.name && it.service == name && it.is_wanted);
        own.count() as u64
    };
    let count = |name: &str| {
        let service = services.iter().find(|service| service.name == name)?;
        let count = service.replicas.unwrap_or_else(|| of_every_node(name));
        Some(u32::try_from(count).unwrap_or(u32::MAX))
    };
    let mut counts = IndexMap::new();
    for name in named {
        match count(name) {
            Some(0) => {
                let message = format!("{name} is scaled to 0 and has no tasks; nothing was touched");
                let hint = format!("`docker service scale {}_{name}=N` starts some", stack.name);
                return Err(Failure::new(Exit::Judged, message).hint(hint));
            }
            Some(count) => {
                counts.insert(name.clone(), count);
            }
            None if stack.services.contains_key(name) => {
                let message = format!("{name} is not on the swarm; nothing was touched");
                let hint = "`stackctl up --target swarm` deploys the selection";
                return Err(Failure::new(Exit::Judged, message).hint(hint));
            }
            None => {
                return Err(Failure::unknown("service", name, stack.services.keys().map(String::as_str)));
            }
        }
    }
    if named.is_empty() {
        let there = last.services.keys().filter_map(|name| Some(((*name).to_owned(), count(name)?)));
        counts.extend(there.filter(|(_, count)| *count > 0));
    }
    if counts.is_empty() {
        return Err(Failure::new(Exit::Judged, format!("no service of {} runs on the swarm", stack.name)));
    }
    Ok(counts)
}

/// Swarm has no service that is stopped: it can only be scaled to 0 tasks. That changes what is deployed, and `status` would
/// report a stack that was stopped on purpose as one that is missing its tasks.
fn scaled(last: &ResolvedStack<'_>, verb: Verb, options: &RestartOptions) -> Failure {
    let name = &last.stack.name;
    let service = options.services.first().map_or("SERVICE", String::as_str);
    let replicas = last.services.get(service).map_or(1, |service| service.replica_count());
    let message = format!("{name} runs on the swarm, where a service stops only by being scaled to 0");
    Failure::new(Exit::Judged, message).hint(match verb {
        Verb::Stop => format!("`docker service scale {name}_{service}=0` stops its tasks"),
        _ => format!("`docker service scale {name}_{service}={replicas}` starts its tasks"),
    })
}
