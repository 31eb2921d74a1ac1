//! Guards against paths that leave the project.

use std::path::{Component, Path};

use crate::fs;

/// Whether a path has a component that git or stackctl reserves: nothing is rendered there.
pub fn is_reserved(path: &str) -> bool {
    path.split('/').any(fs::is_reserved)
}

/// Whether a relative path, with `/` between folders, stays below the folder it is joined to.
pub fn is_inside(path: &str) -> bool {
    let plain = |part: Component<'_>| matches!(part, Component::Normal(_));
    !path.is_empty()
        && !path.contains(['\\', '\0'])
        && !path.split('/').any(|part| part.is_empty() || part == ".")
        && Path::new(path).components().all(plain)
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

    #[test]
    fn what_git_and_stackctl_keep_is_reserved() {
        for path in [
            ".git",
            ".GIT/hooks/x",
            "a/.git/config",
            ".stackctl/secrets/db",
            "a/GIT~1/x",
            ".git./x",
            ".git::$INDEX_ALLOCATION",
            ".g\u{200c}it/x",
        ] {
            assert!(is_reserved(path), "{path}");
        }
        for path in [".gitignore", "git", ".stackctl.json", ".stackctl-staging/1", "a/.github/x"] {
            assert!(!is_reserved(path), "{path}");
        }
    }
}
