//! The loader of Compose files against Compose: what several files merge, extend and include to is the same as one file with the tree that
//! stackctl makes of them, and what Compose refuses is refused.

mod generated;
mod scalars;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Command,
};

use serde_json::{Map, Value};
use stackctl::internals::source::compose::{
    CODES, Loaded, Request, load,
    node::{Node, Value as Tree},
};

use crate::import::cases::{Case, parse};

const MERGES: &str = include_str!("merges.txt");
const REFUSED: &str = include_str!("refused.txt");

/// A tree as JSON, which is YAML.
fn json(node: &Node) -> Value {
    match &node.value {
        Tree::Null => Value::Null,
        Tree::Boolean(value) => Value::from(*value),
        Tree::Integer(value) => Value::from(*value),
        Tree::Unsigned(value) => Value::from(*value),
        Tree::Float(value) => Value::from(*value),
        Tree::Text(text) => Value::from(text.as_str()),
        Tree::List(elements) => elements.iter().map(json).collect(),
        Tree::Table(entries) => {
            entries.iter().map(|entry| (entry.key.clone(), json(&entry.value))).collect::<Map<_, _>>().into()
        }
    }
}

/// Load a case by ours.
fn loaded(case: &Case, folder: &Path) -> Result<Loaded, String> {
    let files: Vec<_> = case.arguments.iter().filter(|argument| *argument != "-f").map(Into::into).collect();
    let shell = BTreeMap::new();
    load(&Request { folder, files: &files, shell: &shell })
        .map_err(|found| found.iter().map(|it| format!("{}: {}\n", it.code.name, it.message)).collect())
}

/// What Compose makes of files, of all profiles.
fn composed(folder: &Path, arguments: &[String]) -> Result<Value, String> {
    let mut command = Command::new("docker");
    command.arg("compose").args(arguments).args(["--profile", "*", "config", "--format", "json"]);
    let output = command.current_dir(folder).output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())
}

fn compare(case: &Case) -> Result<(), String> {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("project");
    fs::create_dir(&folder).unwrap();
    case.write(&folder);
    let expected =
        composed(&folder, &case.arguments).map_err(|error| format!("Compose refuses it: {error}"))?;
    let loaded = loaded(case, &folder)?;
    let mut tree = json(&loaded.root);
    tree["name"] = loaded.name.as_str().into();
    let merged = loaded.folder.join("merged.yaml");
    let text = serde_json::to_string_pretty(&tree).unwrap();
    fs::write(&merged, &text).unwrap();
    let arguments = ["-f".to_owned(), merged.display().to_string()];
    let found =
        composed(&folder, &arguments).map_err(|error| format!("Compose refuses ours: {error}\n{text}"))?;
    if found == expected {
        return Ok(());
    }
    let pretty = |value| serde_json::to_string_pretty(value).unwrap();
    Err(format!("ours {text}\ngives {}\ninstead of {}", pretty(&found), pretty(&expected)))
}

#[test]
#[ignore = "asks docker compose"]
fn several_files_are_what_compose_merges() {
    let failed: Vec<String> = parse(MERGES)
        .iter()
        .filter_map(|case| compare(case).err().map(|why| format!("=== {}\n{why}\n", case.name)))
        .collect();
    assert!(failed.is_empty(), "{} failed:\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn what_compose_refuses_is_refused() {
    for case in parse(REFUSED) {
        let (case, code) = expectation(case);
        let folder = tempfile::tempdir().unwrap();
        case.write(folder.path());
        let found = loaded(&case, folder.path()).map(|loaded| loaded.name).unwrap_err();
        assert!(found.starts_with(&format!("{code}: ")), "{}: {found}", case.name);
    }
}

#[test]
#[ignore = "asks docker compose"]
fn compose_refuses_it_too() {
    for case in parse(REFUSED) {
        let (case, _) = expectation(case);
        let folder = tempfile::tempdir().unwrap();
        case.write(folder.path());
        // What Compose accepts is named so.
        let is_stricter = case.name.ends_with("(stricter)");
        let composed = composed(folder.path(), &case.arguments);
        assert_eq!(composed.is_ok(), is_stricter, "{}: {composed:?}", case.name);
    }
}

#[test]
fn every_code_is_shown() {
    let shown: BTreeSet<String> = parse(REFUSED).into_iter().map(|case| expectation(case).1).collect();
    let missing: Vec<&str> =
        CODES.iter().map(|code| code.name).filter(|name| !shown.contains(*name)).collect();
    // A file that makes a million values, and a warning: tests of their own.
    assert_eq!(missing, ["alias-expansion", "several-compose-files"]);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("compose.yml"), "services: {a: {image: i}}\n").unwrap();
    fs::write(folder.path().join("docker-compose.yml"), "services: {b: {image: i}}\n").unwrap();
    let case = Case { files: Vec::new(), ..Case::default() };
    let warnings = loaded(&case, folder.path()).unwrap().warnings;
    assert_eq!(warnings[0].code.name, "several-compose-files");
    assert_eq!(warnings[0].message, "compose.yml is read, docker-compose.yml is not");
}

#[test]
fn services_that_take_over_all_before_them_are_bounded() {
    let mut text = "services:\n  s0: {image: i}\n".to_owned();
    for at in 1..200 {
        text += &format!("  s{at}: {{extends: s{}, x-a: [{}]}}\n", at - 1, "1,".repeat(10));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("compose.yaml");
    fs::write(&path, &text).unwrap();
    assert!(loaded(&Case::default(), folder.path()).is_ok());
    for at in 200..4_000 {
        text += &format!("  s{at}: {{extends: s199}}\n");
    }
    fs::write(&path, &text).unwrap();
    let found = loaded(&Case::default(), folder.path()).unwrap_err();
    assert!(found.starts_with("alias-expansion"), "{found}");
    let chain: String = (1..100_000).map(|at| format!("  s{at}: {{extends: s{}}}\n", at - 1)).rev().collect();
    fs::write(&path, format!("services:\n{chain}  s0: {{image: i}}\n")).unwrap();
    let found = loaded(&Case::default(), folder.path()).unwrap_err();
    assert!(found.starts_with("extends-cycle"), "{found}");
}

/// The code that is expected, which stands as a file `refused`.
fn expectation(mut case: Case) -> (Case, String) {
    let at = case.files.iter().position(|(name, _)| name == "refused").expect("`--- refused`");
    let (_, code) = case.files.remove(at);
    (case, code.trim().to_owned())
}
