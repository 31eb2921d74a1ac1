//! The rules: a stack in, diagnostics out, over every combination of profiles at once.
//!
//! No rule walks the combinations. Enabling more profiles only activates more services, so whether a combination with
//! a property exists is a question about sets ([`reach`]), and the answer is also the combination that a user is shown.

mod binds;
mod circles;
mod context;
mod edges;
pub mod env;
pub mod ignore_file;
pub mod in_compose;
pub mod mask;
mod reach;
mod rules;

pub use context::Project;
pub use edges::with_needs;

use crate::diag::{Code, Diagnostic};
use context::Context;

/// The codes of this room, in the order of the rules.
pub fn codes() -> impl Iterator<Item = &'static Code> {
    rules::RULES
        .iter()
        .flat_map(|rule| rule.codes.iter().copied())
        .chain([&crate::source::env_file::INVALID_ENV_FILE, &env::DOLLAR_IN_ENV_FILE])
}

/// Every rule over every combination of profiles. Acknowledged warnings are left out, and allowed errors are notes; the
/// rest is sorted by place in stack.toml, then by code and message.
pub fn run(project: &Project<'_>) -> Vec<Diagnostic> {
    let context = Context::new(project, codes());
    let found = rules::allow::acknowledge(&context, every_rule(&context));
    in_order(project, found)
}

/// The allowed errors with which `up` of one selection ends: those that make Compose refuse it, and two containers that take
/// one port. The stack has no other error.
pub fn stopping(project: &Project<'_>, selected: &[impl AsRef<str>]) -> Vec<Diagnostic> {
    let selected: Vec<&str> = selected.iter().map(AsRef::as_ref).collect();
    let mut context = Context::new(project, codes());
    context.reach.only(&selected);
    let found = rules::allow::stopping(&context, every_rule(&context), &selected);
    in_order(project, found)
}

fn every_rule(context: &Context<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for rule in rules::RULES {
        (rule.check)(context, &mut found);
    }
    found
}

fn in_order(project: &Project<'_>, mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    found.sort_by_cached_key(|diagnostic| {
        let span = diagnostic.place.as_ref().and_then(|place| project.document.locate(place));
        (span.map_or(usize::MAX, |span| span.start), diagnostic.code.name, diagnostic.message.clone())
    });
    found
}
