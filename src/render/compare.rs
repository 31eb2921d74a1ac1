//! Compares the files in `generated/` with the rendered ones.

use std::{borrow::Cow, collections::HashSet, path::Path, time::Duration};

use similar::TextDiff;

use super::{
    manifest::Manifest,
    names::{FOLDER, STAGED_MANIFEST, STAGING},
    output::GeneratedFile,
    path_guard,
    project::Rendered,
    target::Target,
};
use crate::fs::{self, Folder, FolderError, Found};

/// Why a file is not overwritten or removed without `--force`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    /// It differs from what stackctl wrote last.
    Edited,
    /// stackctl never wrote it.
    Foreign,
}

/// One file that differs from the rendered one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change<'a> {
    /// Relative to `generated/`, with `/` between folders.
    pub path: String,
    /// The bytes on disk; `None` when there is no file.
    pub old: Option<Vec<u8>>,
    /// The rendered text; `None` when the file is to be removed.
    pub new: Option<Cow<'a, str>>,
    /// Set when only `--force` changes it.
    pub conflict: Option<Conflict>,
}

impl Change<'_> {
    /// The change as a unified diff.
    pub fn diff(&self) -> String {
        let here = format!("{FOLDER}/{}", self.path);
        let (from, to) = match (&self.old, &self.new) {
            (None, _) => ("/dev/null".to_owned(), here),
            (_, None) => (here, "/dev/null".to_owned()),
            _ => (here.clone(), format!("{here} (rendered)")),
        };
        let old = match std::str::from_utf8(self.old.as_deref().unwrap_or_default()) {
            Ok(old) => old,
            Err(_) => return format!("--- {from}\n+++ {to}\nthe file on the disk is not UTF-8\n"),
        };
        unified_diff((&from, old), (&to, self.new.as_deref().unwrap_or_default()))
    }
}

/// Two texts with their names as a unified diff.
pub fn unified_diff((from, old): (&str, &str), (to, new): (&str, &str)) -> String {
    // One second at most: after that the diff is still correct, but not minimal.
    let diff = TextDiff::configure().timeout(Duration::from_secs(1)).diff_lines(old, new);
    diff.unified_diff().context_radius(3).header(from, to).to_string()
}

/// The differences between `generated/` and the rendered files, the manifest last.
#[derive(Debug, Default)]
pub struct Comparison<'a> {
    /// The files that differ; empty means that `generated/` is fresh.
    pub changes: Vec<Change<'a>>,
}

impl<'a> Comparison<'a> {
    /// Compare `generated/` below `root` with what was rendered, without writing anything.
    ///
    /// # Errors
    /// When a path is a symbolic link or a special file, or a file cannot be read.
    pub fn new(root: &Path, rendered: &'a Rendered) -> Result<Self, FolderError> {
        Self::within(Folder::open(&root.join(FOLDER))?.as_ref(), rendered)
    }

    /// The same for a `generated/` that is already open; `None` where there is none.
    pub(super) fn within(folder: Option<&Folder>, rendered: &'a Rendered) -> Result<Self, FolderError> {
        let mut changes = Vec::new();
        let manifest = |name: &str| match read(folder, name, None) {
            Ok(Found::File(bytes)) => Manifest::parse(&bytes),
            _ => Manifest::default(),
        };
        let own_manifest = rendered.target.manifest();
        let mut known = vec![manifest(own_manifest), manifest(&format!("{STAGING}/{STAGED_MANIFEST}"))];
        let own = known.len();
        // A file that several targets share belongs to all of them.
        let others = Target::ALL.into_iter().filter(|target| *target != rendered.target);
        known.extend(others.map(|target| manifest(target.manifest())));
        let (own, others) = known.split_at(own);
        for GeneratedFile { path, text } in &rendered.files {
            let old = read(folder, path, Some(text))?;
            changes.extend(change(path, old, Some(Cow::Borrowed(text)), &known));
        }
        let wanted: HashSet<&str> = rendered.files.iter().map(|file| file.path.as_str()).collect();
        let theirs: HashSet<&str> = others.iter().flat_map(Manifest::paths).collect();
        let mut gone: Vec<&str> = own
            .iter()
            .flat_map(Manifest::paths)
            .filter(|path| !wanted.contains(path) && !theirs.contains(path) && is_plain(path))
            .collect();
        gone.sort_unstable();
        gone.dedup();
        for path in gone {
            // Something else that took its place is not removed.
            if let Ok(old @ Found::File(_)) = read(folder, path, None) {
                changes.extend(change(path, old, None, &known));
            }
        }
        let text = Manifest::of(&rendered.files).text();
        let old = read(folder, own_manifest, Some(&text))?;
        if let Some(own) = change(own_manifest, old, Some(Cow::Owned(text)), &known) {
            changes.push(Change { conflict: None, ..own });
        }
        Ok(Self { changes })
    }

    /// Whether nothing has to be written.
    pub fn is_fresh(&self) -> bool {
        self.changes.is_empty()
    }

    /// The changes that only `--force` may make.
    pub fn conflicts(&self) -> impl Iterator<Item = &Change<'a>> {
        self.changes.iter().filter(|change| change.conflict.is_some())
    }
}

fn change<'a>(path: &str, old: Found, new: Option<Cow<'a, str>>, known: &[Manifest]) -> Option<Change<'a>> {
    let (old, conflict) = match old {
        Found::Nothing => (None, None),
        // Never written by stackctl.
        Found::Link => (Some(Vec::new()), Some(Conflict::Foreign)),
        Found::File(bytes) if new.as_ref().is_some_and(|new| new.as_bytes() == bytes) => return None,
        Found::File(bytes) => {
            let conflict = if known.iter().any(|manifest| manifest.wrote(path, &bytes)) {
                None
            } else if known.iter().any(|manifest| manifest.paths().any(|known| known == path)) {
                Some(Conflict::Edited)
            } else {
                Some(Conflict::Foreign)
            };
            (Some(bytes), conflict)
        }
    };
    (old.is_some() || new.is_some()).then(|| Change { path: path.to_owned(), old, new, conflict })
}

/// Read the file at a path below `generated/`; one that is far larger than `new` was not written by stackctl.
fn read(folder: Option<&Folder>, path: &str, new: Option<&str>) -> Result<Found, FolderError> {
    let limit = fs::MAX_BYTES.max(new.map_or(0, |new| 2 * new.len()));
    folder.map_or(Ok(Found::Nothing), |folder| folder.read(path, limit))
}

/// Whether a path of a manifest stays inside the folder: the manifest may have been edited.
fn is_plain(path: &str) -> bool {
    path_guard::is_inside(path) && !path_guard::is_reserved(path) && !Target::is_manifest(path)
}
