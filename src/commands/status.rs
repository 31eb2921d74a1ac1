//! `stackctl status`: the running stack beside what was selected.

use std::time::Duration;

use super::{
    Context, Exit, Failure,
    project::Project,
    running::remembered,
    runtime::block_on,
    seen::{self, Seen},
};
use crate::{
    engine::client::Engine,
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
    project.require_valid(context, "say what runs")?;
    let selected = remembered(context, &project, profiles)?;
    let profiles = Profiles::new(&project.parsed.stack);
    let selection = ResolvedStack::new(&profiles, &selected);
    let status = block_on(async {
        let engine = Engine::connect().await?;
        let name = &selection.stack.name;
        let target = seen::find(context, &engine, name, target).await?;
        let seen = Seen::look(&engine, name, target).await?;
        let window = if context.format == Format::Json { CPU_WINDOW } else { Duration::ZERO };
        let readings = engine.readings(&seen.containers, window).await?;
        Ok(seen.status(&selection, &readings))
    })?;
    match context.format {
        Format::Json => context.printer.document(&status),
        Format::Human => {
            context.printer.page(&table::human(&status, Paint { on: context.printer.colors_stdout() }))
        }
    };
    Ok(Exit::Done)
}
