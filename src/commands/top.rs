//! `stackctl top`: what the running stack uses, live beside what it may use.

use std::{
    io::{IsTerminal, stdout},
    time::Duration,
};

use super::{
    Context, Exit, Failure,
    project::Project,
    running::{remembered, wait_for},
};
use crate::{
    engine::{client::Engine, observe::Observed, status::StackStatus, usage::Usage},
    resolve::{Profiles, ResolvedStack},
    ui::{Format, Paint, top as shown},
};

/// Over which time CPU use is measured where it is shown once.
const WINDOW: Duration = Duration::from_secs(1);
/// How often the live view asks.
const REFRESH: Duration = Duration::from_secs(1);

/// What to show.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The selection; empty is what the last `up` selected.
    pub profiles: Vec<String>,
    /// Show it once.
    pub once: bool,
}

/// Show what runs, until `q` on a terminal, else once.
///
/// # Errors
/// When stack.toml has errors (exit 1), a profile is unknown (exit 2), or there is no engine (exit 3).
pub fn run(context: &Context, options: &Options) -> Result<Exit, Failure> {
    let project = Project::load(context)?;
    project.require_valid(context, "say what runs")?;
    let selected = remembered(&project, &options.profiles)?;
    let profiles = Profiles::new(&project.parsed.stack);
    let selection = ResolvedStack::new(&profiles, &selected);
    if options.once || context.format == Format::Json || !stdout().is_terminal() {
        let status = wait_for(once(&selection))?;
        context.printer.data(&match context.format {
            Format::Json => serde_json::to_string_pretty(&status).unwrap_or_default() + "\n",
            Format::Human => shown::once(&status, Paint { on: context.printer.colors_stdout() }),
        });
        return Ok(Exit::Done);
    }
    wait_for(live(&selection, context.printer.colors_stdout()))
}

async fn once(selection: &ResolvedStack<'_>) -> Result<StackStatus, Failure> {
    let engine = Engine::connect().await?;
    let containers = engine.containers(&selection.stack.name).await?;
    let readings = engine.readings(&containers, WINDOW).await?;
    Ok(StackStatus::new(selection, &readings))
}

async fn live(selection: &ResolvedStack<'_>, colors: bool) -> Result<Exit, Failure> {
    let engine = Engine::connect().await?;
    let mut last = read(&engine, &selection.stack.name).await?;
    tokio::time::sleep(REFRESH / 4).await;
    let mut screen = shown::Screen::open(colors)
        .map_err(|error| Failure::surroundings("failed to take the terminal", &error))?;
    loop {
        let (status, now) = look(&engine, selection, &last).await?;
        last = now;
        let stay = screen.show(&selection.stack.name, &status, REFRESH).await;
        if !stay.map_err(|error| Failure::surroundings("failed to draw", &error))? {
            return Ok(Exit::Done);
        }
    }
}

/// Containers, each with its reading.
type Read = (Vec<Observed>, Vec<Option<Usage>>);

async fn read(engine: &Engine, project: &str) -> Result<Read, Failure> {
    let containers = engine.containers(project).await?;
    let usage = engine.usage(&containers).await?;
    Ok((containers, usage))
}

/// The status now, with CPUs since the last reading of each container.
async fn look(
    engine: &Engine,
    selection: &ResolvedStack<'_>,
    last: &Read,
) -> Result<(StackStatus, Read), Failure> {
    let now = read(engine, &selection.stack.name).await?;
    let before = |id: &str| {
        let at = last.0.iter().position(|container| container.id == id)?;
        last.1[at]
    };
    let readings: Vec<_> = now
        .0
        .iter()
        .zip(&now.1)
        .map(|(container, usage)| {
            let cpus = usage.zip(before(&container.id)).map(|(usage, before)| usage.cpus_since(&before));
            (container, *usage, cpus)
        })
        .collect();
    let status = StackStatus::new(selection, &readings);
    Ok((status, now))
}
