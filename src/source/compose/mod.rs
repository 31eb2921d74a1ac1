//! Compose files as text become a tree of the shape of stack.toml, and that tree the text of a stack.toml.

mod codes;
mod comments;
mod decision;
mod document;
mod extends;
mod include;
mod known;
mod layers;
mod load;
mod loaded;
mod merge;
mod moved;
pub mod node;
mod pairs;
mod paths;
mod plain;
mod project;
mod reader;
mod relocate;
mod short;
mod tagged;
mod tags;
mod top;
pub mod translate;
mod unique;
pub(super) mod view;
pub mod write;

pub use document::{Document, read};
pub use load::load;
pub use loaded::{Loaded, Request, Source};
pub use moved::move_to;
pub use plain::text_of;

use crate::diag::Code;

/// Every code that reading Compose files can report, beside those it shares with reading stack.toml.
pub static CODES: &[&Code] = &[
    &codes::NOT_YAML,
    &codes::SEVERAL_DOCUMENTS,
    &codes::UNKNOWN_TAG,
    &codes::UNDEFINED_ANCHOR,
    &codes::ALIAS_EXPANSION,
    &codes::BAD_MERGE,
    &codes::NON_STRING_KEY,
    &codes::DATE_VALUE,
    &codes::MERGE_CONFLICT,
    &codes::MISSING_FILE,
    &codes::SEVERAL_COMPOSE_FILES,
    &codes::BAD_EXTENDS,
    &codes::EXTENDS_CYCLE,
    &codes::BAD_INCLUDE,
    &codes::REMOTE_INCLUDE,
    &codes::INCLUDE_CYCLE,
    &codes::INCLUDE_CONFLICT,
    &codes::BAD_PROJECT_NAME,
];
