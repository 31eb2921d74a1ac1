//! Into `generated/`, all or nothing: new files are staged beside their places, flushed, and renamed; what goes wrong on
//! the way puts the old ones back.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use super::{
    FOLDER, MANIFEST_FILE, Rendered, SWARM_MANIFEST_FILE,
    compare::{Change, Comparison, STAGED_MANIFEST, STAGING, WriteError},
};

/// What [`write`] did.
#[derive(Debug)]
pub enum Outcome<'a> {
    /// Everything was as it should be; nothing was written.
    Fresh,
    /// These files were written or removed.
    Written(Comparison<'a>),
    /// Nothing was written: some files are not stackctl's to change ([`Comparison::conflicts`]).
    Refused(Comparison<'a>),
}

/// Bring `generated/` below `root` to what was rendered. Files that a person edited, and files that stackctl never wrote,
/// are changed only with `force`. Two processes wait for each other.
///
/// # Errors
/// As [`Comparison::new`], and when a file cannot be written. Then every old file is whole and where it was, and nothing
/// new is left behind.
pub fn write<'a>(root: &Path, rendered: &'a Rendered, force: bool) -> Result<Outcome<'a>, WriteError> {
    let folder = root.join(FOLDER);
    if !folder.is_dir() {
        // What is there instead is named before anything is made. A folder that is there is looked at under its lock:
        // another process may be halfway through.
        Comparison::new(root, rendered)?;
    }
    let mut undo = Undo::default();
    let result = undo.create_folder(&folder).and_then(|()| replace(root, rendered, force, &mut undo));
    if result.is_err() {
        undo.remove_folders();
    }
    result
}

/// The part that happens under the lock.
fn replace<'a>(
    root: &Path,
    rendered: &'a Rendered,
    force: bool,
    undo: &mut Undo,
) -> Result<Outcome<'a>, WriteError> {
    let folder = root.join(FOLDER);
    let staging = folder.join(STAGING);
    let _lock = lock(&folder)?;
    let comparison = Comparison::new(root, rendered)?;
    if !force && comparison.conflicts().next().is_some() {
        return Ok(Outcome::Refused(comparison));
    }
    if !comparison.is_fresh() {
        let done = stage(&staging, &comparison).and_then(|()| commit(&folder, &staging, &comparison, undo));
        if let Err(error) = done {
            // Old files that cannot be put back stay in the staging folder.
            if undo.restore_files() {
                remove_staging(&staging);
            }
            return Err(error);
        }
        for change in comparison.changes.iter().filter(|change| change.new.is_none()) {
            remove_empty(&folder, change);
        }
    }
    remove_staging(&staging);
    readable(rendered, &folder)?;
    Ok(if comparison.is_fresh() { Outcome::Fresh } else { Outcome::Written(comparison) })
}

/// An advisory lock on the folder itself: it leaves no file behind and ends with the process.
fn lock(folder: &Path) -> Result<Option<File>, WriteError> {
    if cfg!(not(unix)) {
        return Ok(None);
    }
    let file = File::open(folder).map_err(WriteError::io("open", folder))?;
    match file.lock() {
        // A file system without locks: a second process is then not waited for.
        Err(error) if error.kind() != io::ErrorKind::Unsupported => {
            Err(WriteError::io("lock", folder)(error))
        }
        _ => Ok(Some(file)),
    }
}

fn staged(staging: &Path, index: usize, path: &str) -> PathBuf {
    if [MANIFEST_FILE, SWARM_MANIFEST_FILE].contains(&path) {
        staging.join(STAGED_MANIFEST)
    } else {
        staging.join(index.to_string())
    }
}

fn stage(staging: &Path, comparison: &Comparison<'_>) -> Result<(), WriteError> {
    remove_staging(staging);
    fs::create_dir(staging).map_err(WriteError::io("create", staging))?;
    for (index, change) in comparison.changes.iter().enumerate() {
        let Some(text) = &change.new else { continue };
        let path = staged(staging, index, &change.path);
        let written = File::create_new(&path).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        written.map_err(WriteError::io("write", &staging.with_file_name(&change.path)))?;
        mode(&path, 0o644).map_err(WriteError::io("set the mode of", &path))?;
    }
    Ok(())
}

/// Put every staged file into its place, the manifest last: it is the last change.
fn commit(
    folder: &Path,
    staging: &Path,
    comparison: &Comparison<'_>,
    undo: &mut Undo,
) -> Result<(), WriteError> {
    for (index, change) in comparison.changes.iter().enumerate() {
        let target = folder.join(&change.path);
        if let Some(parent) = target.parent() {
            undo.create_folder(parent)?;
        }
        let backup = staging.join(format!("{index}.old"));
        if change.old.is_some() {
            keep(&target, &backup).map_err(WriteError::io("keep", &target))?;
        }
        let done = match &change.new {
            Some(_) => fs::rename(staged(staging, index, &change.path), &target),
            None => fs::remove_file(&target),
        };
        done.map_err(WriteError::io(if change.new.is_some() { "write" } else { "remove" }, &target))?;
        undo.files.push((target, change.old.is_some().then_some(backup)));
    }
    let mut folders: Vec<&Path> = undo.files.iter().filter_map(|(target, _)| target.parent()).collect();
    folders.sort_unstable();
    folders.dedup();
    for changed in folders {
        // Best effort: not every file system lets a folder be flushed.
        let _ = File::open(changed).and_then(|folder| folder.sync_all());
    }
    Ok(())
}

/// A second name for a file, or a copy where the file system has no hard links.
fn keep(target: &Path, backup: &Path) -> io::Result<()> {
    fs::hard_link(target, backup).or_else(|_| fs::copy(target, backup).map(|_| ()))
}

/// Remove the folders that a removed file leaves empty.
fn remove_empty(folder: &Path, change: &Change<'_>) {
    let target = folder.join(&change.path);
    for parent in target.ancestors().skip(1).take_while(|parent| *parent != folder) {
        if fs::remove_dir(parent).is_err() {
            break;
        }
    }
}

fn remove_staging(staging: &Path) {
    // What cannot be removed is reported when it is next created.
    let _ = fs::remove_dir_all(staging);
}

/// Containers that are not root read the files: whoever cloned them under a strict umask gets the modes back.
fn readable(rendered: &Rendered, folder: &Path) -> Result<(), WriteError> {
    #[cfg(unix)]
    for file in &rendered.files {
        use std::os::unix::fs::PermissionsExt;
        let path = folder.join(&file.path);
        let found = fs::metadata(&path).map_err(WriteError::io("read", &path))?.permissions().mode();
        if found & 0o444 != 0o444 {
            mode(&path, 0o644).map_err(WriteError::io("set the mode of", &path))?;
        }
    }
    #[cfg(not(unix))]
    let _ = (rendered, folder);
    Ok(())
}

fn mode(path: &Path, mode: u32) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(mode))
    }
    #[cfg(not(unix))]
    {
        let _ = (path, mode);
        Ok(())
    }
}

/// The way back.
#[derive(Default)]
struct Undo {
    /// Files in the order in which they were changed, each with what it was.
    files: Vec<(PathBuf, Option<PathBuf>)>,
    /// Folders in the order in which they were made.
    folders: Vec<PathBuf>,
}

impl Undo {
    fn create_folder(&mut self, folder: &Path) -> Result<(), WriteError> {
        let missing: Vec<&Path> =
            folder.ancestors().take_while(|path| !path.as_os_str().is_empty() && !path.exists()).collect();
        for path in missing.into_iter().rev() {
            match fs::create_dir(path) {
                Ok(()) => {
                    mode(path, 0o755).map_err(WriteError::io("set the mode of", path))?;
                    self.folders.push(path.to_owned());
                }
                // Another process was faster.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(WriteError::io("create", path)(error)),
            }
        }
        Ok(())
    }

    /// Every file as it was; false where one could not be put back.
    fn restore_files(&mut self) -> bool {
        let mut all = true;
        for (target, backup) in self.files.drain(..).rev() {
            let done = match backup {
                Some(backup) => fs::rename(backup, target),
                None => fs::remove_file(target),
            };
            all &= done.is_ok();
        }
        all
    }

    fn remove_folders(&mut self) {
        for folder in self.folders.drain(..).rev() {
            let _ = fs::remove_dir(folder);
        }
    }
}
