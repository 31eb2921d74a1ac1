//! `stackctl status`: the running stack beside what was selected.

use std::time::Duration;

use super::{
    Context, Exit, Failure, project::Project, runs_on::observe, runtime::block_on, session::last_selection,
};
use crate::{
    render::Target,
    resolve::{Profiles, ResolvedStack},
    ui::{Format, Paint, status as table},
};

/// Over which time the CPU use for programs is measured; people ask `top`.
const CPU_WINDOW: Duration = Duration::from_millis(500);

/// Show what runs, by Compose or on the swarm: where `target` says, else where it does.
///
/// # Errors
/// When stack.toml cannot be read, a profile is unknown, or there is no engine.
pub fn run(context: &Context, profiles: &[String], target: Option<Target>) -> Result<Exit, Failure> {
    let project = Project::load(context)?;
    project.require_valid(context, "show what runs")?;
    let selected = last_selection(context, &project, profiles)?;
    let profiles = Profiles::new(&project.parsed.stack);
    let selection = ResolvedStack::new(&profiles, &selected);
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
