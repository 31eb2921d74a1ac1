//! The image's content: a Linux binary and exactly the files that it needs to run where there is nothing else.

mod folder;
mod needs;

pub use folder::{pack, read, running_binary};
