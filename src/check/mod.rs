//! The rules: a stack in, diagnostics out, over every combination of profiles at once.
//!
//! No rule walks the combinations. Enabling more profiles only activates more services, so whether a combination with
//! a property exists is a question about sets ([`reach`]), and the answer is also the combination that a user is shown.

mod binds;
mod context;
mod edges;
pub mod env;
mod env_grammar;
pub mod ignore_file;
pub mod mask;
mod reach;
mod rules;

use std::{collections::BTreeMap, path::Path};

use crate::{
    diag::{Code, Diagnostic},
    model::Stack,
    source::Document,
};
use context::Context;

/// Everything that a rule may look at.
#[derive(Debug, Clone, Copy)]
pub struct Project<'a> {
    /// The folder of stack.toml.
    pub root: &'a Path,
    /// The stack.
    pub stack: &'a Stack,
    /// stack.toml as it was written, to tell an absent key from one that could not be read.
    pub document: &'a Document,
    /// The variables that Compose interpolates: `.env` of the project and the shell, which wins ([`env::read`]).
    pub env: &'a BTreeMap<String, String>,
    /// What else a stack can be told: the codes of rooms that this one does not know.
    pub codes: &'a [&'static Code],
}

/// The codes of this room, in the order of the rules.
pub fn codes() -> impl Iterator<Item = &'static Code> {
    rules::RULES
        .iter()
        .flat_map(|rule| rule.codes.iter().copied())
        .chain([&env::INVALID_ENV_FILE, &env::DOLLAR_IN_ENV_FILE])
}

/// Every rule over every combination of profiles. Acknowledged warnings are left out; the rest is sorted by place in
/// stack.toml, then by code and message.
pub fn run(project: &Project<'_>) -> Vec<Diagnostic> {
    let context = Context::new(project);
    let mut found = Vec::new();
    for rule in rules::RULES {
        (rule.check)(&context, &mut found);
    }
    let mut found = rules::allow::acknowledge(&context, found);
    found.sort_by_cached_key(|diagnostic| {
        let span = diagnostic.place.as_ref().and_then(|place| project.document.locate(place));
        (span.map_or(usize::MAX, |span| span.start), diagnostic.code.name, diagnostic.message.clone())
    });
    found
}
