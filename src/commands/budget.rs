//! `stackctl budget check`.

use std::path::PathBuf;

use anyhow::Context as _;

use super::{Context, Exit, Failure, graph, project::Project, runs_on::no_swarm, runtime::block_on, up};
use crate::{
    budget::{Capacity, Machine, Report, Scope, Site, SwarmCapacity, heaviest, prove, service_shares},
    engine::neighbours::Neighbour,
    model::{Budget, Bytes, Cpus},
    picture,
    resolve::Profiles,
    ui::{Format, assumes, budget as table, budget_services, capacity::Against, swarm_capacity},
};

/// What to check.
#[derive(Debug, Clone, Default)]
pub struct CheckOptions {
    /// Judge this combination only.
    pub profiles: Vec<String>,
    /// Judge also whether the engine's machine has what is asked for.
    pub against_engine: bool,
    /// Judge also whether the nodes of the engine's swarm have it.
    pub against_swarm: bool,
    /// Draw the verdict into this file.
    pub chart: Option<PathBuf>,
    /// In place of `memory` in `[budget]`.
    pub memory: Option<Bytes>,
    /// In place of `cpus` in `[budget]`.
    pub cpus: Option<Cpus>,
    /// List what each service may take.
    pub services: bool,
}

/// Prove that every combination fits the budget, or judge one. Services without a limit are not proved, which is an answer
/// rather than a mistake here.
///
/// # Errors
/// When the stack has errors (exit 1), a profile is unknown (exit 2), there is no engine to judge against or the chart cannot
/// be written (exit 3).
pub fn check(context: &Context, options: &CheckOptions) -> Result<Exit, Failure> {
    let project = Project::load(context)?;
    let selected = project.select(context, &options.profiles)?;
    project.require_valid_but(context, "check the budget", "missing-limit")?;
    let stack = &project.parsed.stack;
    let scope = if options.profiles.is_empty() { Scope::Every } else { Scope::Combination(selected) };
    let resolved = Profiles::new(stack);
    let budget = Budget {
        memory: options.memory.or(stack.budget.memory),
        cpus: options.cpus.or(stack.budget.cpus),
        ..stack.budget.clone()
    };
    let verdict = prove(&resolved, &budget, &scope);
    let services = options.services.then(|| service_shares(&resolved, &verdict));
    let asked = || async {
        let engine = &*context.engine;
        Ok(tokio::try_join!(engine.info(), engine.neighbours(&stack.name))?)
    };
    let found = options.against_engine.then(|| block_on(asked())).transpose()?;
    let engine = found.map(|(info, neighbours)| {
        let machine = Machine { memory: Bytes(info.memory_bytes), cpus: info.cpus };
        let beside = neighbours.iter().map(Neighbour::bytes).fold(0, u64::saturating_add);
        let capacity = Capacity::new(&resolved, &verdict, machine, beside);
        Against { info, capacity, neighbours }
    });
    let swarm = options.against_swarm.then(|| sites(context, &stack.name)).transpose()?;
    let swarm = swarm.map(|sites| SwarmCapacity::new(&resolved, &verdict, sites));
    if let Some(path) = &options.chart {
        graph::write(context, path, &picture::chart(&resolved, &verdict, scope != Scope::Every))?;
    }
    match context.format {
        Format::Json => {
            let report = Report::new(&verdict);
            let mut report = serde_json::to_value(report).context("failed to write the verdict as JSON")?;
            report["assumes"] = assumes::json(&stack.assumes);
            let parts = [
                ("engine", engine.as_ref().map(Against::json)),
                ("services", services.as_deref().map(budget_services::json)),
                ("swarm", swarm.as_ref().map(swarm_capacity::json)),
            ];
            for (name, part) in parts.into_iter().filter_map(|(name, part)| Some((name, part?))) {
                report[name] = part;
            }
            context.printer.document(&report)
        }
        Format::Human => {
            let paint = context.printer.paint();
            let all = verdict.unproved.is_empty();
            let engine = engine.as_ref().map(|it| it.human(all, paint)).unwrap_or_default();
            let services = services.map(|it| budget_services::human(&it)).unwrap_or_default();
            let (heaviest, columns) = (heaviest(&resolved, &verdict), context.printer.stdout_columns());
            let table = table::human(&stack.name, &verdict, &heaviest, scope != Scope::Every, paint, columns);
            let swarm = swarm.as_ref().map(|it| swarm_capacity::human(it, paint)).unwrap_or_default();
            context.printer.page(&(table + &services + &assumes::human(&stack.assumes) + &engine + &swarm))
        }
    };
    let has_it = engine.is_none_or(|engine| engine.fits()) && swarm.is_none_or(|it| it.fits());
    Ok(if verdict.fits && has_it { Exit::Done } else { Exit::Judged })
}

/// The nodes of the engine's swarm, with what stacks other than this one leave free.
fn sites(context: &Context, stack: &str) -> Result<Vec<Site>, Failure> {
    block_on(async {
        let engine = &context.engine;
        if !engine.info().await?.swarm {
            return Err(no_swarm());
        }
        let (nodes, tasks) = tokio::try_join!(engine.nodes(), engine.tasks())?;
        Ok(up::sites(stack, &nodes, &tasks))
    })
}
