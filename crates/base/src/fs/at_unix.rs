//! What [`super::Folder`] asks of the system: each call names a thing within an open folder, and follows no link.

use std::{
    ffi::OsString,
    fs::File,
    io,
    os::{fd::OwnedFd, unix::ffi::OsStringExt},
    path::Path,
};

use rustix::fs::{self as at, AtFlags, CWD, FileType, Mode, OFlags};

use super::kind::Kind;

/// An open folder.
pub type Handle = OwnedFd;

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);
const FILE: OFlags = OFlags::NOFOLLOW.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

/// Open a folder; its last component may not be a link.
pub fn open(path: &Path) -> io::Result<Handle> {
    Ok(at::openat(CWD, path, FOLDER, Mode::empty())?)
}

/// Open a folder within another.
pub fn step(folder: &Handle, name: impl AsRef<Path>) -> io::Result<Handle> {
    Ok(at::openat(folder, name.as_ref(), FOLDER, Mode::empty())?)
}

pub fn kind(folder: &Handle, name: impl AsRef<Path>) -> io::Result<Kind> {
    let found = at::statat(folder, name.as_ref(), AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(match FileType::from_raw_mode(found.st_mode) {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Folder,
        FileType::Symlink => Kind::Link,
        _ => Kind::Other,
    })
}

pub fn open_file(folder: &Handle, name: &str) -> io::Result<File> {
    Ok(at::openat(folder, name, FILE | OFlags::RDONLY, Mode::empty())?.into())
}

/// Make a file that does not exist, readable for its owner alone.
pub fn create_file(folder: &Handle, name: &str) -> io::Result<File> {
    let flags = FILE | OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
    Ok(at::openat(folder, name, flags, Mode::RUSR | Mode::WUSR)?.into())
}

pub fn create_folder(folder: &Handle, name: &str, mode: u32) -> io::Result<()> {
    let mode = Mode::from_raw_mode(mode as at::RawMode);
    at::mkdirat(folder, name, mode)?;
    Ok(at::fchmod(step(folder, name)?, mode)?)
}

pub fn rename(from: &Handle, old: &str, to: &Handle, new: &str) -> io::Result<()> {
    Ok(at::renameat(from, old, to, new)?)
}

/// A second name for a file.
pub fn link(from: &Handle, old: &str, to: &Handle, new: &str) -> io::Result<()> {
    Ok(at::linkat(from, old, to, new, AtFlags::empty())?)
}

pub fn remove_file(folder: &Handle, name: impl AsRef<Path>) -> io::Result<()> {
    Ok(at::unlinkat(folder, name.as_ref(), AtFlags::empty())?)
}

/// Remove an empty folder.
pub fn remove_folder(folder: &Handle, name: impl AsRef<Path>) -> io::Result<()> {
    Ok(at::unlinkat(folder, name.as_ref(), AtFlags::REMOVEDIR)?)
}

/// The names in a folder.
pub fn names(folder: &Handle) -> io::Result<Vec<OsString>> {
    let mut names = Vec::new();
    for entry in at::Dir::read_from(folder)? {
        let name = entry?.file_name().to_bytes().to_vec();
        if name != b"." && name != b".." {
            names.push(OsString::from_vec(name));
        }
    }
    Ok(names)
}

pub fn flush(folder: &Handle) -> io::Result<()> {
    Ok(at::fsync(folder)?)
}

/// The folder as a file, to lock it.
pub fn file(folder: &Handle) -> io::Result<Option<File>> {
    Ok(Some(folder.try_clone()?.into()))
}

/// The permissions of a file.
pub fn mode(file: &File) -> io::Result<u32> {
    use std::os::unix::fs::PermissionsExt;
    Ok(file.metadata()?.permissions().mode() & 0o7777)
}

/// Set the permissions of a file.
pub fn set_mode(file: &File, mode: u32) -> io::Result<()> {
    file.set_permissions(super::write::permissions(mode))
}
