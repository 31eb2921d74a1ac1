//! `stackctl validate`: every rule over every profile combination.

use super::{Context, Exit, Failure, project::Project};
use crate::{
    diag::Severity,
    ui::{counted, report},
};

/// Judge the stack and report everything in one run; as SARIF where that is asked for.
///
/// # Errors
/// When stack.toml cannot be read.
pub fn run(context: &Context, sarif: bool) -> Result<Exit, Failure> {
    let project = Project::load(context)?;
    if sarif {
        project.report_sarif(context);
    } else {
        project.report(context, true);
    }
    let stack = &project.parsed.stack;
    let allowed = project.diagnostics.iter().filter(|found| found.severity == Severity::Note).count();
    let allowed = if allowed > 0 { format!(", {allowed} allowed") } else { String::new() };
    let summary = match report::count(&project.diagnostics) {
        Some(count) => format!("{}: {count}{allowed}", project.shown),
        None => format!(
            "{}: {} and {}, no problems in any combination{allowed}",
            project.shown,
            counted(stack.services.len(), "service"),
            counted(stack.profiles.len(), "profile")
        ),
    };
    context.printer.note(&summary);
    Ok(if project.is_valid() { Exit::Done } else { Exit::Judged })
}
