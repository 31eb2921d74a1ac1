//! The file system: the one way to read a file and the one way to write one.
//!
//! - [`read`], [`read_text`]: plain files only, at most [`MAX_BYTES`], never waiting for a pipe or a device. A repository
//!   can hold a link to anything, so this is how every file is read.
//! - [`write`], [`create`]: a temporary file in the same folder, flushed and renamed: after a kill or on a full disk
//!   the file is the old one or the new one. Never through a symbolic link, a dangling one included.
//! - [`Output`]: a file that the command line names for a result, which may also be a pipe or a device.
//! - [`Folder`]: a folder in which a stranger may have put links, reached step by step and never through one.
//! - [`create_folders`], [`private_folder`]: folders with a mode that does not depend on the umask.
//!
//! An error is an [`std::io::Error`] that says what is wrong and not where: the caller names the path.

#[cfg(not(unix))]
#[path = "at_other.rs"]
mod at;
#[cfg(unix)]
#[path = "at_unix.rs"]
mod at;
mod folder;
mod folders;
mod kind;
mod output;
mod read;
mod resolve;
mod write;

pub use folder::{Folder, FolderError, Found};
pub use folders::{create_folders, lock_folder, private_folder};
pub use output::Output;
pub use read::{MAX_BYTES, read, read_argument, read_no_follow, read_text};
pub use resolve::{Unresolved, first_link, foreign_owner, is_reserved, resolve_below};
pub use write::{Mode, create, open_lock, remove_leftovers, replace, scratch_folder, write};
