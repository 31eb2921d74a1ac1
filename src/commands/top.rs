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
    runs_on::{find, observe},
    runtime::block_on,
    session::last_selection,
};
use crate::{
    engine::{
        observed_stack::ObservedStack,
        status::{RunsOn, StackStatus},
        usage::{Reading, Usage},
    },
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
pub struct TopOptions {
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
pub fn run(context: &Context, options: &TopOptions) -> Result<Exit, Failure> {
    let project = Project::load(context)?;
    project.require_valid(context, "show what runs")?;
    let selected = last_selection(context, &project, &options.profiles)?;
    let profiles = Profiles::new(&project.parsed.stack);
    let selection = ResolvedStack::new(&profiles, &selected);
    if options.once || context.format == Format::Json || !stdout().is_terminal() {
        let status = block_on(observe(context, &selection, options.target, WINDOW))?;
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

async fn live(
    context: &Context,
    selection: &ResolvedStack<'_>,
    target: Option<Target>,
) -> Result<Exit, Failure> {
    let name = &selection.stack.name;
    let runs_on = find(context, name, target).await?;
    let mut last = read(context, name, runs_on).await?;
    tokio::time::sleep(REFRESH / 4).await;
    let mut now = read(context, name, runs_on).await?;
    let mut screen =
        shown::Screen::open(context.printer.colors_stdout()).context("failed to open the terminal")?;
    loop {
        let status = status(selection, &last, &now);
        let next = async {
            tokio::time::sleep(REFRESH).await;
            read(context, name, runs_on).await
        };
        let next = screen.show_until(name, &status, next).await;
        let Some(next) = next.context("failed to draw")? else {
            return Ok(Exit::Done);
        };
        last = mem::replace(&mut now, next?);
    }
}

/// What is seen, and what each of its containers uses.
type Read = (ObservedStack, Vec<Option<Usage>>);

async fn read(context: &Context, name: &str, runs_on: RunsOn) -> Result<Read, Failure> {
    let observed = ObservedStack::new(&*context.engine, name, runs_on).await?;
    let usage = context.engine.usage(&observed.containers).await?;
    Ok((observed, usage))
}

/// The status now, with CPUs since the last reading of each container.
fn status(selection: &ResolvedStack<'_>, last: &Read, now: &Read) -> StackStatus {
    let before = |id: &str| {
        let at = last.0.containers.iter().position(|container| container.id == id)?;
        last.1[at]
    };
    let readings: Vec<Reading<'_>> = now
        .0
        .containers
        .iter()
        .zip(&now.1)
        .map(|(container, usage)| Reading::new(container, before(&container.id), *usage))
        .collect();
    now.0.status(selection, &readings)
}
