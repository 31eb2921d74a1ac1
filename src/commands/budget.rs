//! `stackctl budget check`.

use std::path::Path;

use anyhow::Context as _;
use serde_json::Value;

use super::{Context, Exit, Failure, project::Project, runtime::block_on};
use crate::{
    budget::{Capacity, Machine, Report, Scope, prove},
    fs::Output,
    model::Bytes,
    picture,
    resolve::Profiles,
    ui::{Format, Paint, budget as table, capacity},
};

/// Prove that every combination fits the budget, or judge the one that `profiles` name; with `against_engine` also whether
/// the engine's machine has what they ask for. The verdict is drawn into the file `chart` where one is given.
///
/// # Errors
/// When the stack has errors (exit 1), a profile is unknown (exit 2), there is no engine to judge against or the chart cannot
/// be written (exit 3).
pub fn check(
    context: &Context,
    profiles: &[String],
    against_engine: bool,
    chart: Option<&Path>,
) -> Result<Exit, Failure> {
    let project = Project::load(context)?;
    let selected = project.select(context, profiles)?;
    project.require_valid_but(context, "check the budget", "missing-limit")?;
    let stack = &project.parsed.stack;
    let scope = if profiles.is_empty() { Scope::Every } else { Scope::Combination(selected) };
    let resolved = Profiles::new(stack);
    let verdict = prove(&resolved, &stack.budget, &scope);
    let info = against_engine.then(|| block_on(async { Ok(context.engine.info().await?) })).transpose()?;
    let engine = info.map(|info| {
        let machine = Machine { memory: Bytes(info.memory_bytes), cpus: info.cpus };
        (info.host, Capacity::new(&resolved, &verdict, machine))
    });
    if let Some(path) = chart {
        let (shown, picture) = (path.display(), picture::chart(&resolved, &verdict, scope != Scope::Every));
        Output::open(path)
            .and_then(|output| output.write(picture.as_bytes()))
            .with_context(|| format!("failed to write {shown}"))?;
        context.printer.note(&format!("wrote {shown}"));
    }
    match context.format {
        Format::Json => context.printer.document(&json(&Report::new(&verdict), engine.as_ref())?),
        Format::Human => {
            let paint = Paint { on: context.printer.colors_stdout() };
            let engine =
                engine.as_ref().map(|(host, it)| capacity::human(host, it, paint)).unwrap_or_default();
            let table = table::human(&stack.name, &verdict, scope != Scope::Every, paint);
            context.printer.page(&(table + &engine))
        }
    };
    let has_it = engine.is_none_or(|(_, capacity)| capacity.fits());
    Ok(if verdict.fits && has_it { Exit::Done } else { Exit::Judged })
}

/// The report, with the engine's part under `engine`.
fn json(report: &Report, engine: Option<&(String, Capacity)>) -> Result<Value, Failure> {
    let mut report = serde_json::to_value(report).context("failed to write the verdict as JSON")?;
    if let (Some(object), Some((host, capacity))) = (report.as_object_mut(), engine) {
        object.insert("engine".to_owned(), capacity::json(host, capacity));
    }
    Ok(report)
}
