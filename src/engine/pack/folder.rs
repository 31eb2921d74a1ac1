//! The folder that the Dockerfile copies into `FROM scratch`.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs, io,
    path::{Path, PathBuf},
};

use super::needs::{Machine, Needs};
use crate::fs::{Mode, create, create_folders, scratch_folder};

/// The binary's name in the image.
const NAME: &str = "stackctl";
/// Where loaders look, on Debian, Fedora, Arch and Alpine.
const USUAL: [&str; 8] = [
    "/lib/x86_64-linux-gnu",
    "/usr/lib/x86_64-linux-gnu",
    "/lib/aarch64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/lib64",
    "/usr/lib64",
    "/lib",
    "/usr/lib",
];
/// Before glibc 2.34 these were loaded when a name was first resolved, and nothing in the binary says so.
const RESOLVERS: [&str; 3] = ["libnss_dns.so.2", "libnss_files.so.2", "libresolv.so.2"];

/// A folder that was packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// What it runs on.
    pub machine: Machine,
    /// Libraries and loader beside the binary; 0 when it is static.
    pub libraries: usize,
    /// All files together.
    pub bytes: u64,
}

/// Why a binary cannot be packed.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// Not a Linux binary.
    #[error("{} is not a Linux binary: {problem}", path.display())]
    NotLinux {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A library is not on this machine, so the binary cannot run here either.
    #[error("{} needs {library}, which is not on this machine", by.display())]
    Missing {
        /// Its name.
        library: String,
        /// Who needs it.
        by: PathBuf,
    },
    /// A file or folder.
    #[error("failed to {doing} {}", path.display())]
    Io {
        /// Completes "failed to ...".
        doing: &'static str,
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The binary that is running, also when its file was replaced meanwhile; none where it is not for Linux.
pub fn running_binary() -> Option<PathBuf> {
    cfg!(target_os = "linux").then(|| PathBuf::from("/proc/self/exe"))
}

/// Put `binary` and what it needs into `folder`, in place of what is there. The folder becomes the root of the image.
///
/// # Errors
/// When `binary` is not for Linux, a library is missing, or a file cannot be read or written. The folder then stays as it is.
pub fn pack(binary: &Path, folder: &Path) -> Result<Packed, PackError> {
    let (machine, files) = collect(binary)?;
    let home = folder.parent().unwrap_or(folder);
    create_folders(home, 0o700).map_err(failed("make", home))?;
    let new = scratch_folder(home).map_err(failed("make", folder))?;
    let content = new.path().join("root");
    for (place, bytes) in &files {
        let path = content.join(place.strip_prefix("/").unwrap_or(place));
        let parent = path.parent().unwrap_or(&content);
        // Readable and executable for the image's user, who is not the one who packs.
        create_folders(parent, 0o755).map_err(failed("make", parent))?;
        create(&path, bytes, Mode::Exact(0o755)).map_err(failed("write", &path))?;
    }
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed("empty", folder)(error)),
        _ => {}
    }
    fs::rename(&content, folder).map_err(failed("write", folder))?;
    Ok(Packed {
        machine,
        libraries: files.len() - 1,
        bytes: files.values().map(|bytes| bytes.len() as u64).sum(),
    })
}

/// Every file by its place in the image. A library keeps the place where it was found: the loader comes from the same
/// system and looks there too.
fn collect(binary: &Path) -> Result<(Machine, BTreeMap<PathBuf, Vec<u8>>), PackError> {
    let bytes = read(binary)?;
    let needs = needs(binary, &bytes)?;
    let mut files = BTreeMap::from([(Path::new("/").join(NAME), bytes)]);
    let machine = needs.machine;
    let Some(interpreter) = &needs.interpreter else { return Ok((machine, files)) };
    files.insert(interpreter.clone(), read(interpreter)?);
    let origin = fs::canonicalize(binary).unwrap_or_else(|_| binary.to_owned());
    let mut known: BTreeSet<String> =
        interpreter.file_name().map(|name| name.to_string_lossy().into_owned()).into_iter().collect();
    let mut waiting = vec![(origin, needs)];
    while let Some((by, needs)) = waiting.pop() {
        for library in &needs.libraries {
            if !known.insert(library.clone()) {
                continue;
            }
            let missing = || PackError::Missing { library: library.clone(), by: by.clone() };
            let (place, bytes, needs) = find(library, &by, &needs.search, machine).ok_or_else(missing)?;
            files.insert(place.clone(), bytes);
            waiting.push((place, needs));
        }
    }
    if known.contains("libc.so.6") {
        for library in RESOLVERS.iter().filter(|library| !known.contains(**library)) {
            // A system that has none needs none.
            if let Some((place, bytes, _)) = find(library, Path::new("/"), &[], machine) {
                files.insert(place, bytes);
            }
        }
    }
    Ok((machine, files))
}

/// A library in the loader's order: where the file that needs it says, where the environment says, where all lie.
fn find(library: &str, by: &Path, search: &[String], machine: Machine) -> Option<(PathBuf, Vec<u8>, Needs)> {
    let origin = by.parent().unwrap_or(by);
    let own = search.iter().map(|path| {
        PathBuf::from(path.replace("${ORIGIN}", "$ORIGIN").replace("$ORIGIN", &origin.to_string_lossy()))
    });
    let environment = env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
    let folders = own
        .chain(env::split_paths(&environment))
        .chain(USUAL.map(PathBuf::from))
        .filter(|folder| folder.is_absolute());
    folders.map(|folder| folder.join(library)).find_map(|path| {
        let bytes = fs::read(&path).ok()?;
        let needs = Needs::read(&bytes).ok()?;
        // Another machine's library of that name is passed over, as the loader does.
        (needs.machine == machine).then_some((path, bytes, needs))
    })
}

fn needs(path: &Path, bytes: &[u8]) -> Result<Needs, PackError> {
    Needs::read(bytes)
        .map_err(|error| PackError::NotLinux { path: path.to_owned(), problem: error.to_string() })
}

/// The bytes of a binary or a library, which may be of any size.
///
/// # Errors
/// When it cannot be read.
pub fn read(path: &Path) -> Result<Vec<u8>, PackError> {
    fs::read(path).map_err(failed("read", path))
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> PackError {
    let path = path.to_owned();
    move |source| PackError::Io { doing, path, source }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::{os::unix::fs::PermissionsExt, process::Command};

    use super::*;

    #[test]
    fn what_is_packed_runs_from_its_folder_alone() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("image");
        fs::create_dir(&root).unwrap();
        fs::write(root.join("old"), "").unwrap();
        let packed = pack(&running_binary().unwrap(), &root).unwrap();
        assert!(!root.join("old").exists(), "what was there is replaced");
        assert!(packed.bytes > 100_000);
        let binary = root.join(NAME);
        assert_eq!(fs::metadata(&binary).unwrap().permissions().mode() & 0o777, 0o755);
        // The loader of the folder, which looks there and nowhere else, finds everything.
        let needs = Needs::read(&fs::read(&binary).unwrap()).unwrap();
        if let Some(interpreter) = needs.interpreter {
            assert!(packed.libraries >= 2, "{packed:?}");
            let inside = |path: &str| root.join(path.trim_start_matches('/'));
            let paths: Vec<PathBuf> = USUAL.iter().map(|path| inside(path)).collect();
            let listed = Command::new(inside(&interpreter.to_string_lossy()))
                .args(["--inhibit-cache", "--library-path"])
                .arg(env::join_paths(paths).unwrap())
                .arg(&binary)
                .arg("--list")
                .output()
                .unwrap();
            assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
        } else {
            assert_eq!(packed.libraries, 0);
        }
    }

    #[test]
    fn what_cannot_run_leaves_the_folder_alone() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("image");
        fs::create_dir(&root).unwrap();
        let script = folder.path().join("script");
        fs::write(&script, "#!/bin/sh\n").unwrap();
        assert!(matches!(pack(&script, &root), Err(PackError::NotLinux { .. })));
        assert!(matches!(pack(&folder.path().join("none"), &root), Err(PackError::Io { .. })));
        assert!(root.exists());
    }

    #[test]
    fn a_library_that_is_nowhere_is_named() {
        assert!(
            find("libnowhere.so.9", Path::new("/x/y"), &["$ORIGIN/lib".to_owned()], Machine::Amd64).is_none()
        );
    }
}
