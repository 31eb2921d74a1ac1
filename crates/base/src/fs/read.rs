//! Reading: plain files, bounded, without waiting.

use std::{
    fs::{self, File, FileType, Metadata, OpenOptions},
    io::{self, ErrorKind, Read},
    path::Path,
};

/// The most bytes of a file that are read. Nothing that stackctl reads comes near it.
pub const MAX_BYTES: usize = 8 << 20;

/// The bytes of a plain file. Symbolic links are followed.
///
/// # Errors
/// When it cannot be opened or read, is no plain file (a named pipe or a device is never waited for), or is larger than
/// [`MAX_BYTES`].
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    whole(open(path, true)?, MAX_BYTES)
}

/// The same for a path with a last component that may not be a symbolic link.
///
/// # Errors
/// As [`read`], and when a symbolic link is there.
pub fn read_no_follow(path: &Path) -> io::Result<Vec<u8>> {
    whole(open(path, false)?, MAX_BYTES)
}

/// The text of a plain file.
///
/// # Errors
/// As [`read`], and when it is not UTF-8.
pub fn read_text(path: &Path) -> io::Result<String> {
    String::from_utf8(read(path)?).map_err(|_| io::Error::new(ErrorKind::InvalidData, "it is not UTF-8"))
}

/// The first bytes of a file that the command line names, one more than [`MAX_BYTES`] at most: its reader says that it is
/// too large. What a shell passes as `/dev/stdin` or `/dev/fd/N` is read to its end, everything else as in [`read`].
///
/// # Errors
/// When it cannot be opened or read, or is no plain file.
pub fn read_argument(path: &Path) -> io::Result<Vec<u8>> {
    if path == Path::new("/dev/stdin") || path.starts_with("/dev/fd") {
        start(File::open(path)?, MAX_BYTES)
    } else {
        start(open(path, true)?, MAX_BYTES)
    }
}

/// The first bytes, one more than `limit` at most.
fn start(file: File, limit: usize) -> io::Result<Vec<u8>> {
    let size = file.metadata().map_or(0, |found| found.len()).min(limit as u64);
    let mut bytes = Vec::with_capacity(size as usize + 1);
    file.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// All bytes of an open file, which may be `limit`.
pub(super) fn whole(file: File, limit: usize) -> io::Result<Vec<u8>> {
    let too_large = || {
        let problem = format!("it is larger than {} MiB, the most that is read", limit >> 20);
        io::Error::new(ErrorKind::FileTooLarge, problem)
    };
    if file.metadata()?.len() > limit as u64 {
        return Err(too_large());
    }
    let bytes = start(file, limit)?;
    if bytes.len() > limit { Err(too_large()) } else { Ok(bytes) }
}

fn open(path: &Path, follow: bool) -> io::Result<File> {
    // Looked at first: to open a device can be an act, and to open a pipe can wait. Looked at again once it is open,
    // because it may have been replaced in between.
    let found = if follow { fs::metadata(path) } else { fs::symlink_metadata(path) }?;
    require_plain(&found)?;
    let mut options = OpenOptions::new();
    options.read(true);
    without_waiting(&mut options, follow);
    let file = options.open(path)?;
    require_plain(&file.metadata()?)?;
    Ok(file)
}

/// Open without waiting for a pipe's other end, and without following a link in the last place unless `follow`.
pub(super) fn without_waiting(options: &mut OpenOptions, follow: bool) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;

        use rustix::fs::OFlags;
        let links = if follow { OFlags::empty() } else { OFlags::NOFOLLOW };
        options.custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY | links).bits().cast_signed());
    }
    #[cfg(not(unix))]
    let _ = (options, follow);
}

/// # Errors
/// When it is no plain file, with what it is.
pub(super) fn require_plain(found: &Metadata) -> io::Result<()> {
    if found.is_file() || is_null_device(found) {
        return Ok(());
    }
    let kind = if found.is_dir() { ErrorKind::IsADirectory } else { ErrorKind::InvalidInput };
    Err(io::Error::new(kind, format!("it is {}, not a plain file", what(found.file_type()))))
}

/// `/dev/null`, which people write where a file is asked for and none is meant.
fn is_null_device(found: &Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{FileTypeExt, MetadataExt};
        let same = |null: Metadata| null.rdev() == found.rdev();
        found.file_type().is_char_device() && fs::metadata("/dev/null").is_ok_and(same)
    }
    #[cfg(not(unix))]
    {
        let _ = found;
        false
    }
}

/// What a thing of the file system is, with its article.
pub(super) fn what(kind: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return "a named pipe";
        }
        if kind.is_socket() {
            return "a socket";
        }
    }
    if kind.is_symlink() {
        "a symbolic link"
    } else if kind.is_dir() {
        "a folder"
    } else if kind.is_file() {
        "a plain file"
    } else {
        "a device"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_plain_files_up_to_the_bound() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "text").unwrap();
        assert_eq!(read_text(&path).unwrap(), "text");
        fs::write(&path, [0xff]).unwrap();
        assert_eq!(read_text(&path).unwrap_err().to_string(), "it is not UTF-8");
        let file = File::create(&path).unwrap();
        file.set_len(MAX_BYTES as u64).unwrap();
        assert_eq!(read(&path).unwrap().len(), MAX_BYTES);
        // Sparse: takes no room on the disk.
        file.set_len(1 << 30).unwrap();
        assert_eq!(read(&path).unwrap_err().kind(), ErrorKind::FileTooLarge);
        assert_eq!(read_argument(&path).unwrap().len(), MAX_BYTES + 1);
        assert_eq!(read(&folder.path().join("none")).unwrap_err().kind(), ErrorKind::NotFound);
        let error = read(folder.path()).unwrap_err();
        assert_eq!(error.to_string(), "it is a folder, not a plain file");
    }

    #[cfg(unix)]
    #[test]
    fn never_waits_and_never_reads_a_device() {
        use rustix::fs::{CWD, FileType, Mode, mknodat};
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        assert_eq!(read(&pipe).unwrap_err().to_string(), "it is a named pipe, not a plain file");
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
        assert_eq!(read(&link).unwrap_err().to_string(), "it is a device, not a plain file");
        assert_eq!(read(Path::new("/dev/null")).unwrap(), b"");
        fs::write(folder.path().join("file"), "x").unwrap();
        let link = folder.path().join("to-file");
        std::os::unix::fs::symlink("file", &link).unwrap();
        assert_eq!(read(&link).unwrap(), b"x");
        let error = read_no_follow(&link).unwrap_err();
        assert_eq!(error.to_string(), "it is a symbolic link, not a plain file");
    }
}
