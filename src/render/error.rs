//! Errors of rendering.

use super::names::FOLDER;
use crate::diag::Diagnostic;

/// Why rendering failed.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// Errors of the stack or of its templates.
    #[error("the stack has mistakes")]
    Mistakes(Vec<Diagnostic>),
    /// A bug of stackctl: a file would not match stack.toml.
    #[error("{FOLDER}/{file} would not match stack.toml: {detail}")]
    Misread {
        /// The file, relative to `generated/`.
        file: String,
        /// Where the two differ, or why the text is not YAML.
        detail: String,
    },
}

impl From<Vec<Diagnostic>> for RenderError {
    fn from(mistakes: Vec<Diagnostic>) -> Self {
        Self::Mistakes(mistakes)
    }
}
