//! Results that the command line names a file for.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

use super::write::{Mode, is_link, staged, write};

/// Where a result goes: a plain file, or a pipe or device that the command line names (`/dev/stdout`, `/dev/fd/63`).
#[derive(Debug)]
pub struct Output {
    path: PathBuf,
    /// What is written to as it is; a plain file is replaced.
    direct: Option<File>,
}

impl Output {
    /// Look whether the result can be written, before the work that makes it. A file that is there stays as it is.
    ///
    /// # Errors
    /// When it cannot, or the path is a symbolic link (below `/dev` it may be one).
    pub fn open(path: &Path) -> io::Result<Self> {
        let found = match fs::symlink_metadata(path) {
            Ok(found) if found.is_symlink() && !path.starts_with("/dev") => return Err(is_link()),
            Ok(found) => Some(found),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let there = || OpenOptions::new().write(true).open(path);
        let direct = match found {
            Some(found) if !found.is_file() => Some(there()?),
            // A plain file in a folder that takes no other: mounted alone into a container that is read-only.
            found => match staged(path, b"", Mode::Usual) {
                Ok(_) => None,
                Err(error) => Some(if found.is_some() { there()? } else { return Err(error) }),
            },
        };
        Ok(Self { path: path.to_owned(), direct })
    }

    /// Write all of the result.
    ///
    /// # Errors
    /// When it cannot be written; a plain file is then as it was.
    pub fn write(self, bytes: &[u8]) -> io::Result<()> {
        match self.direct {
            None => match write(&self.path, bytes, Mode::Usual) {
                // A file that is mounted alone cannot be replaced.
                Err(error) if error.kind() == ErrorKind::ResourceBusy => {
                    in_place(OpenOptions::new().write(true).open(&self.path)?, bytes)
                }
                done => done,
            },
            Some(file) => in_place(file, bytes),
        }
    }
}

fn in_place(mut file: File, bytes: &[u8]) -> io::Result<()> {
    if file.metadata()?.is_file() {
        file.set_len(0)?;
    }
    file.write_all(bytes)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_result_replaces_a_file_and_goes_into_a_device() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("folder");
        fs::create_dir(&folder).unwrap();
        let path = folder.join("report.json");
        fs::write(&path, "the last one, which was longer").unwrap();
        let output = Output::open(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"the last one, which was longer");
        output.write(b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        Output::open(Path::new("/dev/null")).unwrap().write(b"new").unwrap();
        Output::open(&folder.join("no/folder")).unwrap_err();
        Output::open(&folder).unwrap_err();
        let link = folder.join("link");
        for target in ["report.json", "../outside"] {
            std::os::unix::fs::symlink(target, &link).unwrap();
            Output::open(&link).unwrap_err();
            fs::remove_file(&link).unwrap();
        }
    }
}
