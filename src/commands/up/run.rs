//! `stackctl up`: judge the stack, make what it needs, start it, and watch until it is really up.

use std::io;

use anyhow::Context as _;

use super::{options::UpOptions, outcome, outcome::Outcome, preflight, prepare, start};
use crate::{
    commands::{
        Context, Exit, Failure,
        project::Project,
        runtime::block_on,
        session::{compose, lock_failure},
        signal::{Stop, asked_to_stop},
    },
    engine::{
        lock::{self, Purpose},
        plan::drifted,
        selection,
    },
    resolve::{Profiles, ResolvedStack},
};

/// Start the stack.
///
/// # Errors
/// When the stack or its budget is rejected (exit 1), a profile is unknown (exit 2), or there is no engine (exit 3). A
/// stack that does not get up is shown with its reasons, and is exit 1, or 3 where the surroundings are at fault.
pub fn run(context: &Context, options: &UpOptions) -> Result<Exit, Failure> {
    run_until(context, options, asked_to_stop)
}

/// The same until something else than a signal stops it.
pub fn run_until(
    context: &Context,
    options: &UpOptions,
    stop: impl FnOnce() -> io::Result<Stop>,
) -> Result<Exit, Failure> {
    with_last_line(context, stop, async |stop| {
        let project = Project::load_to_start(context)?;
        let selected = selected(context, &project, options, "start the stack")?;
        let _lock =
            lock::take(&project.root, Purpose::Up).map_err(|error| lock_failure("start the stack", error))?;
        let profiles = Profiles::new(&project.parsed.stack);
        let selection = ResolvedStack::new(&profiles, &selected);
        start(context, options, &project, &profiles, &selection, stop).await
    })
}

/// The selected profiles of a stack without errors.
pub fn selected(
    context: &Context,
    project: &Project,
    options: &UpOptions,
    to: &str,
) -> Result<Vec<String>, Failure> {
    if project.is_valid() {
        let selected = project.select(context, &options.profiles)?;
        project.require_valid_aside(context, to)?;
        project.require_startable(context, &selected, to)?;
        return Ok(selected);
    }
    project.require_valid_aside(context, to)?;
    Ok(Vec::new())
}

/// Run a start until it ends or is stopped. Programs read one last line, whatever happens.
pub fn with_last_line(
    context: &Context,
    stop: impl FnOnce() -> io::Result<Stop>,
    start: impl AsyncFnOnce(&mut Stop) -> Result<Exit, Failure>,
) -> Result<Exit, Failure> {
    let result = block_on(async {
        // From the first moment: what is interrupted has its last line too.
        let mut stop = stop().context("failed to listen for signals")?;
        start(&mut stop).await
    });
    if result.is_err() {
        outcome::nothing(context);
    }
    result
}

/// Wait for work that can be given up; what was under way then is in `words`.
pub async fn unless_stopped<T>(
    stop: &mut Stop,
    words: &str,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::select! {
        done = work => done,
        () = stop => Err(Failure::new(Exit::Judged, format!("interrupted: {words}"))),
    }
}

async fn start(
    context: &Context,
    options: &UpOptions,
    project: &Project,
    profiles: &Profiles<'_>,
    selection: &ResolvedStack<'_>,
    stop: &mut Stop,
) -> Result<Exit, Failure> {
    preflight::budget(context, profiles, selection)?;
    let name = &selection.stack.name;
    let compose = compose(context, project, selection);
    let prepared = async {
        let engine = &context.engine;
        let (info, containers, taken) =
            tokio::try_join!(engine.info(), engine.containers(name), engine.taken_ports())?;
        let unselected = preflight::unselected(selection, &containers);
        preflight::machine(context, options, selection, &info, &unselected)?;
        let taken = taken.observed(info.is_here);
        let ports = preflight::ports(selection, &taken, options.remove_unselected);
        if ports.is_empty() {
            prepare::files(context, project)?;
            prepare::image(context, project, selection, &info).await?;
            selection::save(&project.root, &selection.selected)
                .context("failed to write .stackctl/selection.json")?;
            prepare::room(context, options, &unselected).await?;
            let drifted = drifted(selection, &containers, info.swap_limit);
            prepare::drift(context, &compose, &drifted).await?;
        }
        Ok((info, containers, ports))
    };
    let words = format!("nothing of {name} was started");
    let (info, containers, ports) = unless_stopped(stop, &words, prepared).await?;
    if !ports.is_empty() {
        return Ok(Outcome::refused(ports).report(context, selection).await);
    }
    let start = start::Start { context, options, selection, compose: &compose };
    let outcome = start.run(&containers, &info.time, stop).await?;
    Ok(outcome.report(context, selection).await)
}
