//! From a stack to every file of `generated/`.

use std::{collections::HashMap, path::Path};

use super::{
    diagnostics::OUTPUT_PATH,
    error::RenderError,
    image::Image,
    loss::Loss,
    names::STAGING,
    output::GeneratedFile,
    path_guard, read_back,
    renderer::{Input, Selection},
    sidefile::{self, SideFiles},
    target::Target,
};
use crate::{
    diag::{Diagnostic, KeyPath},
    resolve::Profiles,
};

/// Every file of `generated/`: the target's main file first, its other documents, then the image's Dockerfile and the side
/// files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The files, with distinct relative paths inside `generated/`.
    pub files: Vec<GeneratedFile>,
    /// The target they are for.
    pub target: Target,
    /// The parts of the stack that the target does not support.
    pub losses: Vec<Loss>,
}

impl Rendered {
    /// The text of the main file.
    pub fn main(&self) -> &str {
        self.files.first().map_or("", |file| &file.text)
    }
}

/// Render the stack of the stack.toml in `root`. The result depends on the stack, the selection, the project's templates
/// and whether the project is stackctl's own repository, and on nothing else of the machine. The stack is expected to be
/// valid; an invalid one renders to text that the target may refuse, never to a panic.
///
/// # Errors
/// Templates that cannot be read, are malformed or fail, and names that cannot be paths; what the target would refuse; a
/// text that does not read back as its tree.
pub fn render(
    target: Target,
    root: &Path,
    profiles: &Profiles<'_>,
    selection: &Selection,
) -> Result<Rendered, RenderError> {
    let SideFiles { files: shared, fingerprints } = shared(root, profiles)?;
    let input = Input { profiles, selection, shared: &shared, fingerprints: &fingerprints };
    let output = (target.renderer().render)(&input)?;
    let mut files = Vec::with_capacity(output.documents.len() + shared.len());
    for document in output.documents {
        read_back::check(&document)?;
        files.push(document.file);
    }
    files.extend(shared);
    Ok(Rendered { files, target, losses: output.losses })
}

/// The errors that [`render`] returns for any target, without rendering the documents.
pub fn mistakes(root: &Path, profiles: &Profiles<'_>) -> Vec<Diagnostic> {
    shared(root, profiles).err().unwrap_or_default()
}

/// The files that all targets share, with the side files' fingerprints.
fn shared<'a>(root: &Path, profiles: &Profiles<'a>) -> Result<SideFiles<'a>, Vec<Diagnostic>> {
    let stack = profiles.stack();
    let mut found = Vec::new();
    for (name, service) in &stack.services {
        if (!service.files.is_empty() || service.is_stackctl())
            && (!path_guard::is_inside(name)
                || path_guard::is_reserved(name)
                || name.eq_ignore_ascii_case(STAGING))
        {
            let message = format!("service {name:?} cannot have a folder in generated/");
            found.push(Diagnostic::new(&OUTPUT_PATH, message).at_key(KeyPath::from(["services", name])));
        }
    }
    let mut side_files = match sidefile::render(root, stack) {
        Ok(side_files) => side_files,
        Err(diagnostics) => {
            found.extend(diagnostics);
            return Err(found);
        }
    };
    let mut files = Image::of(stack).files(root);
    files.append(&mut side_files.files);
    let taken = Target::ALL.iter().flat_map(|target| (target.renderer().paths)(stack));
    side_files.files = distinct(files, taken, &mut found);
    if found.is_empty() { Ok(side_files) } else { Err(found) }
}

/// One file for each path: the same text twice is one file; different texts, one of the `taken` paths or a file in a
/// folder's place are an error.
fn distinct(
    files: Vec<GeneratedFile>,
    taken: impl Iterator<Item = String>,
    found: &mut Vec<Diagnostic>,
) -> Vec<GeneratedFile> {
    let mut seen: HashMap<String, Option<usize>> = taken.map(|path| (path, None)).collect();
    let mut kept: Vec<GeneratedFile> = Vec::new();
    let clash = |path: &str| {
        let help = "rename the service or the template";
        Diagnostic::new(&OUTPUT_PATH, format!("two files would be written to generated/{path}")).help(help)
    };
    for file in files {
        match seen.get(&file.path) {
            Some(Some(index)) if kept[*index].text == file.text => {}
            Some(_) => found.push(clash(&file.path)),
            None => {
                seen.insert(file.path.clone(), Some(kept.len()));
                kept.push(file);
            }
        }
    }
    for file in &kept {
        let mut folder = file.path.as_str();
        while let Some((parent, _)) = folder.rsplit_once('/') {
            folder = parent;
            if seen.contains_key(folder) || Target::is_manifest(folder) {
                found.push(clash(folder));
            }
        }
    }
    kept
}
