//! Compose files as text become a tree of the shape of stack.toml, and that tree the text of a stack.toml.

mod codes;
mod comments;
mod document;
mod load;
pub mod node;
mod plain;
mod reader;
mod tagged;
pub mod translate;
pub mod write;

pub use load::{Action, Decision, Loaded, Request, Source, load};
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
];
