//! What may not leave the project.

use std::{
    io,
    path::{Component, Path, PathBuf},
};

/// Whether a relative path, with `/` between folders, stays below the folder it is joined to.
pub fn is_inside(path: &str) -> bool {
    let plain = |part: Component<'_>| matches!(part, Component::Normal(_));
    !path.is_empty()
        && !path.contains(['\\', '\0'])
        && !path.split('/').any(|part| part.is_empty() || part == ".")
        && Path::new(path).components().all(plain)
}

/// The project's folder without symbolic links; the empty path is the current folder.
///
/// # Errors
/// When it cannot be read.
pub fn real(root: &Path) -> io::Result<PathBuf> {
    if root.as_os_str().is_empty() { Path::new(".").canonicalize() } else { root.canonicalize() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_paths_stay_inside() {
        for path in ["a", "a/b.conf", "..a", "a..b/c", "a b"] {
            assert!(is_inside(path), "{path}");
        }
        for path in ["", ".", "..", "../x", "/etc/passwd", "a/../b", "./a", "a//b", "a/", "a\\b", "a\0"] {
            assert!(!is_inside(path), "{path}");
        }
    }
}
