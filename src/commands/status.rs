//! `stackctl status`: the running stack beside what was selected.

use std::time::Duration;

use anyhow::Context as _;

use super::{
    Context, Exit, Failure,
    project::Project,
    runs_on::{find, observe},
    runtime::block_on,
    session::{last_selection, last_stack, no_project},
    signal::asked_to_stop,
    suggest,
};
use crate::{
    engine::status::{RunsOn, StackStatus},
    render::Target,
    resolve::{Profiles, ResolvedStack},
    ui::{Format, Screen, status as table},
};

/// Over which time the CPU use for programs is measured; people ask `top`.
const CPU_WINDOW: Duration = Duration::from_millis(500);
/// How often a watched status is read.
const REFRESH: Duration = Duration::from_secs(2);

/// What to show.
#[derive(Debug, Clone, Default)]
pub struct StatusOptions {
    /// The selection; empty is what the last `up` selected.
    pub profiles: Vec<String>,
    /// Where it runs; `None` is wherever it does.
    pub target: Option<Target>,
    /// Again and again.
    pub watch: bool,
    /// Of a project that has no stack.toml.
    pub project: Option<String>,
}

/// Show what runs, by Compose or on the swarm: where `target` says, else where it does.
///
/// # Errors
/// When a selected service is not up or stack.toml has errors (exit 1), a profile is unknown (exit 2), or there is no engine
/// (exit 3).
pub fn run(context: &Context, options: &StatusOptions) -> Result<Exit, Failure> {
    let target = options.target;
    if let Some(name) = &options.project {
        let containers = block_on(async {
            let runs_on = find(context, name, target).await?;
            let containers = context.engine.containers(name).await?;
            if containers.is_empty() && runs_on == RunsOn::Compose {
                Err(no_project(name))
            } else {
                Ok(containers)
            }
        })?;
        let stack = suggest::stack_of(name, &containers);
        let selection = ResolvedStack::new(&Profiles::new(&stack), &[] as &[&str]);
        return show(context, &selection, target, options.watch);
    }
    let project = Project::load(context)?;
    project.require_sound(context, "show what runs")?;
    let selected = last_selection(context, &project, &options.profiles)?;
    let selection = last_stack(&project, &selected, &options.profiles);
    show(context, &selection, target, options.watch)
}

fn show(
    context: &Context,
    selection: &ResolvedStack<'_>,
    target: Option<Target>,
    watch: bool,
) -> Result<Exit, Failure> {
    if watch {
        return block_on(watched(context, selection, target));
    }
    let window = if context.format == Format::Json { CPU_WINDOW } else { Duration::ZERO };
    let status = block_on(observe(context, selection, target, window))?;
    context.show(|| &status, |_| text(context, selection, &status));
    Ok(judged(context, selection, &status))
}

/// The page for people.
fn text(context: &Context, selection: &ResolvedStack<'_>, status: &StackStatus) -> String {
    let (paint, links) = (context.printer.paint(), context.printer.stdout_is_terminal());
    let profiles = if selection.stack.profiles.is_empty() { String::new() } else { table::profiles(status) };
    table::human(status, paint, links) + &profiles
}

/// Exit 1 where a selected service is not up, which is printed beside the table.
fn judged(context: &Context, selection: &ResolvedStack<'_>, status: &StackStatus) -> Exit {
    let down = status.not_up();
    if down.is_empty() {
        return Exit::Done;
    }
    let name = &selection.stack.name;
    context.printer.note(&match status.is_created() {
        false => format!("{name} is not created: `stackctl up` starts it"),
        true => format!("not up: {}", down.join(", ")),
    });
    Exit::Judged
}

/// Show it again and again: on a terminal until `q`, else a page or a line of JSON each time, until it is no longer read.
async fn watched(
    context: &Context,
    selection: &ResolvedStack<'_>,
    target: Option<Target>,
) -> Result<Exit, Failure> {
    let failed = |error: std::io::Error| Failure::surroundings("failed to draw on the terminal", error);
    let mut stop = asked_to_stop().context("failed to listen for signals")?;
    let is_json = context.format == Format::Json;
    let window = if is_json { CPU_WINDOW } else { Duration::ZERO };
    let mut status = observe(context, selection, target, window).await?;
    let mut screen = match !is_json && Screen::is_possible() {
        true => Some(Screen::open().map_err(failed)?),
        false => None,
    };
    loop {
        let next = async {
            tokio::time::sleep(REFRESH).await;
            observe(context, selection, target, window).await
        };
        let text = text(context, selection, &status);
        let next = match &mut screen {
            Some(screen) => {
                let shown = screen.show_until(&text, next);
                tokio::select! {
                    next = shown => next.map_err(failed)?,
                    () = &mut stop => None,
                }
            }
            None => {
                let is_read = match is_json {
                    true => context.printer.json_line(&status),
                    false => context.printer.page(&(text + "\n")),
                };
                if !is_read {
                    return Ok(Exit::Done);
                }
                tokio::select! {
                    next = next => Some(next),
                    () = &mut stop => None,
                }
            }
        };
        let Some(next) = next else { return Ok(Exit::Done) };
        status = next?;
    }
}
