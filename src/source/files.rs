//! Finding and reading stack.toml.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::fs;

/// The name that is looked for.
pub const NAME: &str = "stack.toml";

/// Why there is no stack.toml to read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// None here or in a folder above.
    #[error("there is no {NAME} in {} or a folder above it", .0.display())]
    NotFound(PathBuf),
    /// It was found in a parent folder and belongs to another user, who would decide what runs.
    #[error("{} belongs to {owner}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Who owns it, or its folder.
        owner: String,
    },
    /// It exists, or was named, and cannot be read.
    #[error("failed to read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Whether a file is a Compose file by its name.
pub fn is_compose(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

/// The Compose file of a folder that Compose would find, by the name that it looks for first.
pub fn compose_file(folder: &Path) -> Option<PathBuf> {
    let names = ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];
    names.map(|name| folder.join(name)).into_iter().find(|path| path.is_file())
}

/// A path as messages show it: relative to the current folder where it is inside it.
pub fn shorten(path: &Path, here: &Path) -> String {
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}

/// The path of the stack: the one that was named, or the nearest stack.toml in `folder` and the folders above it.
///
/// # Errors
/// When none is found, or the nearest one in a parent folder belongs to another user, as git refuses such a repository. One in
/// `folder` itself is used whoever owns it: the user went there.
pub fn find(explicit: Option<&Path>, folder: &Path) -> Result<PathBuf, FileError> {
    if let Some(path) = explicit {
        return Ok(path.to_owned());
    }
    let mut paths = folder.ancestors().map(|folder| folder.join(NAME));
    let path = paths.find(|path| path.is_file()).ok_or_else(|| FileError::NotFound(folder.to_owned()))?;
    match fs::foreign_owner(&path) {
        Some(owner) if path.parent() != Some(folder) => Err(FileError::Foreign { path, owner }),
        _ => Ok(path),
    }
}

/// The bytes of the file, at most one more than [`fs::MAX_BYTES`]: enough for [`super::parse`] to say that it is too large.
///
/// # Errors
/// When it cannot be opened or read, or is not a regular file.
pub fn read(path: &Path) -> Result<Vec<u8>, FileError> {
    fs::read_argument(path).map_err(|source| FileError::Unreadable { path: path.to_owned(), source })
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
