//! `default_profiles`: what is enabled where no `--profile` is given.

use std::{env, fs, process::Command};

use serde_json::{Value, json};

use crate::support::Place;

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

fn place(variable: &str) -> Place {
    Place::with_stack(STACK.replace("WITH", variable))
}

fn budget(place: &Place, profiles: &[&str]) -> Value {
    let options: Vec<&str> = profiles.iter().flat_map(|profile| ["--profile", *profile]).collect();
    let output = place.run(&[&["budget", "check", "--format", "json"], options.as_slice()].concat());
    output.json()
}

fn names(report: &Value) -> Vec<Value> {
    report["combinations"].as_array().expect("a list").iter().map(|row| row["profiles"].clone()).collect()
}

#[test]
fn the_budget_starts_from_the_default() {
    let place = place("");
    let report = budget(&place, &[]);
    assert_eq!(
        names(&report),
        [json!(["tracing"]), json!([]), json!(["kafka", "tracing"]), json!(["kafka"])]
    );
    const MIB: u64 = 1 << 20;
    // `bridge` is active already.
    let cost = |profile: &str, mib: u64, cpu: f64| json!({ "profile": profile, "memory_limit_bytes": mib * MIB, "cpu_limit": cpu });
    assert_eq!(report["marginal"], json!([cost("tracing", 0, 0.0), cost("kafka", 64, 0.5)]));
    assert_eq!(names(&budget(&place, &["core"])), [json!([])]);
    assert_eq!(names(&budget(&place, &["core", "kafka"])), [json!(["kafka"])]);
    let text = place.run(&["budget", "check"]);
    let text = text.stdout.clone();
    let rows: Vec<&str> = text.lines().filter_map(|line| line.split("  ").next()).collect();
    assert!(rows.windows(2).any(|rows| rows == ["tracing (default)", "core"]), "{text}");
}

/// The closing comment's lines of plain Compose, with their titles.
fn lines(place: &Place) -> Vec<(String, String)> {
    let text = place.run(&["render", "--stdout"]);
    let text = text.stdout.clone();
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
    assert_eq!(lines(&place("")), expected.map(|(title, line)| (title.to_owned(), line)));
}

#[test]
fn swarm_takes_the_default_too() {
    let place = place("");
    let services = |options: &[&str]| {
        let output = place.run(&[&["render", "--stdout", "--target", "swarm"], options].concat());
        let text = output.stdout.clone();
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
        let place = place(variable);
        place.run(&["render"]).exits(0);
        for env_file in [None, Some("FROM_ENV=1\n"), Some("COMPOSE_PROFILES=kafka\n")] {
            match env_file {
                Some(text) => fs::write(place.path(".env"), text).expect("it is written"),
                None => drop(fs::remove_file(place.path(".env"))),
            }
            for (title, line) in lines(&place) {
                let mut shell = Command::new("sh");
                shell.arg("-c").arg(line.replace(" up -d", " config --services")).current_dir(place.path(""));
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
