//! From a stack to every file of `generated/`.

use std::{collections::HashMap, path::Path};

use super::{
    MANIFEST_FILE, SWARM_MANIFEST_FILE, compare, compose,
    diagnostics::OUTPUT_PATH,
    error::RenderError,
    image::Image,
    inside, read_back,
    sidefile::{self, SideFiles},
    swarm::{self, Loss, Swarm},
};
use crate::{
    diag::{Diagnostic, KeyPath},
    model::{Map, Value},
    resolve::{Profiles, ResolvedStack},
};

/// One file of `generated/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneratedFile {
    /// Relative to `generated/`, with `/` between folders.
    pub path: String,
    /// Its whole text.
    pub text: String,
}

/// Every file of `generated/`: docker-compose.yml first, overlay files in declaration order, then the image's Dockerfile
/// and the side files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The files. Their paths are relative, stay inside `generated/`, and differ.
    pub files: Vec<GeneratedFile>,
    /// What they are for.
    pub target: Target,
}

/// Who reads the files. Both targets share `generated/` and the side files in it; each remembers in a manifest of its own
/// what it wrote.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Target {
    /// `docker compose`.
    #[default]
    Compose,
    /// `docker stack deploy`.
    Swarm,
}

impl Target {
    /// The manifest's name in `generated/`.
    pub fn manifest(self) -> &'static str {
        match self {
            Self::Compose => MANIFEST_FILE,
            Self::Swarm => SWARM_MANIFEST_FILE,
        }
    }

    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Self::Compose => Self::Swarm,
            Self::Swarm => Self::Compose,
        }
    }
}

impl Rendered {
    /// The text of docker-compose.yml, or of docker-stack.yml.
    pub fn main(&self) -> &str {
        self.files.first().map_or("", |file| &file.text)
    }
}

/// Render a stack whose stack.toml lies in `root`. The result depends on the stack, the project's templates and whether
/// the project is stackctl's own repository, and on nothing else of the machine. The stack is expected to be valid; an
/// invalid one renders to text that Compose may refuse, never to a panic.
///
/// # Errors
/// Templates that cannot be read, are malformed or fail, and names that cannot be paths; a text that does not read back as
/// what was meant.
pub fn project(root: &Path, profiles: &Profiles<'_>) -> Result<Rendered, RenderError> {
    let (side_files, others) = beside_compose(root, profiles)?;
    let written = compose::files(profiles, &Image::of(profiles.stack()), &side_files.fingerprints);
    let mut files = Vec::with_capacity(written.len() + others.len());
    for (file, meant) in written {
        read_back::check(&file, &meant)?;
        files.push(file);
    }
    files.extend(others);
    Ok(Rendered { files, target: Target::Compose })
}

/// Render docker-stack.yml and the side files for one combination of profiles; also what Swarm cannot hold of it.
///
/// # Errors
/// As [`project`], and what `docker stack deploy` refuses.
pub fn swarm(
    root: &Path,
    profiles: &Profiles<'_>,
    selected: &[String],
    publish_all: bool,
) -> Result<(Rendered, Vec<Loss>), RenderError> {
    let (_, others) = beside_compose(root, profiles)?;
    let resolved = ResolvedStack::new(profiles, selected);
    let mistakes = swarm::mistakes(&resolved);
    if !mistakes.is_empty() {
        return Err(mistakes.into());
    }
    let Swarm { text, meant, losses } = swarm::file(&resolved, &others, publish_all);
    let file = GeneratedFile { path: swarm::STACK_FILE.to_owned(), text };
    read_back::check(&file, &meant)?;
    let mut files = vec![file];
    files.extend(others);
    Ok((Rendered { files, target: Target::Swarm }, losses))
}

/// What [`project`] would fail with; spares the Compose file, which never fails.
pub fn mistakes(root: &Path, profiles: &Profiles<'_>) -> Vec<Diagnostic> {
    beside_compose(root, profiles).err().unwrap_or_default()
}

/// Every file but those that Compose reads, with the side files' fingerprints.
fn beside_compose<'a>(
    root: &Path,
    profiles: &Profiles<'a>,
) -> Result<(SideFiles<'a>, Vec<GeneratedFile>), Vec<Diagnostic>> {
    let stack = profiles.stack();
    let mut found = Vec::new();
    for (name, service) in &stack.services {
        if (!service.files.is_empty() || service.is_stackctl())
            && (!inside::is_inside(name)
                || inside::is_reserved(name)
                || name.eq_ignore_ascii_case(compare::STAGING))
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
    let taken = compose::paths(stack).chain([swarm::STACK_FILE.to_owned()]);
    let files = distinct(files, taken, &mut found);
    if found.is_empty() { Ok((side_files, files)) } else { Err(found) }
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
        Diagnostic::new(&OUTPUT_PATH, format!("two files want generated/{path}")).help(help)
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
            if seen.contains_key(folder) || [MANIFEST_FILE, SWARM_MANIFEST_FILE].contains(&folder) {
                found.push(clash(folder));
            }
        }
    }
    kept
}

/// Add what is missing: tables are merged, what is there stays.
pub(super) fn merge(into: &mut Map, from: Map) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Value::Map(into)), Value::Map(from)) => merge(into, from),
            (Some(_), _) => {}
            (None, value) => {
                into.insert(key, value);
            }
        }
    }
}
