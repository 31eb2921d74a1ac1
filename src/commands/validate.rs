//! `stackctl validate`: every rule over every profile combination.

use super::{Context, Exit, Failure, project::Project};
use crate::ui::{counted, report};

/// Judge the stack and report everything in one run.
///
/// # Errors
/// When stack.toml cannot be read.
pub fn run(context: &Context) -> Result<Exit, Failure> {
    let project = Project::load(context)?;
    project.report(context, true);
    let stack = &project.parsed.stack;
    let summary = match report::count(&project.diagnostics) {
        Some(count) => format!("{}: {count}", project.shown),
        None => format!(
            "{}: {} and {}, no problems in any combination",
            project.shown,
            counted(stack.services.len(), "service"),
            counted(stack.profiles.len(), "profile")
        ),
    };
    context.printer.note(&summary);
    Ok(if project.is_valid() { Exit::Done } else { Exit::Judged })
}
