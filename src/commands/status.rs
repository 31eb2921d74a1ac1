//! `stackctl status`: the running stack beside what was selected.

use std::time::Duration;

use super::{
    Context, Exit, Failure,
    project::Project,
    running::{remembered, wait_for},
};
use crate::{
    engine::{client::Engine, status::StackStatus},
    resolve::{Profiles, ResolvedStack},
    ui::{Format, Paint, status as table},
};

/// Over which time the CPU use for programs is measured; people ask `top`.
const CPU_WINDOW: Duration = Duration::from_millis(500);

/// Show what runs.
///
/// # Errors
/// When stack.toml cannot be read, a profile is unknown, or there is no engine.
pub fn run(context: &Context, profiles: &[String]) -> Result<Exit, Failure> {
    let project = Project::load(context)?;
    project.require_valid(context, "say what runs")?;
    let selected = remembered(&project, profiles)?;
    let profiles = Profiles::new(&project.parsed.stack);
    let selection = ResolvedStack::new(&profiles, &selected);
    let status = wait_for(async {
        let engine = Engine::connect().await?;
        let containers = engine.containers(&selection.stack.name).await?;
        let window = if context.format == Format::Json { CPU_WINDOW } else { Duration::ZERO };
        let readings = engine.readings(&containers, window).await?;
        Ok(StackStatus::new(&selection, &readings))
    })?;
    context.printer.data(&match context.format {
        Format::Json => serde_json::to_string_pretty(&status).unwrap_or_default() + "\n",
        Format::Human => table::human(&status, Paint { on: context.printer.colors_stdout() }),
    });
    Ok(Exit::Done)
}
