//! What loading a project takes and gives.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::{decision::Decision, node::Node};
use crate::diag::Diagnostic;

/// What to load.
#[derive(Debug, Clone, Copy)]
pub struct Request<'r> {
    /// The folder that relative names count from: the working directory.
    pub folder: &'r Path,
    /// The files, in the order in which they are merged. None: those that Compose finds in the folder or above it.
    pub files: &'r [PathBuf],
    /// The variables of the shell.
    pub shell: &'r BTreeMap<String, String>,
}

/// A project that was loaded.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// Everything in one tree, in Compose's own shape and with the author's short and long forms: merged, without `include`, `extends`
    /// and tags. Relative paths count from the project's folder.
    pub root: Node,
    /// The files that were read; places of the tree count from this list.
    pub sources: Vec<Source>,
    /// The name that Compose derives.
    pub name: String,
    /// The folder that relative paths count from, and in which `.env` is looked for.
    pub folder: PathBuf,
    /// The profiles of `COMPOSE_PROFILES`.
    pub profiles: Vec<String>,
    /// What could not be kept as it was written.
    pub decisions: Vec<Decision>,
    /// What works and should be known.
    pub warnings: Vec<Diagnostic>,
}

/// A file that was read.
#[derive(Debug, Clone)]
pub struct Source {
    /// The file, relative to the folder of the request where it is inside it.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}
