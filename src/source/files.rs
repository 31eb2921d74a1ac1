//! Finding and reading stack.toml.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::MAX_BYTES;

/// The name that is looked for.
pub const NAME: &str = "stack.toml";

/// Why there is no stack.toml to read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// None here or in a folder above.
    #[error("there is no {NAME} in {} or a folder above it", .0.display())]
    NotFound(PathBuf),
    /// It exists, or was named, and cannot be read.
    #[error("failed to read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// The path of the stack: the one that was named, or the nearest stack.toml in `folder` and the folders above it.
///
/// # Errors
/// When none is found.
pub fn find(explicit: Option<&Path>, folder: &Path) -> Result<PathBuf, FileError> {
    if let Some(path) = explicit {
        return Ok(path.to_owned());
    }
    folder
        .ancestors()
        .map(|folder| folder.join(NAME))
        .find(|path| path.is_file())
        .ok_or_else(|| FileError::NotFound(folder.to_owned()))
}

/// The bytes of the file, at most one more than [`MAX_BYTES`]: enough for [`super::parse`] to say that it is too large.
///
/// # Errors
/// When it cannot be opened or read.
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    let unreadable = |source| FileError::Unreadable { path: path.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    let size = file.metadata().map_or(0, |file| file.len()).min(MAX_BYTES as u64);
    let mut bytes = Vec::with_capacity(size as usize + 1);
    file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_nearest_one_above() {
        let root = tempfile::tempdir().unwrap();
        let deep = root.path().join("a/b");
        std::fs::create_dir_all(&deep).unwrap();
        std::fs::create_dir(root.path().join("a/stack.toml")).unwrap();
        std::fs::write(root.path().join(NAME), "name = \"x\"").unwrap();
        assert_eq!(find(None, &deep).unwrap(), root.path().join(NAME));
        assert_eq!(find(Some(Path::new("other.toml")), &deep).unwrap(), Path::new("other.toml"));
        assert_eq!(read(&root.path().join(NAME)).unwrap(), b"name = \"x\"");
    }

    #[test]
    fn says_what_cannot_be_read() {
        let root = tempfile::tempdir().unwrap();
        let error = read(&root.path().join("missing.toml")).unwrap_err();
        assert!(error.to_string().starts_with("failed to read "), "{error}");
        assert!(matches!(read(root.path()), Err(FileError::Unreadable { .. })));
    }
}
