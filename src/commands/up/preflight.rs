//! Checks before anything is changed: the budget, the engine's machine, the ports.

use super::options::UpOptions;
use crate::{
    budget::{Ledger, Machine, Measure, Scope, Shortfall, heaviest, prove},
    commands::{Context, Exit, Failure},
    engine::{
        client::{EngineInfo, EngineKind},
        observe::{ContainerState, Observed},
        ports::{Holder, PortConflict, Taken},
        watch::{Reason, Trouble},
    },
    model::Bytes,
    resolve::{Profiles, ResolvedStack},
    ui::{budget as table, failures::FailedService, listed, shortfall},
};

/// The known sums of the selection have to fit the budget. What is not proved is printed, and another combination over a bound
/// is a warning.
pub fn budget(
    context: &Context,
    profiles: &Profiles<'_>,
    selection: &ResolvedStack<'_>,
) -> Result<(), Failure> {
    let budget = &selection.stack.budget;
    let verdict = prove(profiles, budget, &Scope::Combination(selection.selected.clone()));
    if verdict.over().is_some() {
        let (heaviest, name) = (heaviest(profiles, &verdict), &selection.stack.name);
        let (paint, columns) = (context.printer.paint_stderr(), context.printer.stderr_columns());
        context.printer.painted(&table::human(name, &verdict, &heaviest, true, paint, columns));
        let failure =
            Failure::new(Exit::Judged, "failed to start the stack: the selection does not fit the budget");
        return Err(failure.hint("lower limits, select fewer profiles, or raise [budget]; `stackctl budget check` shows all combinations"));
    }
    if let Some(line) = table::unproved(&verdict) {
        context.printer.note(&line);
    }
    let all = prove(profiles, budget, &Scope::Every);
    if let Some(other) = all.over() {
        let name = other.name();
        context.printer.note(&format!(
            "warning: another combination, {name}, does not fit the budget; `stackctl budget check` shows it"
        ));
    }
    Ok(())
}

/// Containers of the project that run and that the selection does not have.
pub fn unselected<'a>(selection: &ResolvedStack<'_>, containers: &'a [Observed]) -> Vec<&'a Observed> {
    let runs = |container: &Observed| {
        !matches!(container.state, ContainerState::Exited | ContainerState::Created | ContainerState::Dead)
    };
    let selected = |container: &Observed| selection.services.contains_key(container.service.as_str());
    containers.iter().filter(|container| runs(container) && !selected(container)).collect()
}

/// The selection has to fit the engine's machine, and both have to hold what runs beside it.
pub fn machine(
    context: &Context,
    options: &UpOptions,
    selection: &ResolvedStack<'_>,
    info: &EngineInfo,
    unselected: &[&Observed],
) -> Result<(), Failure> {
    let beside: u64 = match options.remove_unselected {
        true => 0,
        false => unselected.iter().filter_map(|container| container.limits.memory).sum(),
    };
    if beside == 0 && !options.remove_unselected && !unselected.is_empty() {
        let names = names(unselected);
        context
            .printer
            .note(&format!("not selected, and still running: {names}; `--remove-unselected` removes them"));
    }
    if beside > 0 {
        let names = names(unselected);
        context.printer.note(&format!(
            "not selected, and still running: {names}, with {} of memory limits; `--remove-unselected` removes them",
            Bytes(beside)
        ));
        let budget = selection.stack.budget.memory;
        let sum = Ledger::of(selection)[Measure::Memory] + u128::from(beside);
        if let Some(budget) = budget.filter(|budget| sum > u128::from(budget.0)) {
            let failure = format!(
                "failed to start the stack: with what is not selected and still running, memory limits add up to {} of a budget of {budget}",
                Measure::Memory.text(sum)
            );
            return Err(Failure::new(Exit::Judged, failure)
                .hint(format!("`stackctl up --remove-unselected` removes {names}")));
        }
    }
    let machine = Machine { memory: Bytes(info.memory_bytes), cpus: info.cpus };
    let lacks = machine.lacks(selection, beside);
    let (errors, warnings): (Vec<&Shortfall>, Vec<&Shortfall>) =
        lacks.iter().partition(|lack| lack.is_error());
    for warning in warnings {
        context.printer.note(&format!("warning: {}", shortfall::text(warning, &machine)));
    }
    if errors.is_empty() {
        return Ok(());
    }
    let causes = errors.into_iter().map(|error| shortfall::text(error, &machine));
    Err(Failure::new(Exit::Judged, "failed to start the stack: it asks for more than the engine has")
        .caused_by(causes)
        .hint("lower the limits, or select fewer profiles"))
}

/// An engine that says that it cannot limit what the selection limits starts nothing, unless that is allowed.
pub fn limits(
    context: &Context,
    options: &UpOptions,
    selection: &ResolvedStack<'_>,
    info: &EngineInfo,
) -> Vec<FailedService> {
    let cannot = info.cannot_hold(selection);
    if cannot.is_empty() {
        return Vec::new();
    }
    let detail = format!("the engine cannot limit {}: no budget would hold", listed(cannot));
    let detail = info.warnings().fold(detail, |detail, warning| format!("{detail}\n{warning}"));
    if options.allow_unheld {
        context.printer.note(&format!("warning: {}", detail.replace('\n', "; ")));
        return Vec::new();
    }
    vec![FailedService::new(Trouble::new("", Reason::LimitsNotHeld, detail), Some(unheld_help(info)))]
}

/// What Podman leaves out of what it is asked for, reported once.
pub fn podman(context: &Context, selection: &ResolvedStack<'_>, info: &EngineInfo) {
    let checks = selection.services.values().filter_map(|service| service.healthcheck.as_ref());
    if info.kind == EngineKind::Podman && checks.into_iter().any(|check| check.start_interval.is_some()) {
        context
            .printer
            .note("Podman ignores `start_interval`: health checks run each `interval` from the start");
    }
}

/// What to do about limits that are not held.
pub fn unheld_help(info: &EngineInfo) -> String {
    format!("{}; `--allow-unheld` starts the stack all the same", info.limits_fix())
}

fn names(containers: &[&Observed]) -> String {
    let mut names: Vec<&str> = containers.iter().map(|container| container.service.as_str()).collect();
    names.dedup();
    listed(names)
}

/// The ports that something else holds. One that the engine may choose from a range is not looked at.
pub fn ports(selection: &ResolvedStack<'_>, taken: &Taken, remove_unselected: bool) -> Vec<FailedService> {
    let stack = &selection.stack.name;
    let services = selection.services.iter().map(|(name, service)| (*name, service.as_ref()));
    let is_own = |holder: &Holder| match holder {
        // What is selected makes room for itself.
        Holder::Container { project, service, .. } if project == stack => {
            remove_unselected || selection.services.contains_key(service.as_str())
        }
        _ => false,
    };
    let (_, conflicts) = taken.conflicts(services.filter(|(_, service)| service.replica_count() > 0), is_own);
    conflicts.into_iter().map(|conflict| taken_port(conflict, stack)).collect()
}

fn taken_port(conflict: PortConflict, stack: &str) -> FailedService {
    let PortConflict { service, address, holder } = conflict;
    let trouble = Trouble::new(&service, Reason::Port, format!("{address} is taken by {holder}"));
    let help = match &holder {
        Holder::Container { project, .. } if project == stack => {
            "it is not selected: `--remove-unselected` removes it".to_owned()
        }
        Holder::Container { name, .. } => {
            format!("`docker stop {name}`, or publish another port in stack.toml")
        }
        Holder::Process { .. } | Holder::Other => "stop it, or publish another port in stack.toml".to_owned(),
    };
    FailedService::new(trouble, Some(help))
}
