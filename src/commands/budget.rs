//! `stackctl budget check`.

use super::{Context, Exit, Failure, project::Project};
use crate::{
    budget::{Report, Scope, prove},
    resolve::Profiles,
    ui::{Format, Paint, budget as table},
};

/// Prove that every combination fits the budget, or judge the one that `profiles` name.
///
/// # Errors
/// When the stack has errors (exit 1) or a profile is unknown (exit 2).
pub fn check(context: &Context, profiles: &[String]) -> Result<Exit, Failure> {
    let project = Project::load(context)?;
    let selected = project.select(profiles)?;
    project.require_valid(context, "check the budget")?;
    let stack = &project.parsed.stack;
    let Some(budget) = &stack.budget else {
        return Err(Failure::new(Exit::Judged, "failed to check the budget: the stack has none"));
    };
    let scope = if profiles.is_empty() { Scope::Every } else { Scope::Combination(selected) };
    let verdict = prove(&Profiles::new(stack), budget, &scope);
    context.printer.data(&match context.format {
        Format::Json => serde_json::to_string_pretty(&Report::new(&verdict)).unwrap_or_default() + "\n",
        Format::Human => {
            let paint = Paint { on: context.printer.colors_stdout() };
            table::human(&stack.name, &verdict, scope != Scope::Every, paint)
        }
    });
    Ok(if verdict.fits { Exit::Done } else { Exit::Judged })
}
