//! `stackctl man`: put the pages where `man` finds them.

use std::path::Path;

use anyhow::Context as _;

use super::{Context, Exit, Failure};
use crate::{
    fs::{self, Mode},
    ui::counted,
};

/// Write pages, each a file's name and its text, into a folder.
///
/// # Errors
/// When the folder or a page cannot be written (exit 3).
pub fn run(context: &Context, folder: &Path, pages: &[(String, Vec<u8>)]) -> Result<Exit, Failure> {
    let shown = folder.display();
    std::fs::create_dir_all(folder).with_context(|| format!("failed to create the folder {shown}"))?;
    for (name, text) in pages {
        let path = folder.join(name);
        fs::write(&path, text, Mode::Usual).with_context(|| format!("failed to write {}", path.display()))?;
    }
    context.printer.note(&format!("wrote {} to {shown}", counted(pages.len(), "page")));
    Ok(Exit::Done)
}
