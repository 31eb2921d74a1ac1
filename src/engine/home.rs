//! `.stackctl`, the folder beside stack.toml for what is made on this machine and never committed.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Make `.stackctl` below `root`, with a .gitignore that keeps all of it out of git.
///
/// # Errors
/// When it cannot be made or written.
pub fn create(root: &Path) -> io::Result<PathBuf> {
    let home = root.join(".stackctl");
    fs::create_dir_all(&home)?;
    let ignore = home.join(".gitignore");
    if !ignore.exists() {
        fs::write(ignore, "*\n")?;
    }
    Ok(home)
}
