//! What [`super::Folder`] asks of a system without calls that start at an open folder: the same by path, looking at each
//! step for a link first.

use std::{
    ffi::OsString,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use super::kind::Kind;

/// The path of a folder.
pub type Handle = PathBuf;

/// Open a folder; its last component may not be a link.
pub fn open(path: &Path) -> io::Result<Handle> {
    if fs::symlink_metadata(path)?.is_dir() {
        Ok(path.to_owned())
    } else {
        Err(io::ErrorKind::NotADirectory.into())
    }
}

/// Open a folder within another.
pub fn step(folder: &Handle, name: impl AsRef<Path>) -> io::Result<Handle> {
    open(&folder.join(name))
}

pub fn kind(folder: &Handle, name: impl AsRef<Path>) -> io::Result<Kind> {
    let found = fs::symlink_metadata(folder.join(name))?;
    Ok(if found.is_symlink() {
        Kind::Link
    } else if found.is_dir() {
        Kind::Folder
    } else if found.is_file() {
        Kind::File
    } else {
        Kind::Other
    })
}

pub fn open_file(folder: &Handle, name: &str) -> io::Result<File> {
    File::open(folder.join(name))
}

/// Make a file that does not exist.
pub fn create_file(folder: &Handle, name: &str) -> io::Result<File> {
    File::create_new(folder.join(name))
}

pub fn create_folder(folder: &Handle, name: &str, _mode: u32) -> io::Result<()> {
    fs::create_dir(folder.join(name))
}

pub fn rename(from: &Handle, old: &str, to: &Handle, new: &str) -> io::Result<()> {
    fs::rename(from.join(old), to.join(new))
}

/// A second name for a file.
pub fn link(from: &Handle, old: &str, to: &Handle, new: &str) -> io::Result<()> {
    fs::hard_link(from.join(old), to.join(new))
}

pub fn remove_file(folder: &Handle, name: impl AsRef<Path>) -> io::Result<()> {
    fs::remove_file(folder.join(name))
}

/// Remove an empty folder.
pub fn remove_folder(folder: &Handle, name: impl AsRef<Path>) -> io::Result<()> {
    fs::remove_dir(folder.join(name))
}

/// The names in a folder.
pub fn names(folder: &Handle) -> io::Result<Vec<OsString>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name())).collect()
}

/// A folder cannot be flushed here.
pub fn flush(_folder: &Handle) -> io::Result<()> {
    Ok(())
}

/// A folder cannot be locked here.
pub fn file(_folder: &Handle) -> io::Result<Option<File>> {
    Ok(None)
}

/// There are no such permissions here.
pub fn mode(_file: &File) -> io::Result<u32> {
    Ok(0o644)
}

/// There are no such permissions here.
pub fn set_mode(_file: &File, _mode: u32) -> io::Result<()> {
    Ok(())
}
