//! What stands in `generated/` beside what should stand there.

use std::{
    borrow::Cow,
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use similar::TextDiff;

use super::{
    FOLDER, GeneratedFile, MANIFEST_FILE, Rendered, SWARM_MANIFEST_FILE, inside, manifest::Manifest,
};

/// The folder in which new files wait for their rename; it exists only while they do, or after a crash.
pub const STAGING: &str = ".stackctl-staging";
/// The name of the new manifest in it: after a crash it says which files are already ours.
pub const STAGED_MANIFEST: &str = "manifest";

/// Why the folder cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Something else is where a folder should be.
    #[error("{0} is not a folder")]
    NotAFolder(PathBuf),
    /// A folder or a device is where a file should be; stackctl never removes either.
    #[error("{0} is in the way: it is not a plain file")]
    NotAFile(PathBuf),
    /// A symbolic link leads out of the project.
    #[error("{0} leads out of the project")]
    Outside(PathBuf),
    /// The file system refused.
    #[error("failed to {doing} {path}")]
    Io {
        /// A verb: `read`, `write`.
        doing: &'static str,
        /// What.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl WriteError {
    /// An [`io::Error`] with what was tried.
    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }
}

/// Why a file is not overwritten or removed without `--force`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    /// It is not what stackctl wrote last.
    Edited,
    /// stackctl never wrote it.
    Foreign,
}

/// One file that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change<'a> {
    /// Relative to `generated/`, with `/` between folders.
    pub path: String,
    /// What is there; `None` when nothing is.
    pub old: Option<Vec<u8>>,
    /// What should be there; `None` when nothing should.
    pub new: Option<Cow<'a, str>>,
    /// Set when only `--force` may change it.
    pub conflict: Option<Conflict>,
}

impl Change<'_> {
    /// What would change, as a unified diff from what is there to what should be.
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
        // A second at most: after it the diff is still right, only longer than it had to be.
        let new = self.new.as_deref().unwrap_or_default();
        let diff = TextDiff::configure().timeout(Duration::from_secs(1)).diff_lines(old, new);
        diff.unified_diff().context_radius(3).header(&from, &to).to_string()
    }
}

/// The difference between `generated/` and what should be there, the manifest last.
#[derive(Debug, Default)]
pub struct Comparison<'a> {
    /// The files that are not as they should be; empty means that `generated/` is fresh.
    pub changes: Vec<Change<'a>>,
}

impl<'a> Comparison<'a> {
    /// Compare `generated/` below `root` with what was rendered, without writing anything.
    ///
    /// # Errors
    /// When something that is no file or folder is in the way, a symbolic link leaves the project, or a file cannot be
    /// read.
    pub fn new(root: &Path, rendered: &'a Rendered) -> Result<Self, WriteError> {
        let folder = root.join(FOLDER);
        let mut changes = Vec::new();
        let present = check_folder(root, &folder)?;
        let manifest = |name: &str| {
            let bytes = if present { fs::read(folder.join(name)).ok() } else { None };
            bytes.map(|bytes| Manifest::parse(&bytes)).unwrap_or_default()
        };
        let own_manifest = rendered.target.manifest();
        // Whoever wrote a file that both targets share wrote it for both.
        let shared = manifest(rendered.target.other().manifest());
        let staged = manifest(&format!("{STAGING}/{STAGED_MANIFEST}"));
        let known = [manifest(own_manifest), staged, shared];
        let mut folders = HashSet::new();
        for GeneratedFile { path, text } in &rendered.files {
            let old = if present { read(root, &folder, path, &mut folders)? } else { OnDisk::Nothing };
            changes.extend(change(path, old, Some(Cow::Borrowed(text)), &known));
        }
        let wanted: HashSet<&str> = rendered.files.iter().map(|file| file.path.as_str()).collect();
        let [own, staged, shared] = &known;
        let theirs: HashSet<&str> = shared.paths().collect();
        let mut gone: Vec<&str> = own
            .paths()
            .chain(staged.paths())
            .filter(|path| !wanted.contains(path) && !theirs.contains(path) && is_plain(path))
            .collect();
        gone.sort_unstable();
        gone.dedup();
        for path in gone {
            // Whatever took its place since, it is not ours.
            if let Ok(old @ OnDisk::File(_)) = read(root, &folder, path, &mut folders) {
                changes.extend(change(path, old, None, &known));
            }
        }
        let old = if present { read(root, &folder, own_manifest, &mut folders)? } else { OnDisk::Nothing };
        if let Some(own) =
            change(own_manifest, old, Some(Cow::Owned(Manifest::of(&rendered.files).text())), &known)
        {
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

/// What is at a path.
enum OnDisk {
    Nothing,
    /// A symbolic link: never written by stackctl.
    Link,
    File(Vec<u8>),
}

fn change<'a>(path: &str, old: OnDisk, new: Option<Cow<'a, str>>, known: &[Manifest]) -> Option<Change<'a>> {
    let (old, conflict) = match old {
        OnDisk::Nothing => (None, None),
        OnDisk::Link => (Some(Vec::new()), Some(Conflict::Foreign)),
        OnDisk::File(bytes) if new.as_ref().is_some_and(|new| new.as_bytes() == bytes) => return None,
        OnDisk::File(bytes) => {
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

/// Whether a folder is there.
fn check_folder(root: &Path, folder: &Path) -> Result<bool, WriteError> {
    match fs::symlink_metadata(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(WriteError::io("read", folder)(error)),
        Ok(meta) if meta.is_symlink() => {
            let real = folder.canonicalize().map_err(WriteError::io("follow", folder))?;
            let root = inside::real(root).map_err(WriteError::io("read", root))?;
            if !real.starts_with(root) {
                return Err(WriteError::Outside(folder.to_owned()));
            }
            if real.is_dir() { Ok(true) } else { Err(WriteError::NotAFolder(folder.to_owned())) }
        }
        Ok(meta) if meta.is_dir() => Ok(true),
        Ok(_) => Err(WriteError::NotAFolder(folder.to_owned())),
    }
}

/// What is at a path below `folder`, whose folders are checked once each.
fn read(
    root: &Path,
    folder: &Path,
    path: &str,
    checked: &mut HashSet<PathBuf>,
) -> Result<OnDisk, WriteError> {
    let full = folder.join(path);
    let parents: Vec<&Path> = full.ancestors().skip(1).take_while(|parent| *parent != folder).collect();
    for parent in parents.into_iter().rev() {
        if !checked.contains(parent) {
            if !check_folder(root, parent)? {
                return Ok(OnDisk::Nothing);
            }
            checked.insert(parent.to_owned());
        }
    }
    match fs::symlink_metadata(&full) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(OnDisk::Nothing),
        Err(error) => Err(WriteError::io("read", &full)(error)),
        Ok(meta) if meta.is_symlink() => Ok(OnDisk::Link),
        Ok(meta) if meta.is_file() => {
            fs::read(&full).map(OnDisk::File).map_err(WriteError::io("read", &full))
        }
        Ok(_) => Err(WriteError::NotAFile(full)),
    }
}

/// Whether a path of a manifest stays inside the folder: somebody may have edited that too.
fn is_plain(path: &str) -> bool {
    inside::is_inside(path) && ![MANIFEST_FILE, SWARM_MANIFEST_FILE].contains(&path)
}
