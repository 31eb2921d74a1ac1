//! `stackctl status`: the running stack beside what was selected.

use std::time::Duration;

use super::{
    Context, Exit, Failure,
    project::Project,
    runs_on::observe,
    runtime::block_on,
    session::{last_selection, last_stack},
};
use crate::{
    render::Target,
    resolve::Profiles,
    ui::{Format, Paint, status as table},
};

/// Over which time the CPU use for programs is measured; people ask `top`.
const CPU_WINDOW: Duration = Duration::from_millis(500);

/// Show what runs, by Compose or on the swarm: where `target` says, else where it does.
///
/// # Errors
/// When stack.toml cannot be read, a profile is unknown, or there is no engine.
pub fn run(context: &Context, asked: &[String], target: Option<Target>) -> Result<Exit, Failure> {
    let project = Project::load(context)?;
    project.require_valid(context, "show what runs")?;
    let selected = last_selection(context, &project, asked)?;
    let profiles = Profiles::new(&project.parsed.stack);
    let selection = last_stack(&project, &profiles, &selected, asked);
    let status = block_on(async {
        let window = if context.format == Format::Json { CPU_WINDOW } else { Duration::ZERO };
        observe(context, &selection, target, window).await
    })?;
    match context.format {
        Format::Json => context.printer.document(&status),
        Format::Human => {
            context.printer.page(&table::human(&status, Paint { on: context.printer.colors_stdout() }))
        }
    };
    Ok(Exit::Done)
}
