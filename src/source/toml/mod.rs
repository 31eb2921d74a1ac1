//! TOML as text becomes a tree, or a list of syntax errors.

mod fill;
pub(super) mod parse;
mod pieces;
pub(super) mod yaml;
