//! One `up` at a time for one stack.

use std::{
    fs::{File, TryLockError},
    io::{self, Read, Seek, Write},
    path::Path,
};

use super::home;
use crate::fs;

/// Why there is no lock.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody has it.
    #[error("process {0} is starting this stack")]
    Held(String),
    /// The file cannot be made or locked.
    #[error("failed to lock .stackctl/up.lock")]
    Io(#[from] io::Error),
}

/// Take the lock of the stack in `root`. It ends with the value, and with the process whatever becomes of it.
///
/// # Errors
/// When another process has it, or the file cannot be made.
pub fn take(root: &Path) -> Result<File, LockError> {
    let path = home::create(root)?.join("up.lock");
    let mut file = fs::open_lock(&path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            file.read_to_string(&mut holder)?;
            return Err(LockError::Held(holder.trim().to_owned()));
        }
        // A file system without locks: two are then not kept apart.
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
        Err(TryLockError::Error(error)) => return Err(error.into()),
    }
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_was_first() {
        let folder = tempfile::tempdir().unwrap();
        let first = take(folder.path()).unwrap();
        let second = take(folder.path()).unwrap_err();
        assert_eq!(second.to_string(), format!("process {} is starting this stack", std::process::id()));
        drop(first);
        take(folder.path()).unwrap();
    }
}
