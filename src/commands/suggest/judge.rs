//! What is measured of running containers, and what it suggests for their stack.

use std::time::Duration;

use indexmap::IndexMap;

use crate::{
    budget::{Doubt, Evidence, Machine, Scope, Suggestion, Suggestions, doubts, prove},
    commands::{Context, Exit, Failure},
    engine::{
        observe::{ContainerState, Observed},
        samples::Measured,
    },
    model::{Budget, Bytes, Stack},
    resolve::{Profiles, ResolvedStack},
    ui::{StatusLine, budget::unproved, counted, suggest as shown},
};

/// What was suggested, and what it makes of the stack.
pub struct Suggested {
    /// One a service.
    pub suggestions: Vec<Suggestion>,
    /// The stack with the suggestions.
    pub stack: Stack,
    /// The engine's machine, where it is the budget of that stack.
    pub whole: Option<Budget>,
    /// Nothing is over a bound.
    pub fits: bool,
    /// Services that would still lack a limit.
    pub unproved: Vec<String>,
    /// What speaks against the figures.
    pub doubts: Vec<Doubt>,
}

/// Print what the measured use suggests for a stack. `writable` is whether `--write` could follow.
pub fn conclude(
    context: &Context,
    window: Duration,
    resolved: &ResolvedStack<'_>,
    measured: Vec<Measured>,
    machine: Machine,
    writable: bool,
) -> Suggested {
    let judged = Suggestions::new(resolved, evidence(measured), machine);
    let mut stack = judged.applied_to(resolved.stack);
    let whole = machine.budget_of(&stack);
    stack.budget = whole.clone().unwrap_or(stack.budget);
    let verdict = prove(&Profiles::new(&stack), &stack.budget, &Scope::Every);
    let fits = verdict.over().is_none();
    let doubts = doubts(window, &judged.suggestions);
    let report = shown::Report {
        window,
        suggestions: &judged.suggestions,
        doubts: &doubts,
        left_out: &judged.left_out,
        whole_machine: whole.as_ref(),
        writable,
        fits: verdict.fits,
        unproved: unproved(&verdict).filter(|_| fits),
    };
    context.show(|| report.json(), |_| report.human());
    let unproved = verdict.unproved.into_iter().map(|it| it.service).collect();
    Suggested { suggestions: judged.suggestions, stack, whole, fits, unproved, doubts }
}

/// The containers of a project that run.
///
/// # Errors
/// When the engine does not answer (exit 3).
pub async fn running(context: &Context, name: &str) -> Result<Vec<Observed>, Failure> {
    let mut containers = context.engine.containers(name).await?;
    containers.retain(|it| it.state == ContainerState::Running);
    Ok(containers)
}

/// Measure those `containers` that a stack has, and the machine.
///
/// # Errors
/// When there is none (exit 1), or the engine does not answer (exit 3).
pub async fn measure(
    context: &Context,
    resolved: &ResolvedStack<'_>,
    mut containers: Vec<Observed>,
    window: Duration,
) -> Result<(Vec<Measured>, Machine), Failure> {
    let engine = &context.engine;
    containers.retain(|it| resolved.services.contains_key(it.service.as_str()));
    if containers.is_empty() {
        let failure = Failure::new(Exit::Judged, "failed to measure: no service of the stack runs");
        return Err(failure.hint("run `stackctl up`, apply the usual load, and try again"));
    }
    let info = engine.info().await?;
    if !info.has_groups() {
        let message = "failed to measure: this engine counts the whole machine's use for each container";
        return Err(Failure::new(Exit::Surroundings, message).hint(info.limits_fix()));
    }
    // A hundred intervals say enough; shorter ones than a second would measure the scheduler.
    let every = (window / 100).clamp(Duration::from_secs(1), Duration::from_secs(10));
    let line = if context.printer.is_quiet() { None } else { StatusLine::on_terminal() };
    let (count, seconds) = (counted(containers.len(), "container"), window.as_secs());
    if line.is_none() {
        context.printer.note(&format!("measuring {count} for {seconds}s"));
    }
    let tick = |over: Duration| {
        if let Some(line) = &line {
            line.set(format!("measuring {count}: {} of {seconds}s", over.as_secs()));
        }
    };
    let measured = engine.measure(&containers, window, every, tick).await;
    line.iter().for_each(StatusLine::end);
    Ok((measured?, Machine { memory: Bytes(info.memory_bytes), cpus: info.cpus }))
}

/// What the containers of each service used.
fn evidence(measured: Vec<Measured>) -> IndexMap<String, Evidence> {
    let mut found: IndexMap<String, Evidence> = IndexMap::new();
    for Measured { service, samples, peak, restarts, oom_killed } in measured {
        let evidence = Evidence { memory_peak: peak, restarts, oom_killed, ..Evidence::of(&samples) };
        let all = match found.shift_remove(&service) {
            Some(others) => others.with(evidence),
            None => evidence,
        };
        found.insert(service, all);
    }
    found
}
