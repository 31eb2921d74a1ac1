//! The table against Compose.

use std::{
    env, fs,
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;
use tempfile::TempDir;

use super::table::{ALLOWED, Case, HEAD, REFUSED};

fn stackctl(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_stackctl")).args(args).current_dir(folder).output().expect("it starts")
}

/// Whether Compose accepts a file with these profiles, and what it says.
fn compose(folder: &Path, file: &str, profiles: &[&str]) -> (bool, String) {
    let mut command = Command::new("docker");
    command.current_dir(folder).args(["compose", "-p", "allowed"]);
    if fs::read_to_string(folder.join(file)).is_ok_and(|text| text.contains("--project-directory .")) {
        command.args(["--project-directory", "."]);
    }
    command.args(["-f", file]);
    profiles.iter().for_each(|profile| {
        command.args(["--profile", profile]);
    });
    for (name, _) in env::vars().filter(|(name, _)| name.starts_with("COMPOSE_")) {
        command.env_remove(name);
    }
    let output = command.args(["config", "-q"]).output().expect("Compose starts");
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The stack of a case in a folder of its own. Some codes are about what the head has.
fn written(case: &Case, allow: &str) -> TempDir {
    let text = match case.code {
        "missing-limit" if case.stack.is_empty() => {
            HEAD.replacen("limits = { memory = \"64M\", cpus = 0.5 }", allow, 1)
        }
        "missing-limit" => HEAD
            .replacen("max_size = \"10m\", max_file = 3", "", 1)
            .replacen("cpus = 8", "cpus = 8\nlog_disk = \"1G\"", 1)
            .replacen("limits", &format!("{allow}\nlimits"), 1),
        "swap-despite-budget" => HEAD.replacen("cpus = 8", "cpus = 8\nswap = false", 1),
        "max-file-without-max-size" => HEAD.replacen("logging =", "# logging =", 1),
        _ => HEAD.to_owned(),
    };
    let folder = tempfile::tempdir().expect("a folder");
    let stack = case.stack.replace("[defaults.logging]\n", "").replace("ALLOW", allow);
    fs::write(folder.path().join("stack.toml"), text + &stack).expect("it is written");
    folder
}

/// Severity and code of each finding, and the exit code.
fn findings(folder: &Path) -> (Vec<(String, String)>, Option<i32>) {
    let output = stackctl(folder, &["validate", "--format", "json"]);
    let found: Vec<Value> = serde_json::from_slice(&output.stdout).expect("a list");
    let text = |found: &Value, key: &str| found[key].as_str().unwrap_or_default().to_owned();
    (found.iter().map(|it| (text(it, "severity"), text(it, "code"))).collect(), output.status.code())
}

fn judge(case: &Case) -> Result<(), String> {
    let code = case.code;
    let refused = written(case, "");
    let (found, exit) = findings(refused.path());
    if exit != Some(1) || !found.contains(&("error".to_owned(), code.to_owned())) {
        return Err(format!("without `allow` it is {exit:?}, {found:?}"));
    }
    let folder = written(case, &format!("allow = {{ {code} = \"it is meant\" }}"));
    let folder = folder.path();
    let (found, exit) = findings(folder);
    if exit != Some(0) || !found.contains(&("note".to_owned(), code.to_owned())) {
        return Err(format!("with `allow` it is {exit:?}, {found:?}"));
    }
    let last = String::from_utf8_lossy(&stackctl(folder, &["validate"]).stderr).into_owned();
    if !last.trim_end().ends_with(" allowed") {
        return Err(format!("validate does not count it: {last}"));
    }
    let rendered = stackctl(folder, &["render"]);
    if !rendered.status.success() {
        return Err(format!("it is not rendered: {}", String::from_utf8_lossy(&rendered.stderr)));
    }
    let main = "generated/docker-compose.yml";
    let (accepted, text) = compose(folder, main, case.accepted);
    if !accepted {
        return Err(format!("Compose refuses {:?}: {text}", case.accepted));
    }
    let Some((selection, by_compose)) = case.stopped else { return Ok(()) };
    if compose(folder, main, selection).0 == by_compose {
        return Err(format!("Compose about {selection:?}: not as the table has it"));
    }
    // Before anything asks an engine.
    let options: Vec<&str> = selection.iter().flat_map(|profile| ["--profile", *profile]).collect();
    let up = stackctl(folder, &[&["up"], options.as_slice()].concat());
    let text = String::from_utf8_lossy(&up.stderr).into_owned();
    if up.status.code() != Some(1) || !text.contains(&format!("error[{code}]")) {
        return Err(format!("`up` of {selection:?} exits with {:?}: {text}", up.status.code()));
    }
    Ok(())
}

#[test]
#[ignore = "needs the Compose CLI"]
fn compose_accepts_what_can_be_allowed() {
    let wrong: Vec<String> = ALLOWED
        .iter()
        .filter_map(|case| {
            judge(case).err().map(|problem| format!("{}: {problem}\n{}", case.code, case.stack))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
#[ignore = "needs the Compose CLI"]
fn compose_refuses_what_it_is_given_as_the_reason_for() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("bad.env"), "a b = c\n").expect("it is written");
    for (code, text) in REFUSED {
        fs::write(folder.path().join("c.yml"), text).expect("it is written");
        for profiles in [&[][..], &["extra"]] {
            assert!(!compose(folder.path(), "c.yml", profiles).0, "Compose accepts {code} with {profiles:?}");
        }
    }
}
