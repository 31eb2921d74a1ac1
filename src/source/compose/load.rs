//! The files of a project become one tree.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::{
    document::{self, judge_dates},
    node::{Node, Place},
};
use crate::{
    diag::{Diagnostic, KeyPath},
    fs,
};

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
    /// Everything in one tree, in Compose's own shape and with the author's short and long forms: merged, without `include`, `extends`,
    /// `name`, `version` and tags. Relative paths count from the project's folder.
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
    /// The file, relative to the project's folder where it is inside it.
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

/// Load a project.
///
/// # Errors
/// Every mistake, at its place.
pub fn load(request: &Request<'_>) -> Result<Loaded, Vec<Diagnostic>> {
    let mut loaded = Loaded {
        root: Node::new(super::node::Value::Null, Place::default()),
        sources: Vec::new(),
        name: String::new(),
        folder: request.folder.to_owned(),
        profiles: Vec::new(),
        decisions: Vec::new(),
        warnings: Vec::new(),
    };
    let mut mistakes = Vec::new();
    for path in request.files {
        let bytes = fs::read_argument(&request.folder.join(path)).unwrap_or_default();
        let document = document::read(&bytes, path, loaded.sources.len());
        mistakes.extend(document.diagnostics);
        loaded.sources.push(Source { path: path.clone(), text: document.text });
        if let Some(root) = document.root {
            loaded.root = root;
        }
    }
    let paths: Vec<&Path> = loaded.sources.iter().map(|source| source.path.as_path()).collect();
    judge_dates(&mut loaded.root, &paths, &mut mistakes);
    if mistakes.is_empty() { Ok(loaded) } else { Err(mistakes) }
}
