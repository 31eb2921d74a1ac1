//! Where a path leads, and who owns it.

use std::{
    io,
    path::{Component, Path, PathBuf},
};

/// Why a path below a folder is not taken.
#[derive(Debug, thiserror::Error)]
pub enum Unresolved {
    /// A symbolic link leads out of the folder, or into a folder of git's or stackctl's own.
    #[error("{} is a symbolic link that leads elsewhere", .0.display())]
    Link(PathBuf),
    /// It does not exist or cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Whether a name belongs to git or to stackctl itself: nothing else reads or writes there. Names are compared as file systems
/// do that ignore case, dots and spaces at the end, streams (`.git::$INDEX_ALLOCATION`) or characters without a width.
pub fn is_reserved(name: &str) -> bool {
    let is_ignored = |c: char| matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}');
    let name: String = name.chars().take_while(|c| *c != ':').filter(|c| !is_ignored(*c)).collect();
    let name = name.trim_end_matches(['.', ' ']);
    [".git", ".stackctl", "git~1"].iter().any(|reserved| name.eq_ignore_ascii_case(reserved))
}

/// The file that `root/folder/name` is, with symbolic links followed as long as they stay in `root/folder`; that folder is
/// no link itself. `name` has no `..`.
///
/// # Errors
/// When it leads elsewhere, does not exist or cannot be read.
pub fn resolve_below(root: &Path, folder: &str, name: &str) -> Result<PathBuf, Unresolved> {
    let relative = Path::new(folder).join(name);
    let elsewhere = || Unresolved::Link(first_link(root, &relative).unwrap_or_else(|| relative.clone()));
    let base = if root.as_os_str().is_empty() { Path::new(".") } else { root }.join(folder);
    if base.symlink_metadata()?.is_symlink() {
        return Err(elsewhere());
    }
    let file = base.join(name).canonicalize()?;
    let base = base.canonicalize()?;
    let below = file.strip_prefix(&base).map_err(|_| elsewhere())?;
    let reserved = |part: Component<'_>| part.as_os_str().to_str().is_some_and(is_reserved);
    if below.components().any(reserved) { Err(elsewhere()) } else { Ok(file) }
}

/// The first component of `path` below `root` that is a symbolic link, as `path` names it.
pub fn first_link(root: &Path, path: &Path) -> Option<PathBuf> {
    let mut walked = PathBuf::new();
    path.components().find_map(|part| {
        walked.push(part);
        let found = root.join(&walked).symlink_metadata();
        found.is_ok_and(|found| found.is_symlink()).then(|| walked.clone())
    })
}

/// The owner of a file or of the folder that holds it, where that is a stranger: neither root, nor who runs this, nor who
/// called `sudo`. Both a link and what it points at count. Not on Windows.
pub fn foreign_owner(file: &Path) -> Option<String> {
    #[cfg(unix)]
    {
        use std::{env, os::unix::fs::MetadataExt};
        let caller = rustix::process::geteuid().as_raw();
        let sudo = env::var("SUDO_UID").ok().and_then(|uid| uid.parse().ok());
        let found = [file.symlink_metadata(), file.metadata(), super::write::folder_of(file).metadata()];
        let owner = found.into_iter().flatten().map(|found| found.uid());
        owner.into_iter().find(|owner| !is_trusted(*owner, caller, sudo)).map(user)
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        None
    }
}

/// As git's `safe.directory` has it: `SUDO_UID` counts only for root, anybody could set it for himself.
#[cfg(unix)]
fn is_trusted(owner: u32, caller: u32, sudo: Option<u32>) -> bool {
    owner == 0 || owner == caller || (caller == 0 && sudo == Some(owner))
}

/// A user by name where /etc/passwd has one.
#[cfg(unix)]
fn user(uid: u32) -> String {
    let known = super::read_text(Path::new("/etc/passwd")).unwrap_or_default();
    let name = known.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    });
    name.map_or(format!("the user {uid}"), |name| format!("the user {name} ({uid})"))
}

#[cfg(all(test, unix))]
mod tests {
    use std::{fs, os::unix::fs::symlink};

    use super::*;

    #[test]
    fn links_stay_in_their_folder() {
        let project = tempfile::tempdir().unwrap();
        let root = project.path();
        fs::create_dir_all(root.join("t/.git")).unwrap();
        for file in ["secret", "t/real", "t/.git/config"] {
            fs::write(root.join(file), "x").unwrap();
        }
        for (target, link) in
            [("real", "t/near"), ("../secret", "t/out"), (".git/config", "t/git"), ("..", "t/up"), ("t", "u")]
        {
            symlink(target, root.join(link)).unwrap();
        }
        assert_eq!(resolve_below(root, "t", "near").unwrap(), root.canonicalize().unwrap().join("t/real"));
        for (name, link) in [("out", "t/out"), ("git", "t/git"), ("up/secret", "t/up")] {
            let found = resolve_below(root, "t", name);
            assert!(matches!(&found, Err(Unresolved::Link(path)) if path == Path::new(link)), "{found:?}");
        }
        assert!(
            matches!(resolve_below(root, "u", "real"), Err(Unresolved::Link(path)) if path == Path::new("u"))
        );
        assert!(matches!(resolve_below(root, "t", "none"), Err(Unresolved::Io(_))));
    }

    #[test]
    fn root_the_caller_and_who_called_sudo_are_trusted() {
        assert!(is_trusted(0, 1000, None) && is_trusted(1000, 1000, None) && is_trusted(1000, 0, Some(1000)));
        assert!(
            !is_trusted(1001, 1000, None)
                && !is_trusted(1000, 0, None)
                && !is_trusted(1001, 1000, Some(1001))
        );
        assert!(user(0).contains("(0)"));
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(foreign_owner(&folder.path().join("none")), None);
    }
}
