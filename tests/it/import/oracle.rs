//! Compose as the oracle: what it resolves the Compose files to, and what it resolves `generated/` to.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::{Command, Output},
};

use indexmap::IndexMap;
use serde_json::Value;
use stackctl::internals::import::differences;

use super::cases::Case;

/// `stackctl` in a folder, without variables of the caller that would change what it reads.
pub fn stackctl(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stackctl"));
    let output = command.args(arguments).current_dir(folder).output().expect("stackctl starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// Import, validate, render, and compare every selection in both environments; what is wrong.
pub fn round_trip(case: &Case, folder: &Path) -> Result<(), String> {
    case.write(folder);
    let mut arguments: Vec<&str> = vec!["import", "--format", "json"];
    arguments.extend(case.arguments.iter().map(String::as_str));
    let (code, stdout, stderr) = stackctl(folder, &arguments);
    let report: Value =
        serde_json::from_str(&stdout).map_err(|error| format!("import: {error}\n{stdout}{stderr}"))?;
    if code != Some(0) {
        return Err(format!("import exited with {code:?}:\n{stdout}{stderr}"));
    }
    if report["verified"].is_null() {
        return Err(format!("import did not compare:\n{stderr}"));
    }
    for command in ["validate", "render"] {
        let (code, stdout, stderr) = stackctl(folder, &[command]);
        if code != Some(0) {
            let stack = fs::read_to_string(folder.join("stack.toml")).unwrap_or_default();
            return Err(format!("{command} exited with {code:?}:\n{stdout}{stderr}\n{stack}"));
        }
    }
    compare(case, folder, &report)
}

fn compare(case: &Case, folder: &Path, report: &Value) -> Result<(), String> {
    let renamed: IndexMap<String, String> = report["decisions"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|it| it["code"] == "renamed-profile")
        .filter_map(|it| Some((it["from"].as_str()?.to_owned(), it["to"].as_str()?.to_owned())))
        .collect();
    let name = fs::read_to_string(folder.join("generated/docker-compose.yml")).unwrap_or_default();
    let name = name
        .lines()
        .find_map(|line| line.strip_prefix("name: "))
        .unwrap_or_default()
        .trim_matches('"')
        .to_owned();
    let here: Vec<(String, String)> = Vec::new();
    for variables in [&here, &case.other] {
        let mut theirs: Vec<String> = case.arguments.clone();
        if !variables.is_empty() {
            theirs.splice(0..0, ["-p".to_owned(), name.clone()]);
        }
        let all = resolve(folder, &theirs, &["*"], variables);
        let profiles = profiles(all.as_ref().ok(), &renamed);
        for selection in selections(&profiles) {
            let theirs = resolve(folder, &theirs, &selection, variables);
            let ours: Vec<&str> =
                selection.iter().map(|name| renamed.get(*name).map_or(*name, String::as_str)).collect();
            let ours = resolve(folder, &generated(folder), &ours, variables);
            match (theirs, ours) {
                (Ok(theirs), Ok(ours)) => {
                    let found = differences(&theirs, &ours, &renamed);
                    if !found.is_empty() {
                        return Err(format!("{selection:?} {variables:?}: {found:#?}"));
                    }
                }
                (Err(_), Err(_)) => {}
                (Err(theirs), Ok(_)) => {
                    return Err(format!("{selection:?}: the Compose file alone is refused: {theirs}"));
                }
                (Ok(_), Err(ours)) => {
                    return Err(format!("{selection:?}: the result alone is refused: {ours}"));
                }
            }
        }
        if case.other.is_empty() {
            break;
        }
    }
    Ok(())
}

/// The options of the line that the rendered file prints.
fn generated(folder: &Path) -> Vec<String> {
    let text = fs::read_to_string(folder.join("generated/docker-compose.yml")).unwrap_or_default();
    let mut words = vec!["-f".to_owned(), "generated/docker-compose.yml".to_owned()];
    if text.contains("--project-directory .") {
        words.splice(0..0, ["--project-directory".to_owned(), ".".to_owned()]);
    }
    words
}

/// Every profile of the services.
fn profiles(all: Option<&Value>, renamed: &IndexMap<String, String>) -> Vec<String> {
    let services = all.and_then(|all| all["services"].as_object());
    let of_services = services.into_iter().flat_map(|services| services.values());
    let names = of_services.flat_map(|service| service["profiles"].as_array().into_iter().flatten());
    let mut found: BTreeSet<String> = names.filter_map(|name| name.as_str().map(str::to_owned)).collect();
    found.extend(renamed.keys().cloned());
    found.into_iter().collect()
}

fn selections(profiles: &[String]) -> Vec<Vec<&str>> {
    if profiles.len() > 4 {
        let each = profiles.iter().map(|profile| vec![profile.as_str()]);
        return [vec![]]
            .into_iter()
            .chain(each)
            .chain([profiles.iter().map(String::as_str).collect()])
            .collect();
    }
    let chosen = |set: usize| {
        let of = profiles.iter().enumerate().filter(move |(at, _)| set & (1 << at) != 0);
        of.map(|(_, profile)| profile.as_str()).collect()
    };
    (0..1_usize << profiles.len()).map(chosen).collect()
}

fn resolve(
    folder: &Path,
    options: &[String],
    selection: &[&str],
    variables: &[(String, String)],
) -> Result<Value, String> {
    let mut command = Command::new("docker");
    command.arg("compose").args(options).current_dir(folder);
    let selection = if selection.is_empty() { &["no-such-profile"] } else { selection };
    for profile in selection {
        command.args(["--profile", profile]);
    }
    command.envs(variables.iter().map(|(name, value)| (name, value)));
    let output: Output = command.args(["config", "--format", "json"]).output().expect("docker starts");
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())
}
