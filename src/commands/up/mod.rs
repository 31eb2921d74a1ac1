//! `stackctl up`: judge the stack, make what it needs, start it, and watch until it is really up.

mod before;
mod outcome;
mod place;
mod prepare;
mod said;
mod start;
pub mod swarm;

use std::time::Duration;

use super::{
    Context, Exit, Failure,
    project::Project,
    running::{compose, wait_for},
};
use crate::{
    engine::{
        client::Engine,
        lock::{self, LockError},
        plan::drifted,
        selection,
    },
    resolve::{Profiles, ResolvedStack},
};
use outcome::Outcome;

/// How to start.
#[derive(Debug, Clone)]
pub struct Options {
    /// The selected profiles.
    pub profiles: Vec<String>,
    /// Do not wait until everything is up.
    pub no_wait: bool,
    /// How long everything may take to be up, pulling and building not counted.
    pub timeout: Duration,
    /// Remove what runs and is not selected.
    pub remove_unselected: bool,
}

/// Start the stack.
///
/// # Errors
/// When the stack or its budget is judged wanting (exit 1), a profile is unknown (exit 2), or there is no engine (exit 3). A
/// stack that does not get up is shown with its reasons, and is exit 1, or 3 where the surroundings are at fault.
pub fn run(context: &Context, options: &Options) -> Result<Exit, Failure> {
    let project = Project::load(context)?;
    let selected = project.select(context, &options.profiles)?;
    project.require_valid(context, "start the stack")?;
    let result = start(context, options, &project, &selected);
    if result.is_err() {
        // Programs read one last line, whatever happened.
        outcome::nothing(context);
    }
    result
}

fn start(
    context: &Context,
    options: &Options,
    project: &Project,
    selected: &[String],
) -> Result<Exit, Failure> {
    let _lock = lock::take(&project.root).map_err(|error| not_alone(&error))?;
    let profiles = Profiles::new(&project.parsed.stack);
    let selection = ResolvedStack::new(&profiles, selected);
    before::budget(context, &profiles, &selection)?;
    wait_for(async {
        let engine = Engine::connect().await?;
        let name = &selection.stack.name;
        let (info, containers, taken) =
            tokio::try_join!(engine.info(), engine.containers(name), engine.taken_ports())?;
        let unselected = before::unselected(&selection, &containers);
        before::machine(context, options, &selection, &info, &unselected)?;
        let ports = before::ports(&selection, &taken, options.remove_unselected);
        if !ports.is_empty() {
            return Ok(Outcome::refused(ports).report(context, &selection, &engine).await);
        }
        prepare::files(context, project)?;
        prepare::image(context, project, &selection, &engine, &info).await?;
        selection::save(&project.root, selected)
            .map_err(|error| Failure::surroundings("failed to write .stackctl/selection.json", &error))?;
        prepare::room(context, options, &engine, &unselected).await?;
        let compose = compose(context, project, &selection);
        let drifted = drifted(&selection, &containers, info.swap_limit);
        prepare::drift(context, &compose, &drifted).await?;
        let start =
            start::Start { context, options, selection: &selection, engine: &engine, compose: &compose };
        let outcome = start.run(&containers, &info.time).await?;
        Ok(outcome.report(context, &selection, &engine).await)
    })
}

fn not_alone(error: &LockError) -> Failure {
    let failure = Failure::surroundings("failed to start the stack", error);
    match error {
        LockError::Held(_) => failure.hint("wait for it, or stop it with Ctrl-C where it runs"),
        LockError::Io(_) => failure,
    }
}
