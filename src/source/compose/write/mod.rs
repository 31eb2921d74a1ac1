//! A tree of the shape of stack.toml becomes the text of a stack.toml that a person would keep: short forms on one line, long
//! ones as tables or lists of several lines, comments beside their keys.
//!
//! `toml_edit` quotes keys and strings. The layout is this room's own: a document of `toml_edit` carries comments only as the
//! raw text around a key, and leaves every line break to its maker.

mod comment;
mod inline;
mod layout;
#[cfg(test)]
mod reads_back;

pub use layout::write;
