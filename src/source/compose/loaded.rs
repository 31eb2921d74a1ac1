//! What loading a project takes and gives.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::node::{Node, Place};
use crate::diag::{Diagnostic, KeyPath};

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

/// Something that could not be kept as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What was done.
    pub action: Action,
    /// The value, in the words of Compose's canonical JSON.
    pub path: KeyPath,
    /// What was written; never a secret.
    pub from: Option<String>,
    /// What the tree holds instead.
    pub to: Option<String>,
    /// Why, and what to do.
    pub help: String,
    /// Where it is written.
    pub place: Option<Place>,
}

/// What was done with something that could not be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// A present value stands where a variable was.
    Resolved,
    /// It is not in the tree.
    Lost,
}
