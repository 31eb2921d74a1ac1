//! Several files become one tree: each is read, what it extends and includes is brought in, and it is merged over those before it.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::{Path, PathBuf},
};

use super::{
    codes::{ALIAS_EXPANSION, MERGE_CONFLICT, MISSING_FILE},
    decision::Decision,
    document,
    loaded::Source,
    merge::merge,
    node::{Node, Place, Value},
    paths::clean,
    tags,
};
use crate::{
    diag::{self, Code, Diagnostic},
    fs,
    source::parse::EMPTY_FILE,
};

/// The most values that services may hold together when what they extend is written out.
const MAX_COPIED: usize = 1_000_000;

/// Reads files, and collects what is wrong with them.
pub(super) struct Loader<'l> {
    /// The folder that all paths count from.
    pub(super) here: &'l Path,
    pub(super) sources: Vec<Source>,
    pub(super) mistakes: Vec<Diagnostic>,
    pub(super) decisions: Vec<Decision>,
    /// Files with services that were extended.
    pub(super) extended: HashMap<PathBuf, File>,
    copied: usize,
}

/// From where a list of files is seen.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    /// The folder that their relative paths count from.
    pub(super) folder: PathBuf,
    /// The values of variables.
    pub(super) values: BTreeMap<String, String>,
    /// Those of them that only the env files of includes know.
    pub(super) known: BTreeMap<String, String>,
    /// The files that include each other down to this list.
    pub(super) chain: Vec<PathBuf>,
}

impl Scope {
    /// The value of a variable.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }
}

/// A file that is being brought in.
pub(super) struct File {
    /// Its path.
    pub(super) path: PathBuf,
    /// The folder that its relative paths count from.
    pub(super) folder: PathBuf,
    /// Its tree, without tags.
    pub(super) root: Node,
    /// What it takes out of what is before it.
    pub(super) tags: Vec<tags::Path>,
    /// The position of each service.
    pub(super) services: HashMap<String, usize>,
}

impl<'l> Loader<'l> {
    pub(super) fn new(here: &'l Path) -> Self {
        Self {
            here,
            sources: Vec::new(),
            mistakes: Vec::new(),
            decisions: Vec::new(),
            extended: HashMap::new(),
            copied: 0,
        }
    }

    /// One tree out of files, in the order in which they are merged. A file that holds nothing counts for nothing beside others.
    pub(super) fn layers(&mut self, files: &[PathBuf], scope: &Scope) -> Node {
        let mut merged: Option<Node> = None;
        let before = self.mistakes.len();
        for path in files {
            let Some(mut file) = self.read(path, &scope.folder, None) else { continue };
            self.extend_all(&mut file, scope);
            if let Some(merged) = &mut merged {
                tags::apply(merged, &file.tags);
            }
            self.include_all(&mut file, scope);
            merged = Some(match merged {
                Some(merged) => self.merge(merged, file.root),
                None => file.root,
            });
        }
        let is_empty = |found: &Diagnostic| found.code == &EMPTY_FILE;
        if merged.is_some() {
            let late = self.mistakes.split_off(before);
            self.mistakes.extend(late.into_iter().filter(|found| !is_empty(found)));
        }
        merged.unwrap_or_else(|| Node::new(Value::Table(Vec::new()), Place::default()))
    }

    /// Read a file; `None` where it cannot be, which is reported, at the place that names it if there is one.
    pub(super) fn read(&mut self, path: &Path, folder: &Path, named: Option<&Place>) -> Option<File> {
        let path = clean(path);
        let bytes = match fs::read_argument(&self.here.join(&path)) {
            Ok(bytes) => bytes,
            Err(error) => {
                let message = format!("failed to read {}: {error}", path.display());
                self.mistakes.push(match named {
                    Some(named) => self.found(&MISSING_FILE, message, named).label("named here"),
                    None => {
                        Diagnostic::new(&MISSING_FILE, message).place(diag::Place::File { path, span: None })
                    }
                });
                return None;
            }
        };
        let document = document::read(&bytes, &path, self.sources.len());
        self.mistakes.extend(document.diagnostics);
        self.sources.push(Source { path: path.clone(), text: document.text });
        let mut root = document.root?;
        let tags = tags::take(&mut root);
        let services = root.get("services").map(Node::entries).unwrap_or_default().iter().enumerate();
        let services = services.map(|(at, service)| (service.key.clone(), at)).collect();
        Some(File { path, folder: folder.to_owned(), root, tags, services })
    }

    /// Merge, and report what cannot be.
    pub(super) fn merge(&mut self, base: Node, over: Node) -> Node {
        self.merge_at(base, over, &mut Vec::new())
    }

    /// The same for values that a path leads to.
    pub(super) fn merge_at(&mut self, base: Node, over: Node, path: &mut Vec<String>) -> Node {
        let mut conflicts = Vec::new();
        let merged = merge(base, over, path, &mut conflicts);
        for conflict in conflicts {
            let message =
                format!("`{}` is a table or a list before, and something else here", conflict.path.join("."));
            self.report(&MERGE_CONFLICT, message, &conflict.node.place);
        }
        merged
    }

    /// Count the values that were copied; whether there are too many, which is reported once.
    pub(super) fn copies_too_much(&mut self, node: &Node, place: &Place) -> bool {
        if self.copied > MAX_COPIED {
            return true;
        }
        self.copied += node.size();
        if self.copied > MAX_COPIED {
            let message = format!("the services that extend others make more than {MAX_COPIED} values");
            self.report(&ALIAS_EXPANSION, message, place);
        }
        self.copied > MAX_COPIED
    }

    pub(super) fn report(&mut self, code: &'static Code, message: impl Into<String>, place: &Place) {
        self.mistakes.push(self.found(code, message, place));
    }

    /// The same where it leaves nothing.
    pub(super) fn reject<T>(
        &mut self,
        code: &'static Code,
        message: impl Into<String>,
        place: &Place,
    ) -> Option<T> {
        self.report(code, message, place);
        None
    }

    /// A mistake at a place.
    pub(super) fn found(&self, code: &'static Code, message: impl Into<String>, place: &Place) -> Diagnostic {
        Diagnostic::new(code, message).place(self.place(place))
    }

    /// A place as diagnostics have it.
    pub(super) fn place(&self, place: &Place) -> diag::Place {
        let path = self.sources.get(place.file).map(|source| source.path.clone()).unwrap_or_default();
        diag::Place::File { path, span: Some(place.span.clone()) }
    }
}

/// Whether two values are the same, places and comments aside.
pub(super) fn equal(one: &Node, other: &Node) -> bool {
    match (&one.value, &other.value) {
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equal(one, other))
        }
        (Value::Table(one), Value::Table(others)) => {
            let keys: HashSet<&str> = one.iter().map(|entry| entry.key.as_str()).collect();
            let same = |other: &super::node::Entry| {
                keys.contains(other.key.as_str())
                    && one.iter().any(|entry| entry.key == other.key && equal(&entry.value, &other.value))
            };
            one.len() == others.len() && others.iter().all(same)
        }
        (one, other) => one == other,
    }
}
