//! Writing: all of a file or nothing of it.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write},
    path::Path,
    time::{Duration, SystemTime},
};

use tempfile::{Builder, NamedTempFile, TempDir};

use super::read::{read_no_follow, require_plain, without_waiting};

/// How the names of temporary files begin. No service, secret or volume can have a `~` in its name.
pub(super) const PREFIX: &str = ".stackctl~";
/// A temporary file lives for milliseconds, a temporary folder for seconds: one this old is left from a process that was
/// killed.
const LEFTOVER: Duration = Duration::from_secs(3_600);

/// The permissions of a written file. Windows has none of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Those of the file that is replaced; for a new one 0666 less the umask.
    Usual,
    /// Exactly these bits, whatever the umask.
    Exact(u32),
}

/// Write a file, all or nothing: a temporary file in the same folder is flushed and renamed.
///
/// # Errors
/// When it cannot be written, or something else than a plain file is there: a symbolic link is not followed, a dangling one
/// neither. What was there is then as it was.
pub fn write(path: &Path, bytes: &[u8], mode: Mode) -> io::Result<()> {
    let old = match fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => return Err(is_link()),
        Ok(found) => {
            require_plain(&found)?;
            Some(found.permissions())
        }
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let temporary = staged(path, bytes, mode)?;
    if let (Mode::Usual, Some(old)) = (mode, old) {
        temporary.as_file().set_permissions(old)?;
    }
    temporary.persist(path).map_err(|error| error.error)?;
    flush_folder(path);
    Ok(())
}

/// Write a file that does not exist yet, all or nothing.
///
/// # Errors
/// [`ErrorKind::AlreadyExists`] when anything is there, also a dangling link; and when it cannot be written.
pub fn create(path: &Path, bytes: &[u8], mode: Mode) -> io::Result<()> {
    if fs::symlink_metadata(path).is_ok() {
        return Err(ErrorKind::AlreadyExists.into());
    }
    match staged(path, bytes, mode)?.persist_noclobber(path) {
        Ok(_) => {}
        Err(refused) if refused.error.kind() == ErrorKind::AlreadyExists => return Err(refused.error),
        // A file system with neither hard links nor a rename that keeps what is there, such as some network mounts:
        // two processes at the same moment may then both succeed.
        Err(refused) => {
            if fs::symlink_metadata(path).is_ok() {
                return Err(ErrorKind::AlreadyExists.into());
            }
            refused.file.persist(path).map_err(|error| error.error)?;
        }
    }
    flush_folder(path);
    Ok(())
}

/// Replace a file, all or nothing, where it still holds `old`; whether it does. Its permissions stay.
///
/// # Errors
/// As [`write`], and when it cannot be read.
pub fn replace(path: &Path, old: &[u8], new: &[u8]) -> io::Result<bool> {
    let temporary = staged(path, new, Mode::Usual)?;
    temporary.as_file().set_permissions(fs::metadata(path)?.permissions())?;
    if read_no_follow(path)? != old {
        return Ok(false);
    }
    temporary.persist(path).map_err(|error| error.error)?;
    flush_folder(path);
    Ok(true)
}

/// Open the file of an advisory lock, mode 0600, and make it where it does not exist. Its content stays.
///
/// # Errors
/// When it cannot be opened, or is a symbolic link or no plain file.
pub fn open_lock(path: &Path) -> io::Result<File> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => return Err(is_link()),
        Ok(found) => require_plain(&found)?,
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    without_waiting(&mut options, false);
    let file = options.open(path)?;
    require_plain(&file.metadata()?)?;
    Ok(file)
}

/// A folder of its own within `folder`, closed to other users and removed with the value.
///
/// # Errors
/// When it cannot be made.
pub fn scratch_folder(folder: &Path) -> io::Result<TempDir> {
    remove_leftovers(folder, LEFTOVER);
    Builder::new().prefix(PREFIX).tempdir_in(folder)
}

/// Remove temporary files and folders that killed processes left in a folder and that are at least this old.
pub fn remove_leftovers(folder: &Path, older_than: Duration) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(PREFIX)) {
        let written = entry.metadata().and_then(|found| found.modified());
        let age = written.ok().and_then(|written| SystemTime::now().duration_since(written).ok());
        if age.is_some_and(|age| age >= older_than) {
            // What cannot be removed stays for the next attempt.
            let _ = match entry.file_type() {
                Ok(kind) if kind.is_dir() => fs::remove_dir_all(entry.path()),
                _ => fs::remove_file(entry.path()),
            };
        }
    }
}

/// A temporary file beside `path` that holds these bytes and is flushed.
pub(super) fn staged(path: &Path, bytes: &[u8], mode: Mode) -> io::Result<NamedTempFile> {
    let folder = folder_of(path);
    remove_leftovers(folder, LEFTOVER);
    // Opened and written here: the errors of tempfile name the temporary file, of which no user knows.
    let mut file = Builder::new().prefix(PREFIX).make_in(folder, |path| {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(
            &mut options,
            if mode == Mode::Usual { 0o666 } else { 0o600 },
        );
        options.open(path)
    })?;
    file.as_file_mut().write_all(bytes)?;
    #[cfg(unix)]
    if let Mode::Exact(bits) = mode {
        file.as_file().set_permissions(permissions(bits))?;
    }
    #[cfg(not(unix))]
    let _ = mode;
    file.as_file().sync_all()?;
    Ok(file)
}

#[cfg(unix)]
pub(super) fn permissions(bits: u32) -> fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(bits)
}

pub(super) fn is_link() -> io::Error {
    io::Error::new(
        ErrorKind::InvalidInput,
        "it is a symbolic link, through which nothing is written: remove the link",
    )
}

pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Best effort: not every file system lets a folder be flushed.
pub(super) fn flush_folder(path: &Path) {
    let _ = File::open(folder_of(path)).and_then(|folder| folder.sync_all());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_or_creates_and_leaves_nothing_beside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        create(&path, b"first", Mode::Usual).unwrap();
        assert_eq!(create(&path, b"second", Mode::Usual).unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"first");
        write(&path, b"third", Mode::Usual).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"third");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(write(folder.path(), b"", Mode::Usual).is_err());
        let error = write(&folder.path().join("absent/file"), b"", Mode::Usual).unwrap_err();
        assert!(error.raw_os_error().is_some() && !error.to_string().contains(PREFIX), "{error}");
    }

    #[test]
    fn what_a_killed_process_left_goes_away() {
        let folder = tempfile::tempdir().unwrap();
        let leftover = folder.path().join(format!("{PREFIX}abc123"));
        let file = File::create(&leftover).unwrap();
        create(&folder.path().join("young"), b"", Mode::Usual).unwrap();
        assert!(leftover.exists(), "its process may still live");
        file.set_modified(SystemTime::now() - 2 * LEFTOVER).unwrap();
        create(&folder.path().join("old"), b"", Mode::Usual).unwrap();
        assert!(!leftover.exists());

        let scratch = scratch_folder(folder.path()).unwrap().keep();
        fs::write(scratch.join("x"), "").unwrap();
        remove_leftovers(folder.path(), Duration::ZERO);
        assert!(!scratch.exists());
        assert!(folder.path().join("old").exists());
    }

    #[test]
    fn one_of_many_at_once_creates_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let created = std::thread::scope(|scope| {
            let all: Vec<_> = (0..20)
                .map(|number| {
                    let path = &path;
                    scope.spawn(move || create(path, &[number], Mode::Exact(0o444)).is_ok())
                })
                .collect();
            all.into_iter().map(|thread| thread.join().unwrap()).filter(|made| *made).count()
        });
        assert_eq!(created, 1);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn modes_are_exact_or_kept_and_no_link_is_followed() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        create(&path, b"", Mode::Exact(0o444)).unwrap();
        assert_eq!(mode(), 0o444);
        write(&path, b"", Mode::Usual).unwrap();
        assert_eq!(mode(), 0o444);
        write(&path, b"", Mode::Exact(0o600)).unwrap();
        assert_eq!(mode(), 0o600);
        let link = folder.path().join("link");
        for target in ["file", "nowhere"] {
            symlink(target, &link).unwrap();
            assert!(write(&link, b"x", Mode::Usual).unwrap_err().to_string().contains("symbolic link"));
            assert_eq!(create(&link, b"x", Mode::Usual).unwrap_err().kind(), ErrorKind::AlreadyExists);
            assert!(open_lock(&link).is_err());
            fs::remove_file(&link).unwrap();
        }
        assert!(!folder.path().join("nowhere").exists());
        open_lock(&path).unwrap();
        open_lock(&folder.path().join("lock")).unwrap();
        assert_eq!(fs::metadata(folder.path().join("lock")).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
