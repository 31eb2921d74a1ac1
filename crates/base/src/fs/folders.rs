//! Folders with modes that do not depend on the umask.

use std::{
    fs::{self, File},
    io::{self, ErrorKind},
    path::Path,
};

use super::read::what;

/// Make a folder and those above it that do not exist, each with exactly this mode. One that exists stays as it is.
///
/// # Errors
/// When one cannot be made, or is no folder.
pub fn create_folders(path: &Path, mode: u32) -> io::Result<()> {
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        create_folders(parent, mode)?;
    }
    if create_folder(path, mode)? || path.is_dir() { Ok(()) } else { Err(ErrorKind::NotADirectory.into()) }
}

/// Make a folder of stackctl's own that no other user can enter (0700); one that exists is closed. Not on Windows.
///
/// # Errors
/// When it cannot be made or closed, or is a symbolic link or no folder.
pub fn private_folder(path: &Path) -> io::Result<()> {
    if create_folder(path, 0o700)? {
        return Ok(());
    }
    let found = fs::symlink_metadata(path)?;
    if !found.is_dir() {
        let kind = what(found.file_type());
        let problem = format!("it is {kind}, where stackctl keeps a folder of its own: remove it");
        return Err(io::Error::new(ErrorKind::InvalidInput, problem));
    }
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o077 != 0 {
        set_mode(path, 0o700)?;
    }
    Ok(())
}

/// An advisory lock on a folder itself, waited for: it leaves no file behind and ends with the value and the process. `None`
/// where there are no such locks: a second process is then not waited for.
///
/// # Errors
/// When it cannot be taken.
pub fn lock_folder(path: &Path) -> io::Result<Option<File>> {
    if cfg!(not(unix)) {
        return Ok(None);
    }
    lock(File::open(path)?)
}

pub(super) fn lock(folder: File) -> io::Result<Option<File>> {
    match folder.lock() {
        Ok(()) => Ok(Some(folder)),
        Err(error) if error.kind() == ErrorKind::Unsupported => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether it was made now.
fn create_folder(path: &Path, mode: u32) -> io::Result<bool> {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has modes"))]
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, mode);
    match builder.create(path) {
        Ok(()) => set_mode(path, mode).map(|()| true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, super::write::permissions(mode))
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn folders_have_the_mode_that_is_asked_for() {
        let root = tempfile::tempdir().unwrap();
        let deep = root.path().join("a/b");
        create_folders(&deep, 0o751).unwrap();
        assert_eq!((mode(&deep), mode(&root.path().join("a"))), (0o751, 0o751));
        create_folders(&deep, 0o700).unwrap();
        assert_eq!(mode(&deep), 0o751, "one that exists stays as it is");
        fs::write(root.path().join("file"), "").unwrap();
        assert_eq!(
            create_folders(&root.path().join("file"), 0o755).unwrap_err().kind(),
            ErrorKind::NotADirectory
        );
    }

    #[test]
    fn a_private_folder_is_closed_and_no_link() {
        let root = tempfile::tempdir().unwrap();
        let own = root.path().join("own");
        fs::create_dir(&own).unwrap();
        fs::set_permissions(&own, fs::Permissions::from_mode(0o777)).unwrap();
        private_folder(&own).unwrap();
        assert_eq!(mode(&own), 0o700);
        let link = root.path().join("link");
        for target in ["own", "nowhere"] {
            symlink(target, &link).unwrap();
            let error = private_folder(&link).unwrap_err().to_string();
            assert!(error.starts_with("it is a symbolic link"), "{error}");
            fs::remove_file(&link).unwrap();
        }
    }
}
