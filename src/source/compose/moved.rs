//! A project for a stack.toml in another folder.

use std::path::Path;

use super::{
    loaded::Loaded,
    paths::seen_from,
    relocate::{Relocate, Resolved},
};
use crate::diag::KeyPath;

/// Let the paths of a project count from another folder.
///
/// # Errors
/// The first path that begins with a variable: whether it counts from a folder at all depends on the value.
pub fn move_to(loaded: &mut Loaded, folder: &Path) -> Result<(), KeyPath> {
    let prefix = seen_from(folder, folder, &loaded.folder);
    let mut relocate = Relocate { prefix: &prefix, lookup: &|_| Some("."), resolved: Vec::new() };
    relocate.file(&mut loaded.root);
    match relocate.resolved.into_iter().next() {
        Some(Resolved { path, .. }) => Err(path),
        None => {
            folder.clone_into(&mut loaded.folder);
            Ok(())
        }
    }
}
