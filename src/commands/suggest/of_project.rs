//! `budget suggest --project NAME`: a project that has no stack.toml, as its containers show it.

use std::time::Duration;

use super::judge::{conclude, measure};
use crate::{
    commands::{Context, Exit, Failure, runtime::block_on},
    engine::observe::{Limits, Observed},
    model::{Bytes, Cpus, Resources, Service, Stack},
    resolve::{Profiles, ResolvedStack},
};

/// Measure the containers of a project and suggest limits for its services.
///
/// # Errors
/// When nothing of it runs, or the figures do not fit the engine's machine (exit 1), or there is no engine (exit 3).
pub fn of_project(context: &Context, name: &str, window: Duration) -> Result<Exit, Failure> {
    let containers = block_on(async { Ok(context.engine.containers(name).await?) })?;
    let stack = stack(name, &containers);
    let resolved = ResolvedStack::new(&Profiles::new(&stack), &[] as &[&str]);
    let (measured, machine) = block_on(measure(context, &resolved, containers, window))?;
    let suggested = conclude(context, window, &resolved, measured, machine, false);
    Ok(if suggested.fits { Exit::Done } else { Exit::Judged })
}

/// The services of these containers, with the limits that the engine holds them to.
pub fn stack(name: &str, containers: &[Observed]) -> Stack {
    let mut stack = Stack { name: name.to_owned(), ..Stack::default() };
    for Observed { service, limits, .. } in containers {
        let found = stack.services.entry(service.clone()).or_insert_with(|| Service {
            limits: held(limits),
            reservations: Resources { memory: limits.memory_reservation.map(Bytes), ..Resources::default() },
            replicas: Some(0),
            ..Service::default()
        });
        found.replicas = found.replicas.map(|replicas| replicas + 1);
    }
    stack
}

fn held(limits: &Limits) -> Resources {
    Resources {
        memory: limits.memory.map(Bytes),
        cpus: limits.nano_cpus.map(|nanos| Cpus { nanos }),
        pids: limits.pids,
    }
}
