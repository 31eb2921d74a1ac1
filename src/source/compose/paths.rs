//! Paths of files, as they are written and as one folder sees another.

use std::path::{Component, Path, PathBuf};

/// A path without `.`, and without `..` where a folder stands before it.
pub(super) fn clean(path: &Path) -> PathBuf {
    let mut cleaned = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir
                if matches!(cleaned.components().next_back(), Some(Component::Normal(_))) =>
            {
                cleaned.pop();
            }
            component => cleaned.push(component),
        }
    }
    cleaned
}

/// A folder as it is seen from another one, with `/` between names; both may be relative to `here`.
pub(super) fn seen_from(here: &Path, from: &Path, folder: &Path) -> String {
    let absolute = |path: &Path| clean(&here.join(path));
    let (from, folder) = (absolute(from), absolute(folder));
    let (from, folder): (Vec<_>, Vec<_>) = (from.components().collect(), folder.components().collect());
    let shared = from.iter().zip(&folder).take_while(|(one, other)| one == other).count();
    let up = std::iter::repeat_n("..".to_owned(), from.len() - shared);
    let down = folder[shared..].iter().map(|part| part.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_see_each_other() {
        let here = Path::new("/x/y");
        for (from, folder, seen) in [
            ("", "sub", "sub"),
            ("", "", ""),
            ("sub", "", ".."),
            ("sub", "other/deep", "../other/deep"),
            ("", "../z", "../z"),
            ("", "/x/z", "../z"),
            ("/x/y/sub", "sub/t", "t"),
        ] {
            assert_eq!(seen_from(here, Path::new(from), Path::new(folder)), seen, "{from} {folder}");
        }
        assert_eq!(clean(Path::new("./a/../b/./c")), Path::new("b/c"));
        assert_eq!(clean(Path::new("../a/..")), Path::new(".."));
    }
}
