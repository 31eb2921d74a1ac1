//! Compose resolves both: the Compose files as they are, and what is rendered of the new stack.toml.

use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
};

use futures_util::{StreamExt as _, stream};
use indexmap::IndexMap;
use serde_json::Value;

use super::{
    compare::{Difference, differences},
    selections::selections,
};
use crate::{
    diag::KeyPath,
    engine::{compose::Compose, docker_command::DockerCommand, interface::Engine},
    fs::{self, Mode},
    model::PathBase,
    render::{FOLDER, Rendered},
};

/// Runs of `docker compose` at a time.
const AT_ONCE: usize = 4;
/// The options with which Compose prints what it resolves.
const JSON: [&str; 2] = ["--format", "json"];
/// A profile that no service has: it takes the place of what COMPOSE_PROFILES would enable.
const NONE: &str = "stackctl-compares-without-profiles";

/// What is compared.
#[derive(Debug)]
pub struct Comparison<'a> {
    /// The Compose files, as they are given to `-f`, in the order of their merge; none for those that Compose finds.
    pub files: &'a [PathBuf],
    /// The folder that their names count from.
    pub folder: &'a Path,
    /// The folder that their paths count from, which is that of stack.toml.
    pub root: &'a Path,
    /// The project's name.
    pub name: &'a str,
    /// What is rendered of stack.toml, and from where its paths count.
    pub rendered: &'a Rendered,
    /// From where paths in it count.
    pub base: PathBase,
    /// The profiles in Compose's words with those of stack.toml.
    pub profiles: &'a IndexMap<String, String>,
    /// Another value for every variable.
    pub other_values: &'a BTreeMap<String, String>,
}

/// What came of it.
#[derive(Debug)]
pub enum Verified {
    /// Both were resolved.
    Compared(Proof),
    /// Compose refuses the Compose files, whatever is selected: what it prints.
    Refused(String),
    /// Compose could not be asked: why.
    NotCompared(String),
}

/// How much was compared, and what differs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proof {
    /// Selections of profiles.
    pub selections: usize,
    /// Environments, 1 or 2.
    pub environments: usize,
    /// Selections that Compose refuses on both sides, over all environments.
    pub refused: usize,
    /// Each path once.
    pub differences: Vec<Difference>,
}

/// Compare.
pub async fn verify(engine: &dyn Engine, comparison: &Comparison<'_>) -> Verified {
    if let Err(error) = Compose::version(engine).await {
        return Verified::NotCompared(error.to_string());
    }
    let scratch = match scratch(comparison.rendered) {
        Ok(scratch) => scratch,
        Err(error) => {
            return Verified::NotCompared(format!("the rendered files could not be written: {error}"));
        }
    };
    let names: Vec<String> = comparison.profiles.keys().cloned().collect();
    let selections = selections(&names);
    let here = BTreeMap::new();
    let mut environments = vec![&here];
    if !comparison.other_values.is_empty() {
        environments.push(comparison.other_values);
    }
    let mut proof =
        Proof { selections: selections.len(), environments: environments.len(), ..Proof::default() };
    let mut first_refusal = None;
    let mut is_accepted = false;
    for variables in environments {
        let runs = selections.iter().map(|selection| {
            let (theirs, ours) =
                (theirs(comparison, selection, variables), ours(comparison, &scratch, selection, variables));
            async move { (resolve(engine, &theirs).await, resolve(engine, &ours).await) }
        });
        let mut results = stream::iter(runs).buffered(AT_ONCE);
        while let Some(both) = results.next().await {
            match both {
                (Ok(theirs), Ok(ours)) => {
                    is_accepted = true;
                    for difference in differences(&theirs, &ours, comparison.profiles) {
                        if !proof.differences.iter().any(|known| known.path == difference.path) {
                            proof.differences.push(difference);
                        }
                    }
                }
                (Err(theirs), Err(_)) => {
                    proof.refused += 1;
                    first_refusal.get_or_insert(theirs);
                }
                (Err(theirs), Ok(_)) => {
                    first_refusal.get_or_insert(theirs.clone());
                    refused(&mut proof, Some(theirs), None);
                }
                (Ok(_), Err(ours)) => {
                    is_accepted = true;
                    refused(&mut proof, None, Some(ours));
                }
            }
        }
    }
    match first_refusal {
        // It accepts some files and cannot print them as JSON (measured on 2.40.3, with `build.ssh`).
        Some(reason) if !is_accepted && accepts(engine, comparison, &selections).await => {
            Verified::NotCompared(format!("Compose accepts the files and cannot print them: {reason}"))
        }
        Some(reason) if !is_accepted => Verified::Refused(reason),
        _ => Verified::Compared(proof),
    }
}

/// Whether Compose accepts any selection, when it need not print it.
async fn accepts(engine: &dyn Engine, comparison: &Comparison<'_>, selections: &[Vec<String>]) -> bool {
    for selection in selections {
        let mut command = theirs(comparison, selection, &BTreeMap::new());
        command.arguments.truncate(command.arguments.len() - JSON.len());
        command.arguments.push("-q".to_owned());
        let output = match engine.docker(&command) {
            Ok(run) => run.output().await,
            Err(_) => return false,
        };
        if output.is_ok_and(|output| output.status.success()) {
            return true;
        }
    }
    false
}

/// One side is refused, and the other is not.
fn refused(proof: &mut Proof, theirs: Option<String>, ours: Option<String>) {
    let text = |reason: Option<String>| {
        Some(reason.map_or_else(|| "accepted".to_owned(), |reason| format!("refused: {reason}")))
    };
    if !proof.differences.iter().any(|known| known.path.0.is_empty()) {
        proof.differences.push(Difference { path: KeyPath::default(), from: text(theirs), to: text(ours) });
    }
}

/// The Compose files as their user starts them.
fn theirs(
    comparison: &Comparison<'_>,
    selection: &[String],
    variables: &BTreeMap<String, String>,
) -> DockerCommand {
    let mut words = vec!["compose".to_owned()];
    // The name may come out of a variable: it is written down in stack.toml, and compared in the present environment alone.
    if !variables.is_empty() {
        words.extend(["-p".to_owned(), comparison.name.to_owned()]);
    }
    for file in comparison.files {
        words.extend(["-f".to_owned(), file.display().to_string()]);
    }
    // What Compose finds may come out of COMPOSE_FILE, and the name out of COMPOSE_PROJECT_NAME.
    let names = selection.iter().map(String::as_str);
    command(words, comparison.folder, names, variables, |name| name == "COMPOSE_PROFILES")
}

/// What stack.toml renders to. Its files are read from elsewhere, and their paths count from where they would lie.
fn ours(
    comparison: &Comparison<'_>,
    scratch: &tempfile::TempDir,
    selection: &[String],
    variables: &BTreeMap<String, String>,
) -> DockerCommand {
    let file = comparison.rendered.files.first().map_or("", |file| file.path.as_str());
    let directory = match comparison.base {
        PathBase::Generated => comparison.root.join(FOLDER),
        PathBase::Project => comparison.root.to_owned(),
    };
    let words = [
        "compose",
        "-p",
        comparison.name,
        "--project-directory",
        &directory.display().to_string(),
        "-f",
        &scratch.path().join(file).display().to_string(),
    ]
    .map(str::to_owned);
    let names =
        selection.iter().map(|name| comparison.profiles.get(name).map_or(name.as_str(), String::as_str));
    command(words.into(), comparison.root, names, variables, |name| name.starts_with("COMPOSE_"))
}

fn command<'s>(
    mut words: Vec<String>,
    folder: &Path,
    selection: impl Iterator<Item = &'s str>,
    variables: &BTreeMap<String, String>,
    removed: impl Fn(&str) -> bool,
) -> DockerCommand {
    let before = words.len();
    for profile in selection {
        words.extend(["--profile".to_owned(), profile.to_owned()]);
    }
    if words.len() == before {
        words.extend(["--profile".to_owned(), NONE.to_owned()]);
    }
    words.push("config".to_owned());
    words.extend(JSON.map(str::to_owned));
    let of_compose = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let of_compose = of_compose.filter(|name| removed(name));
    DockerCommand {
        variables: variables.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
        removed_variables: of_compose.collect(),
        is_tethered: true,
        ..DockerCommand::new(words).in_folder(folder)
    }
}

/// What Compose resolves it to, or why it refuses.
async fn resolve(engine: &dyn Engine, command: &DockerCommand) -> Result<Value, String> {
    let run = engine.docker(command).map_err(|error| error.to_string())?;
    let output = run.output().await.map_err(|error| error.to_string())?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        // Warnings come before the reason.
        let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.contains("level=warning"));
        return Err(lines.collect::<Vec<_>>().join(" "));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("its output is not JSON: {error}"))
}

fn scratch(rendered: &Rendered) -> std::io::Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    for file in &rendered.files {
        let path = folder.path().join(&file.path);
        if let Some(parent) = path.parent() {
            fs::create_folders(parent, 0o700)?;
        }
        fs::write(&path, file.text.as_bytes(), Mode::Usual)?;
    }
    Ok(folder)
}
