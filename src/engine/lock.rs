//! One command at a time changes what a stack is on this machine: `up`, `down`, `restart`, `stop`, its image, its secrets.

use std::{
    fmt,
    fs::{File, TryLockError},
    io::{self, Read as _, Seek as _, Write as _},
    path::Path,
    thread::sleep,
    time::{Duration, Instant},
};

use super::state_dir;
use crate::fs;

/// How often a lock that is waited for is tried.
const RETRY: Duration = Duration::from_millis(20);
/// More than a holder writes.
const HOLDER_BYTES: u64 = 64;

/// What the lock is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To start the stack.
    Up,
    /// To take it down.
    Down,
    /// To restart services of it.
    Restart,
    /// To stop services of it.
    Stop,
    /// To make its secrets.
    Secrets,
    /// To build its image.
    Image,
}

impl Purpose {
    const ALL: [Self; 6] = [Self::Up, Self::Down, Self::Restart, Self::Stop, Self::Secrets, Self::Image];

    /// Its word in the file, and what a process with it is doing.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Up => ("up", "starting this stack"),
            Self::Down => ("down", "taking this stack down"),
            Self::Restart => ("restart", "restarting this stack"),
            Self::Stop => ("stop", "stopping this stack"),
            Self::Secrets => ("secrets", "creating the secrets of this stack"),
            Self::Image => ("image", "building the image of this stack"),
        }
    }
}

/// Who has the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// Its process; `None` where the file does not say.
    pub process: Option<u32>,
    /// What it is at; without a word, as versions before this one wrote it, it is `up`.
    pub purpose: Purpose,
}

impl Holder {
    fn parse(text: &str) -> Self {
        let mut lines = text.lines().map(str::trim);
        let process = lines.next().and_then(|line| line.parse().ok());
        let word = lines.next().unwrap_or_default();
        let purpose = Purpose::ALL.into_iter().find(|purpose| purpose.words().0 == word);
        Self { process, purpose: purpose.unwrap_or(Purpose::Up) }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (_, doing) = self.purpose.words();
        match self.process {
            Some(process) => write!(f, "process {process} is {doing}"),
            None => write!(f, "another process is {doing}"),
        }
    }
}

/// Why the lock was not taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process has it.
    #[error("{0}")]
    Held(Holder),
    /// The file cannot be made or locked.
    #[error("failed to lock .stackctl/up.lock")]
    Io(#[from] io::Error),
}

impl LockError {
    /// Whether the user may not write there: no other command of this user can start the stack from here.
    pub fn is_not_writable(&self) -> bool {
        use io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem};
        matches!(self, Self::Io(error) if matches!(error.kind(), PermissionDenied | ReadOnlyFilesystem))
    }
}

/// Take the lock of the stack in `root`. It ends with the value, and with the process whatever becomes of it.
///
/// # Errors
/// When another process has it, or the file cannot be made.
pub fn take(root: &Path, purpose: Purpose) -> Result<File, LockError> {
    let mut file = fs::open_lock(&state_dir::create(root)?.join("up.lock"))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // On Windows a locked file cannot be read.
            let _ = file.take(HOLDER_BYTES).read_to_string(&mut holder);
            return Err(LockError::Held(Holder::parse(&holder)));
        }
        // A file system without locks: two are then not kept apart.
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
        Err(TryLockError::Error(error)) => return Err(error.into()),
    }
    file.set_len(0)?;
    file.rewind()?;
    write!(file, "{}\n{}\n", std::process::id(), purpose.words().0)?;
    Ok(file)
}

/// The same, waiting at most `timeout` for another process to end.
///
/// # Errors
/// As [`take`].
pub fn wait(root: &Path, purpose: Purpose, timeout: Duration) -> Result<File, LockError> {
    let began = Instant::now();
    loop {
        match take(root, purpose) {
            Err(LockError::Held(_)) if began.elapsed() < timeout => sleep(RETRY),
            taken => return taken,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_learns_who_was_first() {
        let folder = tempfile::tempdir().unwrap();
        let first = take(folder.path(), Purpose::Up).unwrap();
        let second = take(folder.path(), Purpose::Down).unwrap_err();
        assert_eq!(second.to_string(), format!("process {} is starting this stack", std::process::id()));
        drop(first);
        let down = take(folder.path(), Purpose::Down).unwrap();
        let second = wait(folder.path(), Purpose::Secrets, Duration::from_millis(30)).unwrap_err();
        assert_eq!(second.to_string(), format!("process {} is taking this stack down", std::process::id()));
        let waiting = std::thread::spawn({
            let folder = folder.path().to_owned();
            move || wait(&folder, Purpose::Secrets, Duration::from_secs(60)).is_ok()
        });
        drop(down);
        assert!(waiting.join().unwrap());
    }

    #[test]
    fn holders_as_any_version_wrote_them() {
        let holder = |text| Holder::parse(text).to_string();
        assert_eq!(holder("4711\n"), "process 4711 is starting this stack");
        assert_eq!(holder("4711\nimage\n"), "process 4711 is building the image of this stack");
        assert_eq!(holder(""), "another process is starting this stack");
        assert_eq!(holder("\u{1b}]0;x\u{7}\n"), "another process is starting this stack");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_its_place_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let other = folder.path().join("other");
        std::fs::write(&other, "kept").unwrap();
        std::fs::create_dir(folder.path().join(".stackctl")).unwrap();
        std::os::unix::fs::symlink(&other, folder.path().join(".stackctl/up.lock")).unwrap();
        assert!(matches!(take(folder.path(), Purpose::Up), Err(LockError::Io(_))));
        assert_eq!(std::fs::read_to_string(other).unwrap(), "kept");
    }
}
