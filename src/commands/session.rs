//! What the commands of the running stack share: a selection as Compose gets it.

use std::{fs::File, path::Path, sync::Arc};

use super::{Context, Exit, Failure, project::Project};
use crate::{
    check,
    engine::{
        compose::{Compose, ComposeError},
        lock::{self, LockError, Purpose},
        progress::{Progress, Step},
        selection,
    },
    model::{Mask, PathBase},
    render::{COMPOSE_FILE, FOLDER, overlay_file},
    resolve::ResolvedStack,
};

/// Compose for a selection: the generated file, the overlays of what is enabled, the selected profiles. Variables of the
/// caller that are removed from its environment are printed with `-v`.
pub fn compose(context: &Context, project: &Project, selection: &ResolvedStack<'_>) -> Compose {
    let overlays = selection.overlays().map(overlay_file);
    let files: Vec<String> = [COMPOSE_FILE.to_owned()]
        .into_iter()
        .chain(overlays)
        .map(|file| format!("{FOLDER}/{file}"))
        .collect();
    let base = PathBase::of(selection.stack);
    let private = check::env::private(&project.root, selection.stack, &project.env);
    let mask = Mask::new(private.iter().map(String::as_str), &project.parsed.text);
    let engine = Arc::clone(&context.engine);
    let compose =
        Compose::new(engine, &project.root, &selection.stack.name, &files, base, &selection.selected)
            .hiding(mask);
    let removed = compose.removed_variables();
    if !removed.is_empty() {
        context
            .printer
            .detail(&format!("removed from the environment of Docker Compose: {}", removed.join(", ")));
    }
    compose
}

/// What Compose warns of.
pub fn warn(context: &Context, warnings: &[String]) {
    for warning in warnings {
        context.printer.note(&warning_of_compose(warning));
    }
}

/// A warning of Compose's as it is shown.
pub fn warning_of_compose(warning: &str) -> String {
    format!("warning: Docker Compose: {warning}")
}

/// The lock of the stack, for a command that is to do something (`to`).
///
/// # Errors
/// When another command has it, or the file cannot be made (exit 3).
pub fn take_lock(root: &Path, purpose: Purpose, to: &str) -> Result<File, Failure> {
    lock::take(root, purpose).map_err(|error| lock_failure(to, error))
}

/// The same for a command that works with what `up` started. None where the folder cannot be written, as `up` cannot start
/// anything from there.
///
/// # Errors
/// As [`take_lock`].
pub fn take_lock_if_writable(root: &Path, purpose: Purpose, to: &str) -> Result<Option<File>, Failure> {
    match lock::take(root, purpose) {
        Err(error) if error.is_not_writable() => Ok(None),
        taken => taken.map(Some).map_err(|error| lock_failure(to, error)),
    }
}

/// The failure of a command that needs the lock of the stack, and does not get it.
pub fn lock_failure(to: &str, error: LockError) -> Failure {
    let is_held = matches!(error, LockError::Held(_));
    let failure = Failure::surroundings(format!("failed to {to}"), error);
    if is_held { failure.hint("wait for it, or stop it with Ctrl-C where it runs") } else { failure }
}

/// Run Compose to its end; `step` is given each step.
///
/// # Errors
/// When it cannot be started or fails: what it printed are the causes.
pub async fn run_compose(
    context: &Context,
    compose: &Compose,
    arguments: &[&str],
    mut step: impl FnMut(&Step),
) -> Result<(), Failure> {
    let mut running = compose.start(arguments)?;
    let mut printed = Vec::new();
    while let Some(progress) = running.next().await? {
        match progress {
            Progress::Step(reached) => step(&reached),
            // That there is nothing to remove is reported at the end.
            Progress::Warning(warning) if warning.starts_with("No resource found") => {}
            Progress::Warning(warning) => warn(context, compose.first(warning).as_slice()),
            Progress::Message { text, .. } | Progress::Text(text) => printed.push(text),
        }
    }
    match running.end().await {
        Ok(()) => Ok(()),
        Err(error) => Err(compose_failure(context, error, &printed).await),
    }
}

/// The failure of a run of Compose: the lines that it printed are its causes, and a Compose that is missing or too old
/// is named first.
pub async fn compose_failure(context: &Context, error: ComposeError, printed: &[String]) -> Failure {
    match Compose::version(&*context.engine).await {
        Err(missing) => missing.into(),
        Ok(_) => Failure::from(error).caused_by(printed.iter().cloned()),
    }
}

/// The selection that a question is about: what the command line says, else what the last `up` selected, as far as
/// stack.toml still has it.
///
/// # Errors
/// When a profile on the command line is unknown (exit 2).
pub fn last_selection(
    context: &Context,
    project: &Project,
    profiles: &[String],
) -> Result<Vec<String>, Failure> {
    if !profiles.is_empty() {
        return project.select(context, profiles);
    }
    let known = &project.parsed.stack.profiles;
    let last = selection::load(&project.root).map(|last| last.profiles);
    let mut selected = last.unwrap_or_else(|| project.default_selection());
    selected.retain(|name| known.contains_key(name));
    Ok(selected)
}

/// The failure of a question about a project of the engine of which there is nothing.
pub fn no_project(name: &str) -> Failure {
    Failure::new(Exit::Judged, format!("the engine has nothing of a project {name:?}"))
        .hint("`stackctl top --all` lists its projects")
}

/// The stack for [`last_selection`]: where the last `up` was given services, and the command line names no profile (`asked`),
/// these alone.
pub fn last_stack<'a>(project: &'a Project, selected: &[String], asked: &[String]) -> ResolvedStack<'a> {
    let mut stack = project.resolved(selected);
    let last = selection::load(&project.root).filter(|_| asked.is_empty());
    if let Some(services) = last.and_then(|last| last.services) {
        stack.services.retain(|name, _| services.iter().any(|it| it == name));
    }
    stack
}
