//! `default_profiles`: what is enabled where no `--profile` is given.

use std::{
    env, fs,
    path::Path,
    process::{Command, Output},
};

use serde_json::{Value, json};
use tempfile::TempDir;

/// A core service, one of each of two profiles, and one of both. `WITH` stands for the variable that makes Compose read `.env`.
const STACK: &str = r#"
name = "defaults"
default_profiles = ["tracing"]
[budget]
memory = "1G"
cpus = 8
[defaults]
limits = { memory = "64M", cpus = 0.5 }
logging = { max_size = "10m" }
[profiles.tracing]
[profiles.tracing.services.api]
limits = { memory = "128M" }
[profiles.kafka]
[services.api]
image = "a:1"
command = ["x", "WITH"]
[services.jaeger]
image = "a:1"
profiles = ["tracing"]
[services.kafka]
image = "a:1"
profiles = ["kafka"]
[services.bridge]
image = "a:1"
profiles = ["tracing", "kafka"]
"#;

fn folder(variable: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("stack.toml"), STACK.replace("WITH", variable)).expect("it is written");
    folder
}

fn stackctl(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_stackctl")).args(args).current_dir(folder).output().expect("it starts")
}

fn budget(folder: &Path, profiles: &[&str]) -> Value {
    let options: Vec<&str> = profiles.iter().flat_map(|profile| ["--profile", *profile]).collect();
    let output = stackctl(folder, &[&["budget", "check", "--format", "json"], options.as_slice()].concat());
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn names(report: &Value) -> Vec<Value> {
    report["combinations"].as_array().expect("a list").iter().map(|row| row["profiles"].clone()).collect()
}

#[test]
fn the_budget_starts_from_the_default() {
    let folder = folder("");
    let report = budget(folder.path(), &[]);
    assert_eq!(
        names(&report),
        [json!(["tracing"]), json!([]), json!(["kafka", "tracing"]), json!(["kafka"])]
    );
    const MIB: u64 = 1 << 20;
    // `bridge` is active already.
    let cost = |profile: &str, mib: u64, cpu: f64| json!({ "profile": profile, "memory_limit_bytes": mib * MIB, "cpu_limit": cpu });
    assert_eq!(report["marginal"], json!([cost("tracing", 0, 0.0), cost("kafka", 64, 0.5)]));
    assert_eq!(names(&budget(folder.path(), &["core"])), [json!([])]);
    assert_eq!(names(&budget(folder.path(), &["core", "kafka"])), [json!(["kafka"])]);
    let text = stackctl(folder.path(), &["budget", "check"]);
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    let rows: Vec<&str> = text.lines().filter_map(|line| line.split("  ").next()).collect();
    assert!(rows.windows(2).any(|rows| rows == ["tracing (default)", "core"]), "{text}");
}

/// The closing comment's lines of plain Compose, with their titles.
fn lines(folder: &Path) -> Vec<(String, String)> {
    let text = stackctl(folder, &["render", "--stdout"]);
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    let mut title = String::new();
    let mut found = Vec::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("# ")) {
        match line.trim_start() {
            command if command.starts_with("docker compose") => {
                found.push((title.clone(), command.to_owned()))
            }
            _ if !line.starts_with(' ') => title = line.split(':').next().unwrap_or_default().to_owned(),
            _ => {}
        }
    }
    found
}

#[test]
fn the_closing_comment_has_a_line_for_the_default_and_one_for_the_core_services() {
    let main = "-p defaults -f generated/docker-compose.yml";
    let expected = [
        (
            "default",
            format!("docker compose {main} -f generated/docker-compose.tracing.yml --profile tracing up -d"),
        ),
        ("core", format!("docker compose {main} up -d")),
        (
            "tracing",
            format!("docker compose {main} -f generated/docker-compose.tracing.yml --profile tracing up -d"),
        ),
        ("kafka", format!("docker compose {main} --profile kafka up -d")),
    ];
    assert_eq!(lines(folder("").path()), expected.map(|(title, line)| (title.to_owned(), line)));
}

#[test]
fn swarm_takes_the_default_too() {
    let folder = folder("");
    let services = |options: &[&str]| {
        let output =
            stackctl(folder.path(), &[&["render", "--stdout", "--target", "swarm"], options].concat());
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        ["jaeger", "kafka"].map(|name| text.contains(&format!("\n  {name}:")))
    };
    assert_eq!(services(&[]), [true, false]);
    assert_eq!(services(&["--profile", "core"]), [false, false]);
    assert_eq!(services(&["--profile", "kafka"]), [false, true]);
}

#[test]
#[ignore = "needs the Compose CLI"]
fn printed_lines_start_what_they_are_printed_for() {
    for variable in ["", "${FROM_ENV-}"] {
        let folder = folder(variable);
        assert!(stackctl(folder.path(), &["render"]).status.success());
        for env_file in [None, Some("FROM_ENV=1\n"), Some("COMPOSE_PROFILES=kafka\n")] {
            match env_file {
                Some(text) => fs::write(folder.path().join(".env"), text).expect("it is written"),
                None => drop(fs::remove_file(folder.path().join(".env"))),
            }
            for (title, line) in lines(folder.path()) {
                let mut shell = Command::new("sh");
                shell.arg("-c").arg(line.replace(" up -d", " config --services")).current_dir(folder.path());
                for (name, _) in env::vars().filter(|(name, _)| name.starts_with("COMPOSE_")) {
                    shell.env_remove(name);
                }
                let output = shell.output().expect("a shell");
                let text = String::from_utf8_lossy(&output.stdout).into_owned();
                let mut services: Vec<&str> = text.lines().collect();
                services.sort_unstable();
                let expected: &[&str] = match title.as_str() {
                    "core" => &["api"],
                    "kafka" => &["api", "bridge", "kafka"],
                    _ => &["api", "bridge", "jaeger"],
                };
                assert_eq!(services, expected, "{title}: {line} with {env_file:?}");
            }
        }
    }
}
