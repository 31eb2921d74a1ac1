//! Generated secrets: `.stackctl/secrets/NAME`, made once, never overwritten, never printed.
//!
//! Compose ignores uid and mode of file secrets and a 0600 file cannot be read by a container that is not root, so the
//! files are 0444 and the closed folder (0700) protects them.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::home;
use crate::model::{Secret, SecretSource, Stack, secret_path};

/// Random bytes of a secret: 256 bits, written as 64 hexadecimal digits, which no shell, URL or YAML reader can misread.
const RANDOM_BYTES: usize = 32;

/// What [`generate`] did for one secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// A new file.
    New,
    /// The file was there and stays as it is.
    Kept,
}

/// Why a secret could not be made.
#[derive(Debug, thiserror::Error)]
#[error("failed to {doing} {}", path.display())]
pub struct SecretError {
    doing: &'static str,
    path: PathBuf,
    source: io::Error,
}

/// Make every generated secret of the stack that does not exist yet, below `root` (stack.toml's folder).
///
/// # Errors
/// When a folder or file cannot be made; secrets already made stay.
pub fn generate<'a>(root: &Path, stack: &'a Stack) -> Result<Vec<(&'a str, Made)>, SecretError> {
    let mut made = Vec::new();
    for (name, secret) in &stack.secrets {
        let SecretSource::Generated { env } = &secret.source else { continue };
        let path = root.join(secret_path(name));
        if fs::symlink_metadata(&path).is_ok() {
            made.push((name.as_str(), Made::Kept));
            continue;
        }
        prepare_folder(root)?;
        let text = content(env).map_err(|source| failed("draw random bytes for", &path, source))?;
        write_new(&path, &text).map_err(|source| failed("write", &path, source))?;
        made.push((name.as_str(), Made::New));
    }
    Ok(made)
}

/// Generated secrets whose file does not exist.
pub fn missing<'a>(root: &Path, stack: &'a Stack) -> Vec<&'a str> {
    let generated = |secret: &Secret| matches!(secret.source, SecretSource::Generated { .. });
    let absent = |name: &str| !root.join(secret_path(name)).exists();
    stack
        .secrets
        .iter()
        .filter(|(name, secret)| generated(secret) && absent(name))
        .map(|(name, _)| name.as_str())
        .collect()
}

fn content(env: &[String]) -> io::Result<String> {
    if env.is_empty() {
        return random();
    }
    let lines: io::Result<Vec<String>> = env.iter().map(|key| Ok(format!("{key}={}\n", random()?))).collect();
    Ok(lines?.concat())
}

fn random() -> io::Result<String> {
    let mut bytes = [0; RANDOM_BYTES];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The closed `.stackctl/secrets`.
fn prepare_folder(root: &Path) -> Result<(), SecretError> {
    let home = home::create(root).map_err(|source| failed("create", &root.join(".stackctl"), source))?;
    let secrets = home.join("secrets");
    fs::create_dir_all(&secrets).map_err(|source| failed("create", &secrets, source))?;
    restrict(&secrets, 0o700).map_err(|source| failed("close", &secrets, source))
}

/// Write a file that must not exist yet: all of it, or nothing under its name.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let temporary = path.with_extension(format!("new-{}", std::process::id()));
    let written = fs::write(&temporary, text)
        .and_then(|()| restrict(&temporary, 0o444))
        .and_then(|()| fs::hard_link(&temporary, path));
    let _ = fs::remove_file(&temporary);
    written
}

#[cfg(unix)]
fn restrict(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn restrict(_path: &Path, _mode: u32) -> io::Result<()> {
    Ok(())
}

fn failed(doing: &'static str, path: &Path, source: io::Error) -> SecretError {
    SecretError { doing, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack() -> Stack {
        let secret = |env: &[&str]| Secret {
            source: SecretSource::Generated { env: env.iter().map(|key| (*key).to_owned()).collect() },
            name: None,
            rest: Default::default(),
        };
        let file = Secret { source: SecretSource::File("x".into()), ..secret(&[]) };
        let secrets = [
            ("db".to_owned(), secret(&[])),
            ("drone".to_owned(), secret(&["A", "B"])),
            ("own".to_owned(), file),
        ];
        Stack { secrets: secrets.into(), ..Stack::default() }
    }

    #[test]
    fn makes_each_once_and_never_again() {
        let folder = tempfile::tempdir().unwrap();
        let stack = stack();
        assert_eq!(missing(folder.path(), &stack), ["db", "drone"]);
        assert_eq!(generate(folder.path(), &stack).unwrap(), [("db", Made::New), ("drone", Made::New)]);
        let read = |name: &str| fs::read_to_string(folder.path().join(secret_path(name))).unwrap();
        let before = read("db");
        assert!(before.len() == 64 && before.bytes().all(|b| b.is_ascii_hexdigit()));
        let lines: Vec<(String, String)> = read("drone")
            .lines()
            .map(|line| line.split_once('=').map(|(k, v)| (k.into(), v.into())).unwrap())
            .collect();
        assert!(lines[0].0 == "A" && lines[1].0 == "B" && lines[0].1 != lines[1].1);

        assert_eq!(generate(folder.path(), &stack).unwrap(), [("db", Made::Kept), ("drone", Made::Kept)]);
        assert_eq!(read("db"), before);
        assert!(missing(folder.path(), &stack).is_empty());
        assert_eq!(fs::read_dir(folder.path().join(".stackctl/secrets")).unwrap().count(), 2);
        assert_eq!(fs::read_to_string(folder.path().join(".stackctl/.gitignore")).unwrap(), "*\n");
    }

    #[cfg(unix)]
    #[test]
    fn the_folder_is_closed_and_the_files_are_readable_within() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        generate(folder.path(), &stack()).unwrap();
        let mode = |path: &str| fs::metadata(folder.path().join(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(".stackctl/secrets"), mode(".stackctl/secrets/db")), (0o700, 0o444));
    }
}
