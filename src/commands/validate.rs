//! `stackctl validate`: every rule over every profile combination, and the fixes that have one answer.

use super::{Context, Exit, Failure, compose_file::is_compose, project::Project, render::painted};
use crate::{
    budget::{Scope, prove},
    diag::Fix,
    render::unified_diff,
    resolve::Profiles,
    source::{
        edit::{self, EditError},
        mend::mend,
    },
    ui::{Format, budget, counted, report},
};

/// How to validate.
#[derive(Debug, Clone, Copy, Default)]
pub struct ValidateOptions {
    /// Report as SARIF.
    pub sarif: bool,
    /// What becomes of mistakes that have one answer.
    pub fix: Fixing,
}

/// What becomes of mistakes that have one answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Fixing {
    /// They are reported.
    #[default]
    Report,
    /// The changes are shown too.
    Show,
    /// The changes are shown and written into stack.toml.
    Write,
}

/// Each round may show what only its fixes made readable.
const ROUNDS: usize = 8;

/// Judge the stack and report everything in one run; as SARIF where that is asked for.
///
/// # Errors
/// When stack.toml cannot be read (exit 3), or fixes are asked for of a Compose file (exit 2).
pub fn run(context: &Context, options: ValidateOptions) -> Result<Exit, Failure> {
    if options.fix != Fixing::Report
        && let Some(path) = context.file.as_deref().filter(|path| is_compose(path))
    {
        let path = path.display();
        let message = format!("`--fix` changes stack.toml only, and {path} is a Compose file");
        return Err(Failure::new(Exit::Usage, message)
            .hint(format!("`stackctl import {path}` makes a stack.toml of it"))
            .hint("`stackctl validate` without `--fix` reports what is to be changed by hand"));
    }
    let project = Project::load(context)?;
    let project = match options.fix {
        Fixing::Report => project,
        fix => fixed(context, project, options.sarif, fix)?,
    };
    if options.sarif {
        project.report_sarif(context);
    } else {
        project.report(context, true);
    }
    let stack = &project.parsed.stack;
    let allowed = project.diagnostics.iter().filter(|found| found.is_allowed()).count();
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
    if !project.is_valid() {
        return Ok(Exit::Judged);
    }
    let verdict = prove(&Profiles::new(stack), &stack.budget, &Scope::Every);
    if let Some(over) = budget::over_in_short(&verdict) {
        context.printer.note(&format!("budget: {over}; see `stackctl budget check`"));
    }
    Ok(Exit::Done)
}

/// Show what the fixes change, and write it; the project as it then is on the disk.
fn fixed(context: &Context, project: Project, sarif: bool, fix: Fixing) -> Result<Project, Failure> {
    let (mended, made) = mended(&project).map_err(|error| Failure::not_changed(&project.shown, error))?;
    let Some(mended) = mended else {
        context.printer.note(&format!("{}: nothing that `--fix` can change", project.shown));
        return Ok(project);
    };
    let named = format!("{} (fixed)", project.shown);
    let diff = unified_diff((&project.shown, &project.parsed.text), (&named, &mended.parsed.text));
    // For programs, stdout is the list of findings.
    if sarif || context.format == Format::Json {
        context.printer.painted(painted(&diff, context.printer.paint_stderr()).trim_end());
    } else {
        context.printer.page(&painted(&diff, context.printer.paint()));
    }
    let changes = counted(made, "change");
    if fix == Fixing::Show {
        context.printer.note(&format!("{}: `stackctl validate --fix` makes {changes}", project.shown));
        return Ok(project);
    }
    edit::replace(&project.path, project.parsed.text.as_bytes(), &mended.parsed.text)
        .map_err(|error| Failure::not_changed(&project.shown, error))?;
    context.printer.note(&format!("{}: {changes} written", project.shown));
    Ok(mended)
}

/// The project with every fix made, until nothing is left that one changes, and how many were made.
fn mended(project: &Project) -> Result<(Option<Project>, usize), EditError> {
    let (mut mended, mut made): (Option<Project>, usize) = (None, 0);
    for _ in 0..ROUNDS {
        let now = mended.as_ref().unwrap_or(project);
        let to_fix = now.diagnostics.iter().filter(|found| !found.is_allowed());
        let fixes: Vec<Fix> = to_fix.flat_map(|found| found.fixes.iter().cloned()).collect();
        if fixes.is_empty() || !now.parsed.is_whole {
            break;
        }
        let (text, changes) = mend(&now.parsed.text, &fixes)?;
        if changes == 0 {
            break;
        }
        mended = Some(now.with_text(&text));
        made += changes;
    }
    Ok((mended, made))
}
