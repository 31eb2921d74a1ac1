//! `stackctl compose -- ARGS`: any command of Docker Compose, with the project, files and profiles of this stack.

use std::env;

use anyhow::Context as _;

use super::{
    Context, Exit, Failure,
    project::Project,
    runtime::block_on,
    session::{compose, last_selection, lock_failure},
    up,
};
use crate::engine::{
    compose::Compose,
    lock::{self, LockError, Purpose},
};

/// Become `docker compose` with these arguments. `asked` are the profiles of the command line; without, those of the last `up` are
/// taken.
///
/// # Errors
/// When the stack has errors or files were edited by hand (exit 1), a profile is unknown (exit 2), or there is no Compose (exit 3).
/// Otherwise Compose's own exit code is kept.
pub fn run(context: &Context, asked: &[String], arguments: &[String]) -> Result<Exit, Failure> {
    let project = Project::load_to_start(context)?;
    project.require_valid_aside(context, "run Docker Compose")?;
    let selected = last_selection(context, &project, asked)?;
    refresh(context, &project)?;
    let selection = project.resolved(&selected);
    let here = env::current_dir().context("failed to find the current folder")?;
    let compose = compose(context, &project, &selection).called_from(&here);
    block_on(async { Ok(Compose::version(&*context.engine).await?) })?;
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    context.printer.detail(&compose.line(&arguments));
    Ok(Exit::of_program(compose.take_over(&arguments)?))
}

/// The files that Compose reads, as stack.toml has them. Another command that changes the stack has made them already.
fn refresh(context: &Context, project: &Project) -> Result<(), Failure> {
    match lock::take(&project.root, Purpose::Up) {
        Ok(_lock) => up::files(context, project),
        Err(LockError::Held(_)) => Ok(()),
        Err(error) if error.is_not_writable() => Ok(()),
        Err(error) => Err(lock_failure("run Docker Compose", error)),
    }
}
