//! Writes `generated/`, all or nothing: new files are staged, flushed and renamed; an error restores the old ones.

use std::path::Path;

use super::{
    compare::Comparison,
    names::{FOLDER, STAGED_MANIFEST, STAGING},
    project::Rendered,
    target::Target,
};
use crate::fs::{self, Folder, FolderError};

/// What [`write`] did.
#[derive(Debug)]
pub enum Outcome<'a> {
    /// Every file was up to date; nothing was written.
    Fresh,
    /// These files were written or removed.
    Written(Comparison<'a>),
    /// Nothing was written: some files have conflicts ([`Comparison::conflicts`]).
    Refused(Comparison<'a>),
}

/// Update `generated/` below `root` to the rendered files. Files that were edited by hand, and files that stackctl never wrote,
/// are changed only with `force`. Two processes wait for each other. No symbolic link is followed: a repository can hold one
/// that leads into `.git`.
///
/// # Errors
/// As [`Comparison::new`], and when a file cannot be written. Then every old file is unchanged, and nothing
/// new is left behind.
pub fn write<'a>(root: &Path, rendered: &'a Rendered, force: bool) -> Result<Outcome<'a>, FolderError> {
    let path = root.join(FOLDER);
    let failed = |source| FolderError::Io { doing: "create", path: path.clone(), source };
    let (folder, is_new) = match Folder::open(&path)? {
        Some(folder) => (folder, false),
        None => {
            fs::create_folders(&path, 0o755).map_err(failed)?;
            let gone = || failed(std::io::ErrorKind::NotFound.into());
            (Folder::open(&path)?.ok_or_else(gone)?, true)
        }
    };
    let mut undo = Undo::default();
    let result = replace(&folder, rendered, force, &mut undo);
    if result.is_err() {
        undo.remove_folders(&folder);
        if is_new {
            let _ = std::fs::remove_dir(&path);
        }
    }
    result
}

/// The part that happens under the lock.
fn replace<'a>(
    folder: &Folder,
    rendered: &'a Rendered,
    force: bool,
    undo: &mut Undo,
) -> Result<Outcome<'a>, FolderError> {
    let _lock = folder.lock()?;
    let comparison = Comparison::within(Some(folder), rendered)?;
    if !force && comparison.conflicts().next().is_some() {
        return Ok(Outcome::Refused(comparison));
    }
    if !comparison.is_fresh() {
        let done = stage(folder, &comparison).and_then(|()| commit(folder, &comparison, undo));
        if let Err(error) = done {
            // Old files that cannot be put back stay in the staging folder.
            if undo.restore_files(folder) {
                remove_staging(folder);
            }
            return Err(error);
        }
        for change in comparison.changes.iter().filter(|change| change.new.is_none()) {
            remove_empty(folder, &change.path);
        }
    }
    remove_staging(folder);
    // Containers that do not run as root read the files: a clone under a strict umask gets its modes back.
    for file in &rendered.files {
        folder.open_to_all(&file.path)?;
    }
    Ok(if comparison.is_fresh() { Outcome::Fresh } else { Outcome::Written(comparison) })
}

fn staged(index: usize, path: &str) -> String {
    if Target::is_manifest(path) {
        format!("{STAGING}/{STAGED_MANIFEST}")
    } else {
        format!("{STAGING}/{index}")
    }
}

fn stage(folder: &Folder, comparison: &Comparison<'_>) -> Result<(), FolderError> {
    folder.remove_all(STAGING)?;
    folder.create_folder(STAGING, 0o755)?;
    for (index, change) in comparison.changes.iter().enumerate() {
        if let Some(text) = &change.new {
            folder.create_file(&staged(index, &change.path), text.as_bytes(), 0o644)?;
        }
    }
    Ok(())
}

/// Put every staged file into its place, the manifest last: it is the last change.
fn commit(folder: &Folder, comparison: &Comparison<'_>, undo: &mut Undo) -> Result<(), FolderError> {
    for (index, change) in comparison.changes.iter().enumerate() {
        let path = &change.path;
        for parent in parents(path) {
            if folder.create_folder(parent, 0o755)? {
                undo.folders.push(parent.to_owned());
            }
        }
        let backup = format!("{STAGING}/{index}.old");
        if change.old.is_some() {
            folder.keep(path, &backup)?;
        }
        match &change.new {
            Some(_) => folder.rename(&staged(index, path), path)?,
            None => folder.remove_file(path)?,
        }
        undo.files.push((path.clone(), change.old.is_some().then_some(backup)));
    }
    let parent = |path: &str| path.rsplit_once('/').map(|(parent, _)| parent.to_owned());
    let mut changed: Vec<&str> = undo.files.iter().map(|(path, _)| path.as_str()).collect();
    changed.sort_unstable_by_key(|path| parent(path));
    changed.dedup_by_key(|path| parent(path));
    changed.into_iter().for_each(|path| folder.flush_parent(path));
    Ok(())
}

/// The folders of a path, the outermost first.
fn parents(path: &str) -> impl DoubleEndedIterator<Item = &str> {
    path.match_indices('/').map(|(end, _)| &path[..end])
}

/// Remove the folders that a removed file leaves empty.
fn remove_empty(folder: &Folder, path: &str) {
    for parent in parents(path).rev() {
        if folder.remove_folder(parent).is_err() {
            break;
        }
    }
}

fn remove_staging(folder: &Folder) {
    // A failure is reported when the folder is created the next time.
    let _ = folder.remove_all(STAGING);
}

/// What a failed write has to undo.
#[derive(Default)]
struct Undo {
    /// Files in the order in which they were changed, each with what it was.
    files: Vec<(String, Option<String>)>,
    /// Folders in the order in which they were made.
    folders: Vec<String>,
}

impl Undo {
    /// Every file as it was; false where one could not be put back.
    fn restore_files(&mut self, folder: &Folder) -> bool {
        let mut all = true;
        for (path, backup) in self.files.drain(..).rev() {
            let done = match backup {
                Some(backup) => folder.rename(&backup, &path),
                None => folder.remove_file(&path),
            };
            all &= done.is_ok();
        }
        all
    }

    fn remove_folders(&mut self, folder: &Folder) {
        for path in self.folders.drain(..).rev() {
            let _ = folder.remove_folder(&path);
        }
    }
}
