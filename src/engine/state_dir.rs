//! `.stackctl`, the folder beside stack.toml for what is made on this machine and never committed.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::fs::{self, Mode};

/// Its name.
pub const NAME: &str = ".stackctl";
/// Permissions of the files in it: they are their owner's alone.
pub const FILE_MODE: Mode = Mode::Exact(0o600);
/// What keeps all of it out of git.
const IGNORE_ALL: &str = "*";

/// Make `.stackctl` below `root`, closed to other users, with a .gitignore that keeps all of it out of git. Both may have
/// come with a repository: a link is refused, and a .gitignore that says something else is written again.
///
/// # Errors
/// When it cannot be made or written, or is a symbolic link.
pub fn create(root: &Path) -> io::Result<PathBuf> {
    let home = root.join(NAME);
    fs::private_folder(&home).map_err(|error| {
        io::Error::new(error.kind(), format!("{} cannot be used: {error}", home.display()))
    })?;
    let ignore = home.join(".gitignore");
    if !ignores_all(&ignore) {
        if ignore.is_symlink() {
            std::fs::remove_file(&ignore)?;
        }
        fs::write(&ignore, format!("{IGNORE_ALL}\n").as_bytes(), FILE_MODE)?;
    }
    Ok(home)
}

/// Whether a .gitignore has one pattern, which is all. One that is empty is left from a full disk.
fn ignores_all(path: &Path) -> bool {
    let text = fs::read_no_follow(path).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.is_some_and(|text| {
        let lines = text.lines().map(str::trim_end).filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.eq([IGNORE_ALL])
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn its_gitignore_excludes_everything_whatever_it_held() {
        let root = tempfile::tempdir().unwrap();
        let ignore = create(root.path()).unwrap().join(".gitignore");
        assert_eq!(fs::read_to_string(&ignore).unwrap(), "*\n");
        for text in ["", "!*\n", "*\n!secrets\n", "# nothing\n", "secrets\n"] {
            fs::write(&ignore, text).unwrap();
            create(root.path()).unwrap();
            assert_eq!(fs::read_to_string(&ignore).unwrap(), "*\n", "{text:?}");
        }
        fs::write(&ignore, "# mine\n*\r\n").unwrap();
        create(root.path()).unwrap();
        assert_eq!(fs::read_to_string(&ignore).unwrap(), "# mine\n*\r\n", "it says the same");
    }

    #[cfg(unix)]
    #[test]
    fn it_is_no_link_and_nothing_is_written_through_one() {
        use std::os::unix::fs::symlink;
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("elsewhere")).unwrap();
        symlink("elsewhere", root.path().join(".stackctl")).unwrap();
        let error = create(root.path()).unwrap_err().to_string();
        assert!(error.contains(".stackctl cannot be used: it is a symbolic link"), "{error}");
        assert_eq!(fs::read_dir(root.path().join("elsewhere")).unwrap().count(), 0);
        fs::remove_file(root.path().join(".stackctl")).unwrap();

        let ignore = create(root.path()).unwrap().join(".gitignore");
        fs::remove_file(&ignore).unwrap();
        fs::write(root.path().join("precious"), "mine").unwrap();
        symlink("../precious", &ignore).unwrap();
        create(root.path()).unwrap();
        assert_eq!(fs::read_to_string(root.path().join("precious")).unwrap(), "mine");
        assert_eq!(fs::symlink_metadata(&ignore).unwrap().len(), 2);
    }
}
