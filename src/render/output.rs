//! Rendered files.

use crate::model::Value;

/// One file of `generated/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneratedFile {
    /// Relative to `generated/`, with `/` between folders.
    pub path: String,
    /// Its whole text.
    pub text: String,
}

/// A YAML file with the tree that its text was written from.
#[derive(Debug)]
pub struct Document {
    /// The file.
    pub file: GeneratedFile,
    /// The tree that its text must read back as.
    pub tree: Value,
}
