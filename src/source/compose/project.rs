//! Which files a project is made of, its environment and its name, as Compose finds them.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::{
    codes::{BAD_PROJECT_NAME, MISSING_FILE, SEVERAL_COMPOSE_FILES},
    loaded::Request,
    paths::clean,
};
use crate::{
    diag::{Diagnostic, Place},
    source::env_file,
};

/// The names that Compose looks for, the first of which it takes.
const NAMES: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
/// What it merges over them, whatever their name is.
const OVERRIDES: [&str; 4] = [
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
];

/// A project before it is read. Paths count from the folder of the request.
#[derive(Debug, Default)]
pub(super) struct Project {
    pub(super) files: Vec<PathBuf>,
    /// The folder that relative paths of the files count from.
    pub(super) folder: PathBuf,
    /// The variables of the shell, then those of `.env`.
    pub(super) values: BTreeMap<String, String>,
    pub(super) warnings: Vec<Diagnostic>,
}

/// Find a project.
///
/// # Errors
/// When no file is named and none is found, or a `.env` cannot be read.
pub(super) fn find(request: &Request<'_>) -> Result<Project, Vec<Diagnostic>> {
    let mut project = Project { values: request.shell.clone(), ..Project::default() };
    if request.files.is_empty() {
        add_environment(&mut project.values, request.folder, Path::new(""))?;
        match named_files(&project.values) {
            Some(files) => project.files = files,
            None => default_files(request.folder, &mut project)?,
        }
    } else {
        project.files = request.files.iter().map(|file| clean(file)).collect();
    }
    let first = &project.files[0];
    let is_stream = first.starts_with("/dev");
    project.folder = first.parent().filter(|_| !is_stream).unwrap_or(Path::new("")).to_owned();
    add_environment(&mut project.values, request.folder, &project.folder)?;
    Ok(project)
}

/// The variables of the `.env` in a folder, below those that are known.
fn add_environment(
    values: &mut BTreeMap<String, String>,
    here: &Path,
    folder: &Path,
) -> Result<(), Vec<Diagnostic>> {
    let path = folder.join(".env");
    match env_file::load(&here.join(&path), "env file", &path.display().to_string(), values) {
        Ok((parsed, _)) => {
            for (name, value) in parsed.values {
                values.entry(name).or_insert(value);
            }
            Ok(())
        }
        Err(Some(found)) => Err(vec![*found]),
        Err(None) => Ok(()),
    }
}

/// The files of `COMPOSE_FILE`.
fn named_files(values: &BTreeMap<String, String>) -> Option<Vec<PathBuf>> {
    let files = values.get("COMPOSE_FILE").filter(|files| !files.is_empty())?;
    let default = if cfg!(windows) { ";" } else { ":" };
    let separator = values.get("COMPOSE_PATH_SEPARATOR").filter(|it| !it.is_empty());
    Some(files.split(separator.map_or(default, String::as_str)).map(|file| clean(Path::new(file))).collect())
}

/// The files with default names in the folder, or in the nearest one above it that has any.
fn default_files(here: &Path, project: &mut Project) -> Result<(), Vec<Diagnostic>> {
    let mut up = PathBuf::new();
    for folder in here.ancestors() {
        let present = |names: [&'static str; 4]| names.into_iter().filter(|name| folder.join(name).is_file());
        let found: Vec<&str> = present(NAMES).collect();
        if let Some(first) = found.first() {
            project.files.push(up.join(first));
            let overrides: Vec<&str> = present(OVERRIDES).collect();
            project.files.extend(overrides.first().map(|name| up.join(name)));
            for names in [&found, &overrides].into_iter().filter(|names| names.len() > 1) {
                let message = format!("{} is read, {} is not", names[0], names[1..].join(" and "));
                project.warnings.push(
                    Diagnostic::new(&SEVERAL_COMPOSE_FILES, message)
                        .place(Place::File { path: up.join(names[0]), span: None })
                        .why("Compose takes the first of the names that it looks for")
                        .help("remove the others, or name the right one with `-f`"),
                );
            }
            return Ok(());
        }
        up.push("..");
    }
    let found = Diagnostic::new(&MISSING_FILE, "no Compose file here or in a folder above")
        .place(Place::File { path: here.to_owned(), span: None })
        .why(format!("Compose looks for {}", NAMES.join(", ")))
        .help("name one with `-f FILE`");
    Err(vec![found])
}

/// The profiles that `COMPOSE_PROFILES` enables.
pub(super) fn profiles(values: &BTreeMap<String, String>) -> Vec<String> {
    let profiles = values.get("COMPOSE_PROFILES").map(String::as_str).unwrap_or_default();
    profiles.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// The name of a project: `COMPOSE_PROJECT_NAME`, what the files have as `name` (its value), or the folder's name.
///
/// # Errors
/// When Compose refuses it.
pub(super) fn name(
    values: &BTreeMap<String, String>,
    written: Option<&str>,
    folder: &Path,
) -> Result<String, Box<Diagnostic>> {
    if let Some(name) = values.get("COMPOSE_PROJECT_NAME").filter(|name| !name.is_empty()) {
        if normal(name) == *name {
            return Ok(name.clone());
        }
        let message = format!("COMPOSE_PROJECT_NAME is `{name}`, which is not a project name");
        let found = Diagnostic::new(&BAD_PROJECT_NAME, message)
            .help("use lowercase letters, digits, `-` and `_`, the first a letter or a digit");
        return Err(Box::new(found));
    }
    let folder = folder.file_name().unwrap_or_default().to_string_lossy();
    let name = normal(written.filter(|name| !name.is_empty()).unwrap_or(&folder));
    if name.is_empty() {
        let found = Diagnostic::new(&BAD_PROJECT_NAME, "the project has no name")
            .why("Compose takes lowercase letters, digits, `-` and `_` of `name`, or of the folder's name")
            .help("write `name: NAME` at the top of the Compose file");
        return Err(Box::new(found));
    }
    Ok(name)
}

/// Lowercase, without other characters than letters, digits, `-` and `_`, and without the latter two in front.
fn normal(name: &str) -> String {
    let kept: String = name
        .to_lowercase()
        .chars()
        .filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_'))
        .collect();
    kept.trim_start_matches(['-', '_']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Measured on Compose 2.40.3.
    #[test]
    fn names_are_derived_as_compose_derives_them() {
        let none = BTreeMap::new();
        for (written, folder, expected) in [
            (None, "/x/Top Dir", Some("topdir")),
            (None, "/x/My.App_-x", Some("myapp_-x")),
            (None, "/x/__x", Some("x")),
            (None, "/x/\u{fc}", None),
            (Some("My pro.j_-"), "/x", Some("myproj_-")),
            (Some("..."), "/x", None),
            (Some(""), "/x", Some("x")),
        ] {
            assert_eq!(
                name(&none, written, Path::new(folder)).ok().as_deref(),
                expected,
                "{written:?} {folder}"
            );
        }
        let set = |value: &str| BTreeMap::from([("COMPOSE_PROJECT_NAME".to_owned(), value.to_owned())]);
        assert_eq!(name(&set("foo"), Some("bar"), Path::new("/x")).ok().as_deref(), Some("foo"));
        assert!(name(&set("Foo"), Some("bar"), Path::new("/x")).is_err());
    }
}
