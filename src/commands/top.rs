//! `stackctl top`: what the running stack uses, live beside what it may use.

use std::{
    io::{IsTerminal, stdout},
    mem,
    time::Duration,
};

use anyhow::Context as _;

use super::{
    Context, Exit, Failure,
    project::Project,
    running::remembered,
    runtime::block_on,
    seen::{self, Seen},
};
use crate::{
    engine::{client::Engine, status::StackStatus, usage::Usage},
    render::Target,
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
    /// Where it runs; `None` is wherever it does.
    pub target: Option<Target>,
}

/// Show what runs, until `q` on a terminal, else once.
///
/// # Errors
/// When stack.toml has errors (exit 1), a profile is unknown (exit 2), or there is no engine (exit 3).
pub fn run(context: &Context, options: &Options) -> Result<Exit, Failure> {
    let project = Project::load(context)?;
    project.require_valid(context, "say what runs")?;
    let selected = remembered(context, &project, &options.profiles)?;
    let profiles = Profiles::new(&project.parsed.stack);
    let selection = ResolvedStack::new(&profiles, &selected);
    if options.once || context.format == Format::Json || !stdout().is_terminal() {
        let status = block_on(once(context, &selection, options.target))?;
        match context.format {
            Format::Json => context.printer.document(&status),
            Format::Human => {
                context.printer.page(&shown::once(&status, Paint { on: context.printer.colors_stdout() }))
            }
        };
        return Ok(Exit::Done);
    }
    block_on(live(context, &selection, options.target))
}

async fn once(
    context: &Context,
    selection: &ResolvedStack<'_>,
    target: Option<Target>,
) -> Result<StackStatus, Failure> {
    let engine = Engine::connect().await?;
    let name = &selection.stack.name;
    let target = seen::find(context, &engine, name, target).await?;
    let seen = Seen::look(&engine, name, target).await?;
    let readings = engine.readings(&seen.containers, WINDOW).await?;
    Ok(seen.status(selection, &readings))
}

async fn live(
    context: &Context,
    selection: &ResolvedStack<'_>,
    target: Option<Target>,
) -> Result<Exit, Failure> {
    let engine = Engine::connect().await?;
    let name = &selection.stack.name;
    let target = seen::find(context, &engine, name, target).await?;
    let mut last = read(&engine, name, target).await?;
    tokio::time::sleep(REFRESH / 4).await;
    let mut now = read(&engine, name, target).await?;
    let mut screen =
        shown::Screen::open(context.printer.colors_stdout()).context("failed to take the terminal")?;
    loop {
        let status = status(selection, &last, &now);
        let next = async {
            tokio::time::sleep(REFRESH).await;
            read(&engine, name, target).await
        };
        let next = screen.show_until(name, &status, next).await;
        let Some(next) = next.context("failed to draw")? else {
            return Ok(Exit::Done);
        };
        last = mem::replace(&mut now, next?);
    }
}

/// What is seen, and the reading of each of its containers.
type Read = (Seen, Vec<Option<Usage>>);

async fn read(engine: &Engine, project: &str, target: Target) -> Result<Read, Failure> {
    let seen = Seen::look(engine, project, target).await?;
    let usage = engine.usage(&seen.containers).await?;
    Ok((seen, usage))
}

/// The status now, with CPUs since the last reading of each container.
fn status(selection: &ResolvedStack<'_>, last: &Read, now: &Read) -> StackStatus {
    let before = |id: &str| {
        let at = last.0.containers.iter().position(|container| container.id == id)?;
        last.1[at]
    };
    let readings: Vec<_> = now
        .0
        .containers
        .iter()
        .zip(&now.1)
        .map(|(container, usage)| {
            let cpus = usage.zip(before(&container.id)).map(|(usage, before)| usage.cpus_since(&before));
            (container, *usage, cpus)
        })
        .collect();
    now.0.status(selection, &readings)
}
