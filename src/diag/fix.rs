//! Changes to stack.toml as plain data: `validate --fix` makes them, and knows no rule.

use super::KeyPath;

/// A change that is the one answer to a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fix {
    /// The table has to be there, and to have these entries, each with its value in TOML: `[volumes.data]`.
    Add {
        /// The table.
        table: KeyPath,
        /// What it has to hold; what it holds already stays.
        entries: &'static [(&'static str, &'static str)],
    },
    /// A key gets another name; its value, its comments and its place stay.
    Rename {
        /// The key.
        key: KeyPath,
        /// Its name.
        to: String,
    },
}
