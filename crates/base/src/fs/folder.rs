//! A folder with content that is reached step by step and never through a symbolic link, however deep.

use std::{
    fs::File,
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

use super::{
    at::{self, Handle},
    folders::lock,
    kind::Kind,
    read::whole,
};

/// A folder that stackctl writes into while a stranger may have put links there. Paths are relative to it, with `/` between
/// names; the folder itself is no link, what is above it may be one.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    handle: Handle,
}

/// What is at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Nothing, or no folder to hold it.
    Nothing,
    /// A symbolic link.
    Link,
    /// The bytes of a plain file.
    File(Vec<u8>),
}

/// Why a folder, or something in it, cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A symbolic link is where a folder should be.
    #[error("{0} is a symbolic link, and nothing is read or written through one: replace it with a folder")]
    Link(PathBuf),
    /// Something else is where a folder should be.
    #[error("{0} is not a folder")]
    NotAFolder(PathBuf),
    /// A folder or a device is where a file should be; neither is ever removed.
    #[error("{0} is in the way: it is not a plain file")]
    NotAFile(PathBuf),
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

/// The parent of a path: none is the folder itself.
enum Parent<'a> {
    Own(&'a Handle),
    Below(Handle),
}

impl Parent<'_> {
    fn handle(&self) -> &Handle {
        match self {
            Self::Own(handle) => handle,
            Self::Below(handle) => handle,
        }
    }
}

impl FolderError {
    /// Whether something does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == ErrorKind::NotFound)
    }
}

impl Folder {
    /// Open a folder; `None` where there is nothing.
    ///
    /// # Errors
    /// When it is a link or no folder, or cannot be opened.
    pub fn open(path: &Path) -> Result<Option<Self>, FolderError> {
        match std::fs::symlink_metadata(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(FolderError::Io { doing: "read", path: path.to_owned(), source }),
            Ok(found) if found.is_symlink() => return Err(FolderError::Link(path.to_owned())),
            Ok(found) if !found.is_dir() => return Err(FolderError::NotAFolder(path.to_owned())),
            Ok(_) => {}
        }
        let handle = at::open(path).map_err(|source| FolderError::Io {
            doing: "open",
            path: path.to_owned(),
            source,
        })?;
        Ok(Some(Self { path: path.to_owned(), handle }))
    }

    /// What is at a path. A file may have `limit` bytes at most.
    ///
    /// # Errors
    /// When a link or a file stands where a folder should be, a folder or a device is there, or it cannot be read.
    pub fn read(&self, path: &str, limit: usize) -> Result<Found, FolderError> {
        let (parent, name) = match self.parent(path) {
            Ok(found) => found,
            Err(error) if error.is_not_found() => return Ok(Found::Nothing),
            Err(error) => return Err(error),
        };
        let failed = self.failed("read", path);
        match at::kind(parent.handle(), name) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Found::Nothing),
            Err(error) => Err(failed(error)),
            Ok(Kind::Link) => Ok(Found::Link),
            Ok(Kind::File) => {
                let bytes = at::open_file(parent.handle(), name).and_then(|file| whole(file, limit));
                bytes.map(Found::File).map_err(failed)
            }
            Ok(Kind::Folder | Kind::Other) => Err(FolderError::NotAFile(self.path.join(path))),
        }
    }

    /// Write a file that does not exist yet, and flush it.
    ///
    /// # Errors
    /// When it exists or cannot be written; part of it may then be there.
    pub fn create_file(&self, path: &str, bytes: &[u8], mode: u32) -> Result<(), FolderError> {
        let (parent, name) = self.parent(path)?;
        let written = at::create_file(parent.handle(), name).and_then(|mut file| {
            file.write_all(bytes)?;
            at::set_mode(&file, mode)?;
            file.sync_all()
        });
        written.map_err(self.failed("write", path))
    }

    /// Make a folder with exactly this mode within folders that exist; whether it was made now.
    ///
    /// # Errors
    /// When it cannot be made, or a link or a file is there.
    pub fn create_folder(&self, path: &str, mode: u32) -> Result<bool, FolderError> {
        let (parent, name) = self.parent(path)?;
        match at::create_folder(parent.handle(), name, mode) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                self.step(parent.handle(), name, path).map(|_| false)
            }
            Err(error) => Err(self.failed("create", path)(error)),
        }
    }

    /// Move a file, in place of one that is there. A link in its place is replaced, and never followed.
    ///
    /// # Errors
    /// When it cannot be moved.
    pub fn rename(&self, from: &str, to: &str) -> Result<(), FolderError> {
        let ((old_parent, old), (new_parent, new)) = (self.parent(from)?, self.parent(to)?);
        at::rename(old_parent.handle(), old, new_parent.handle(), new).map_err(self.failed("write", to))
    }

    /// Keep a file under a second name: a hard link, or a copy where the file system has none.
    ///
    /// # Errors
    /// When neither can be made.
    pub fn keep(&self, path: &str, backup: &str) -> Result<(), FolderError> {
        let ((parent, name), (to, new)) = (self.parent(path)?, self.parent(backup)?);
        let kept = at::link(parent.handle(), name, to.handle(), new).or_else(|_| {
            let mut file = at::open_file(parent.handle(), name)?;
            let mut copy = at::create_file(to.handle(), new)?;
            io::copy(&mut file, &mut copy)?;
            at::set_mode(&copy, at::mode(&file)?)
        });
        kept.map_err(self.failed("keep", path))
    }

    /// Remove a file or a link.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn remove_file(&self, path: &str) -> Result<(), FolderError> {
        let (parent, name) = self.parent(path)?;
        at::remove_file(parent.handle(), name).map_err(self.failed("remove", path))
    }

    /// Remove a folder that is empty.
    ///
    /// # Errors
    /// When it is not empty or cannot be removed.
    pub fn remove_folder(&self, path: &str) -> Result<(), FolderError> {
        let (parent, name) = self.parent(path)?;
        at::remove_folder(parent.handle(), name).map_err(self.failed("remove", path))
    }

    /// Remove whatever is there, a folder with all that it holds. A link is removed and what it points at stays.
    ///
    /// # Errors
    /// When something cannot be removed.
    pub fn remove_all(&self, path: &str) -> Result<(), FolderError> {
        let (parent, name) = match self.parent(path) {
            Err(error) if error.is_not_found() => return Ok(()),
            found => found?,
        };
        match remove_all(parent.handle(), name.as_ref()) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(self.failed("remove", path)(error)),
            _ => Ok(()),
        }
    }

    /// Let everybody read a file: containers that are not root do.
    ///
    /// # Errors
    /// When its permissions cannot be read or set.
    pub fn open_to_all(&self, path: &str) -> Result<(), FolderError> {
        let (parent, name) = self.parent(path)?;
        let file = at::open_file(parent.handle(), name).map_err(self.failed("read", path))?;
        let mode = at::mode(&file).map_err(self.failed("read", path))?;
        if mode & 0o444 == 0o444 {
            return Ok(());
        }
        at::set_mode(&file, 0o644).map_err(self.failed("set the mode of", path))
    }

    /// Flush the folder that holds a path, as far as the file system can.
    pub fn flush_parent(&self, path: &str) {
        if let Ok((parent, _)) = self.parent(path) {
            // Best effort: not every file system lets a folder be flushed.
            let _ = at::flush(parent.handle());
        }
    }

    /// An advisory lock on the folder itself, waited for: it leaves no file behind and ends with the value and the process.
    /// `None` where there are no such locks: a second process is then not waited for.
    ///
    /// # Errors
    /// When it cannot be taken.
    pub fn lock(&self) -> Result<Option<File>, FolderError> {
        let locked = at::file(&self.handle).and_then(|file| file.map_or(Ok(None), lock));
        locked.map_err(|source| FolderError::Io { doing: "lock", path: self.path.clone(), source })
    }

    /// The folder that holds a path, opened step by step, and the last name.
    fn parent<'a>(&'a self, path: &'a str) -> Result<(Parent<'a>, &'a str), FolderError> {
        let Some((folders, name)) = path.rsplit_once('/') else {
            return Ok((Parent::Own(&self.handle), path));
        };
        let mut handle = Parent::Own(&self.handle);
        let mut end = 0;
        for folder in folders.split('/') {
            end += folder.len();
            handle = Parent::Below(self.step(handle.handle(), folder, &path[..end])?);
            end += 1;
        }
        Ok((handle, name))
    }

    fn step(&self, folder: &Handle, name: &str, path: &str) -> Result<Handle, FolderError> {
        at::step(folder, name).map_err(|source| match at::kind(folder, name) {
            Ok(Kind::Link) => FolderError::Link(self.path.join(path)),
            Ok(Kind::File | Kind::Other) => FolderError::NotAFolder(self.path.join(path)),
            _ => self.failed("open", path)(source),
        })
    }

    fn failed(&self, doing: &'static str, path: &str) -> impl FnOnce(io::Error) -> FolderError + use<> {
        let path = self.path.join(path);
        move |source| FolderError::Io { doing, path, source }
    }
}

/// A folder within a folder is held open while it is emptied: the limit of open files bounds how deep this goes.
fn remove_all(parent: &Handle, name: &Path) -> io::Result<()> {
    if at::kind(parent, name)? != Kind::Folder {
        return at::remove_file(parent, name);
    }
    let folder = at::step(parent, name)?;
    for name in at::names(&folder)? {
        remove_all(&folder, name.as_ref())?;
    }
    at::remove_folder(parent, name)
}

#[cfg(all(test, unix))]
mod tests {
    use std::{fs, os::unix::fs::symlink};

    use super::*;

    #[test]
    fn no_link_is_passed_at_any_depth() {
        let root = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("own/a/b")).unwrap();
        fs::write(outside.path().join("x"), "theirs").unwrap();
        symlink(outside.path(), root.path().join("own/a/link")).unwrap();
        symlink("own", root.path().join("whole")).unwrap();
        assert!(matches!(Folder::open(&root.path().join("whole")), Err(FolderError::Link(_))));
        assert!(Folder::open(&root.path().join("none")).unwrap().is_none());
        let folder = Folder::open(&root.path().join("own")).unwrap().unwrap();
        let link = |done: Result<(), FolderError>| {
            assert!(
                matches!(&done, Err(FolderError::Link(path)) if path.ends_with("own/a/link")),
                "{done:?}"
            );
        };
        folder.create_file("a/b/new", b"new", 0o644).unwrap();
        link(folder.read("a/link/x", 100).map(|_| ()));
        link(folder.create_file("a/link/new", b"", 0o644));
        link(folder.create_folder("a/link/new", 0o755).map(|_| ()));
        link(folder.create_folder("a/link", 0o755).map(|_| ()));
        link(folder.rename("a/b/new", "a/link/x"));
        link(folder.keep("a/link/x", "a/b/kept"));
        link(folder.remove_file("a/link/x"));
        link(folder.open_to_all("a/link/x"));
        link(folder.remove_all("a/link/x"));
        assert_eq!(folder.read("a/link", 100).unwrap(), Found::Link);
        assert_eq!(folder.read("a/none/x", 100).unwrap(), Found::Nothing);
        assert_eq!(folder.read("a/b/new", 100).unwrap(), Found::File(b"new".to_vec()));
        folder.keep("a/b/new", "kept").unwrap();
        folder.remove_all("a").unwrap();
        assert_eq!(folder.read("kept", 100).unwrap(), Found::File(b"new".to_vec()));
        assert!(folder.read("kept", 2).is_err());
        assert_eq!(fs::read(outside.path().join("x")).unwrap(), b"theirs");
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
    }
}
