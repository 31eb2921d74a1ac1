//! Generated secrets: `.stackctl/secrets/NAME`, made once, never overwritten, never printed.
//!
//! Compose ignores uid and mode of file secrets and a 0600 file cannot be read by a container that is not root, so the
//! files are 0444 and the closed folder (0700) protects them.

use std::{
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    time::Duration,
};

use super::state_dir;
use crate::{
    fs::{self, Mode},
    model::{Stack, secret_path},
    text::hex,
};

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

/// Make every generated secret of the stack that does not exist yet, below `root` (stack.toml's folder). Several processes
/// at once wait for each other.
///
/// # Errors
/// When a folder or file cannot be made, or `.stackctl` or `.stackctl/secrets` is a symbolic link; secrets already made
/// stay.
pub fn generate<'a>(root: &Path, stack: &'a Stack) -> Result<Vec<(&'a str, Made)>, SecretError> {
    let mut generated = stack.generated_secrets().peekable();
    if generated.peek().is_none() {
        return Ok(Vec::new());
    }
    let folder = prepare_folder(root)?;
    let lock = fs::lock_folder(&folder).map_err(|source| failed("lock", &folder, source))?;
    if lock.is_some() {
        remove_leftovers(&folder, stack);
    }
    let mut made = Vec::new();
    for (name, env) in generated {
        let path = root.join(secret_path(name));
        let text = content(env).map_err(|source| failed("generate random bytes for", &path, source))?;
        match fs::create(&path, text.as_bytes(), Mode::Exact(0o444)) {
            Ok(()) => made.push((name, Made::New)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_file() => {
                if is_foreign(&path, &folder).map_err(|source| failed("read", &path, source))? {
                    let problem = "stackctl did not create it: it is writable, as a file of a repository is, and whoever committed \
                                   it knows the secret. Remove it, and a new one is generated; if you wrote it yourself, \
                                   `chmod 0444` it";
                    return Err(failed("use", &path, io::Error::new(ErrorKind::InvalidInput, problem)));
                }
                made.push((name, Made::Kept))
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                let problem = "it is neither a file nor a link to one: remove it";
                return Err(failed("use", &path, io::Error::new(ErrorKind::InvalidInput, problem)));
            }
            Err(source) => return Err(failed("write", &path, source)),
        }
    }
    Ok(made)
}

/// Whether the file of a secret may have come with a repository. Git knows no read-only files: a plain file that can be written is
/// not one of [`generate`]'s. A link leads to a file of the user's own, which is then read-only or closed to others. Where the
/// file system has no modes, nothing is known.
#[cfg(unix)]
fn is_foreign(path: &Path, folder: &Path) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &Path| Ok::<u32, io::Error>(std::fs::metadata(path)?.permissions().mode() & 0o777);
    let (found, has_modes) = (mode(path)?, mode(folder)? == 0o700);
    let is_closed = path.is_symlink() && found & 0o077 == 0;
    Ok(has_modes && found & 0o222 != 0 && !is_closed)
}

#[cfg(not(unix))]
fn is_foreign(_: &Path, _: &Path) -> io::Result<bool> {
    Ok(false)
}

/// Generated secrets without a file.
pub fn missing<'a>(root: &Path, stack: &'a Stack) -> Vec<&'a str> {
    let absent = |name: &&str| !root.join(secret_path(name)).exists();
    stack.generated_secrets().map(|(name, _)| name).filter(absent).collect()
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
    Ok(hex(&bytes))
}

/// The closed `.stackctl/secrets`.
fn prepare_folder(root: &Path) -> Result<PathBuf, SecretError> {
    let home =
        state_dir::create(root).map_err(|source| failed("create", &root.join(state_dir::NAME), source))?;
    let secrets = home.join("secrets");
    fs::private_folder(&secrets).map_err(|source| failed("create", &secrets, source))?;
    Ok(secrets)
}

/// Remove what killed processes left, which holds a secret that nothing uses. The folder is locked: no other process is
/// writing. Up to 0.1 the temporary file of NAME was NAME.new-PID.
fn remove_leftovers(folder: &Path, stack: &Stack) {
    fs::remove_leftovers(folder, Duration::ZERO);
    let Ok(entries) = folder.read_dir() else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let pid = name.to_str().and_then(|name| name.rsplit_once(".new-"));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let is_secret = name.to_str().is_some_and(|name| stack.secrets.contains_key(name));
        if pid.is_some_and(|(_, pid)| is_number(pid)) && !is_secret {
            // What cannot be removed stays for the next attempt.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

fn failed(doing: &'static str, path: &Path, source: io::Error) -> SecretError {
    SecretError { doing, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::model::{Secret, SecretSource};

    fn stack() -> Stack {
        let secret = |env: &[&str]| Secret {
            source: SecretSource::Generated { env: env.iter().map(|key| (*key).to_owned()).collect() },
            name: None,
            allow: Default::default(),
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

    #[test]
    fn many_at_once_agree() {
        let folder = tempfile::tempdir().unwrap();
        let stack = stack();
        let made: Vec<Vec<(&str, Made)>> = std::thread::scope(|scope| {
            let all: Vec<_> =
                (0..20).map(|_| scope.spawn(|| generate(folder.path(), &stack).unwrap())).collect();
            all.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let new = made.iter().flatten().filter(|(_, made)| *made == Made::New).count();
        assert_eq!(new, 2, "each by one");
        assert_eq!(fs::read_dir(folder.path().join(".stackctl/secrets")).unwrap().count(), 2);
    }

    #[test]
    fn what_a_killed_process_left_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let mut stack = stack();
        let db = stack.secrets["db"].clone();
        stack.secrets.insert("db.new-7".to_owned(), db);
        generate(folder.path(), &stack).unwrap();
        let secrets = folder.path().join(".stackctl/secrets");
        for name in ["db.new-123", ".stackctl~a1B2c3", "other", "db.new-x"] {
            fs::write(secrets.join(name), "a secret").unwrap();
        }
        generate(folder.path(), &stack).unwrap();
        let mut names: Vec<String> = fs::read_dir(&secrets)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["db", "db.new-7", "db.new-x", "drone", "other"]);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_secret_is_not_kept_as_one() {
        let folder = tempfile::tempdir().unwrap();
        let outside = tempfile::NamedTempFile::new().unwrap();
        let secrets = folder.path().join(".stackctl/secrets");
        fs::create_dir_all(&secrets).unwrap();
        std::os::unix::fs::symlink("nowhere", secrets.join("db")).unwrap();
        let error = generate(folder.path(), &stack()).unwrap_err();
        assert_eq!(error.to_string(), format!("failed to use {}", secrets.join("db").display()));
        fs::remove_file(secrets.join("db")).unwrap();
        std::os::unix::fs::symlink(outside.path(), secrets.join("db")).unwrap();
        assert_eq!(
            generate(folder.path(), &stack()).unwrap()[0],
            ("db", Made::Kept),
            "a file of the user's own"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_secret_that_came_with_a_repository_is_not_kept() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let secrets = folder.path().join(".stackctl/secrets");
        let db = secrets.join("db");
        fs::create_dir_all(&secrets).unwrap();
        // As git checks it out, under any umask.
        for mode in [0o644, 0o755, 0o600] {
            fs::write(&db, "known").unwrap();
            fs::set_permissions(&db, fs::Permissions::from_mode(mode)).unwrap();
            let error = generate(folder.path(), &stack()).unwrap_err();
            assert!(error.source.to_string().contains("stackctl did not create it"), "{error:?}");
        }
        fs::rename(&db, folder.path().join("committed")).unwrap();
        fs::set_permissions(folder.path().join("committed"), fs::Permissions::from_mode(0o644)).unwrap();
        symlink("../../committed", &db).unwrap();
        assert!(generate(folder.path(), &stack()).is_err(), "a link to a file of the repository");
        fs::remove_file(&db).unwrap();
        fs::write(&db, "my own").unwrap();
        fs::set_permissions(&db, fs::Permissions::from_mode(0o444)).unwrap();
        assert_eq!(generate(folder.path(), &stack()).unwrap()[0], ("db", Made::Kept));
    }

    #[cfg(unix)]
    #[test]
    fn no_secret_goes_through_a_link() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let outside = tempfile::tempdir().unwrap();
        fs::set_permissions(outside.path(), fs::Permissions::from_mode(0o755)).unwrap();
        for link in [".stackctl", ".stackctl/secrets"] {
            let folder = tempfile::tempdir().unwrap();
            if link != ".stackctl" {
                fs::create_dir(folder.path().join(".stackctl")).unwrap();
            }
            symlink(outside.path(), folder.path().join(link)).unwrap();
            let error = generate(folder.path(), &stack()).unwrap_err();
            assert!(error.source.to_string().contains("it is a symbolic link"), "{error:?}");
            assert_eq!(error.path, folder.path().join(link));
        }
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
        assert_eq!(fs::metadata(outside.path()).unwrap().permissions().mode() & 0o777, 0o755);
    }
}
