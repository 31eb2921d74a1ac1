//! A Compose file in the place of stack.toml: read as if it were imported, with findings at its own lines, and nothing written.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

pub use crate::source::files::is_compose;

use super::{Exit, Failure, environment::variables};
use crate::{
    check::{self, env::Environment},
    diag::{Diagnostic, Place},
    source::{
        self, Parsed,
        compose::{
            self, Loaded, Source, node,
            translate::{self, Options, Translated},
        },
        files::shorten,
    },
};

/// What a Compose file gives.
#[derive(Debug)]
pub struct Read {
    /// The folder that relative paths count from.
    pub root: PathBuf,
    /// The stack; not whole where the files cannot be loaded.
    pub parsed: Parsed,
    /// What is wrong with the files, beside what the parsed stack has.
    pub mistakes: Vec<Diagnostic>,
    /// What Compose interpolates.
    pub env: Environment,
}

/// Read a Compose file and what it includes. Mistakes in it are diagnostics.
pub fn read(path: &Path, here: &Path) -> Read {
    let root = path.parent().unwrap_or(here);
    let shell: BTreeMap<String, String> = variables().collect();
    let files = [PathBuf::from(path.file_name().unwrap_or_default())];
    match compose::load(&compose::Request { folder: root, files: &files, shell: &shell }) {
        Ok(loaded) => translated(loaded, root, here),
        Err(mistakes) => {
            let nothing = node::Node::new(node::Value::Table(Vec::new()), node::Place::default());
            let parsed = source::parse_compose(&nothing, &[], &source::Values::default());
            let parsed = Parsed { is_whole: false, ..parsed };
            let mistakes = mistakes.into_iter().map(|found| below(found, root, here)).collect();
            Read { root: here.to_owned(), parsed, mistakes, env: check::env::read(root, variables()) }
        }
    }
}

/// A project with files that are named from the folder `from`.
fn translated(loaded: Loaded, from: &Path, here: &Path) -> Read {
    let Loaded { root: tree, sources, name, folder, profiles, warnings, .. } = loaded;
    let env = check::env::read(&folder, variables());
    let lookup = |name: &str| env.values.get(name).map(String::as_str);
    // Keys that are only anchors are read too: Compose puts variables in them all the same.
    let options = Options { name: &name, enabled: &profiles, lookup: &lookup, is_anchor: &|_| false };
    let Translated { tree, refused, .. } = translate::translate(tree, &options);
    let paths: Vec<PathBuf> = sources.iter().map(|source| source.path.clone()).collect();
    let shown = |source: Source| Source { path: shorten(&from.join(&source.path), here).into(), ..source };
    let sources: Vec<Source> = sources.into_iter().map(shown).collect();
    let parsed = source::parse_compose(&tree, &sources, &env.proof_values());
    let at = |place: &node::Place| {
        let start = parsed.document.files().nth(place.file).map_or(0, |(_, bytes)| bytes.start);
        Place::Span(start + place.span.start..start + place.span.end)
    };
    let refused = refused.into_iter().map(|(place, found)| found.place(at(&place)));
    let in_document = |mut found: Diagnostic| {
        if let Some(Place::File { path, span }) = &found.place
            && let Some(file) = paths.iter().position(|known| known == path)
        {
            found.place = Some(at(&node::Place { file, span: span.clone().unwrap_or_default() }));
        }
        found
    };
    let mistakes = refused.chain(warnings.into_iter().map(in_document)).collect();
    Read { root: folder, parsed, mistakes, env }
}

/// A finding of the loader, in which files count from a folder, as seen from here.
fn below(mut found: Diagnostic, folder: &Path, here: &Path) -> Diagnostic {
    let seen = |place: &mut Place| {
        if let Place::File { path, .. } | Place::Unshown { path, .. } = place {
            *path = shorten(&folder.join(&*path), here).into();
        }
    };
    found.all_places_mut().for_each(seen);
    found
}

/// The failure of a command that needs a stack.toml (exit 2).
pub fn refused(path: &Path) -> Failure {
    let path = path.display();
    Failure::new(Exit::Usage, format!("{path} is a Compose file, and this command needs a stack.toml"))
        .hint(format!("`stackctl import {path}` makes a stack.toml of it"))
        .hint("a Compose file itself is read by `validate`, `budget check`, `graph`, `top`, `status` and `logs`")
}
