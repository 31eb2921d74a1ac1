//! Compose itself as the oracle, over generated stacks: whatever `validate` accepts, `docker compose config` accepts for
//! every profile subset with its overlays, and the sums of `budget check` equal the sums over Compose's resolved JSON.
//!
//! `STACKCTL_ORACLE_SEED=N` runs one stack again and prints it; `STACKCTL_ORACLE_STACKS=N` changes how many are accepted.

#![expect(clippy::disallowed_macros, reason = "what a test prints is for the person who runs it")]

use std::{
    env,
    fmt::Write as _,
    fs,
    path::Path,
    process::{Command, Output},
    sync::{
        Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use serde_json::Value;

use crate::stacks::Generated;

fn run(command: &mut Command) -> (bool, Output) {
    let output = command.output().expect("the command starts");
    (output.status.success(), output)
}

fn stackctl(folder: &Path, args: &[&str]) -> (bool, Output) {
    run(Command::new(env!("CARGO_BIN_EXE_stackctl")).args(args).current_dir(folder))
}

/// `docker compose` as `stackctl up` calls it: the base file, then the overlay files of everything that is enabled.
fn compose(folder: &Path, stack: &Generated, subset: &[&str], what: &[&str]) -> (bool, Output) {
    let mut command = Command::new("docker");
    let main = "generated/docker-compose.yml";
    command.current_dir(folder).args(["compose", "-p", "oracle"]);
    if fs::read_to_string(folder.join(main)).is_ok_and(|text| text.contains("--project-directory .")) {
        command.args(["--project-directory", "."]);
    }
    command.args(["-f", main]);
    for profile in stack.enabled(subset) {
        let overlay = format!("generated/docker-compose.{profile}.yml");
        if folder.join(&overlay).exists() {
            command.args(["-f", &overlay]);
        }
    }
    for profile in subset {
        command.args(["--profile", profile]);
    }
    for (name, _) in env::vars().filter(|(name, _)| name.starts_with("COMPOSE_")) {
        command.env_remove(name);
    }
    run(command.args(what))
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Billionths of a JSON number, rounded: Compose prints the shortest decimal of a 32-bit float.
fn nanos(value: &Value) -> u64 {
    (value.as_f64().unwrap_or(0.0) * 1e9).round() as u64
}

/// `[memory limit, memory reservation, CPU limit, CPU reservation]` over a resolved Compose file, bytes and billionths.
fn compose_sums(config: &Value) -> [u64; 4] {
    let mut sums = [0; 4];
    for service in config["services"].as_object().into_iter().flat_map(|services| services.values()) {
        let deploy = &service["deploy"];
        let replicas = deploy["replicas"].as_u64().unwrap_or(1);
        let bytes = |kind: &str| -> u64 {
            deploy["resources"][kind]["memory"]
                .as_str()
                .map_or(0, |bytes| bytes.parse().expect("Compose prints bytes"))
        };
        sums[0] += replicas * bytes("limits");
        sums[1] += replicas * bytes("reservations");
        sums[2] += replicas * nanos(&deploy["resources"]["limits"]["cpus"]);
        sums[3] += replicas * nanos(&deploy["resources"]["reservations"]["cpus"]);
    }
    sums
}

fn budget_sums(row: &Value) -> [u64; 4] {
    let bytes = |key: &str| row[key].as_u64().expect("bytes");
    [
        bytes("memory_limit_bytes"),
        bytes("memory_reservation_bytes"),
        nanos(&row["cpu_limit"]),
        nanos(&row["cpu_reservation"]),
    ]
}

/// Whether the stack was accepted, or how the two disagree.
fn judge(stack: &Generated) -> Result<bool, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let folder = folder.path();
    stack.write(folder);
    let (valid, output) = stackctl(folder, &["validate"]);
    if !valid {
        return match output.status.code() {
            Some(1) => Ok(false),
            code => Err(format!("validate exited with {code:?}:\n{}", text(&output))),
        };
    }
    let (rendered, output) = stackctl(folder, &["render"]);
    if !rendered {
        return Err(format!("validate accepts and render refuses:\n{}", text(&output)));
    }
    for subset in stack.subsets() {
        let (accepted, output) = compose(folder, stack, &subset, &["config", "--format", "json"]);
        if !accepted {
            return Err(format!("Compose refuses {subset:?}:\n{}", text(&output)));
        }
        let config: Value = serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
        let mut args = vec!["budget", "check", "--format", "json"];
        args.extend(subset.iter().flat_map(|profile| ["--profile", *profile]));
        if subset.is_empty() {
            args.extend(["--profile", "core"]);
        }
        let (_, output) = stackctl(folder, &args);
        let report: Value =
            serde_json::from_slice(&output.stdout).map_err(|error| format!("{error}: {}", text(&output)))?;
        let rows = report["combinations"].as_array().ok_or("no combinations")?;
        let [row] = rows.as_slice() else { return Err(format!("{} rows for one combination", rows.len())) };
        let (ours, theirs) = (budget_sums(row), compose_sums(&config));
        if ours != theirs {
            return Err(format!("sums differ for {subset:?}: budget check {ours:?}, Compose {theirs:?}"));
        }
        let active = config["services"].as_object().map_or(0, serde_json::Map::len) as u64;
        if row["services"].as_u64() != Some(active) {
            return Err(format!(
                "{subset:?}: {} services in budget check, {active} in Compose",
                row["services"]
            ));
        }
    }
    Ok(true)
}

#[test]
#[ignore = "needs the Compose CLI"]
fn what_validate_accepts_compose_accepts_and_sums_alike() {
    if let Ok(seed) = env::var("STACKCTL_ORACLE_SEED") {
        let stack = Generated::new(seed.parse().expect("a seed is a number"));
        println!("{}", stack.toml());
        println!("accepted: {:?}", judge(&stack));
        return;
    }
    let wanted: usize =
        env::var("STACKCTL_ORACLE_STACKS").map_or(500, |stacks| stacks.parse().expect("a number"));
    let (next, accepted) = (AtomicU64::new(0), AtomicUsize::new(0));
    let failures = Mutex::new(String::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while accepted.load(Ordering::Relaxed) < wanted && failures.lock().unwrap().is_empty() {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    match judge(&Generated::new(seed)) {
                        Ok(true) => drop(accepted.fetch_add(1, Ordering::Relaxed)),
                        Ok(false) => {}
                        Err(failure) => writeln!(failures.lock().unwrap(), "seed {seed}: {failure}").unwrap(),
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{failures}");
    let (accepted, tried) = (accepted.load(Ordering::Relaxed), next.load(Ordering::Relaxed));
    println!("{accepted} of {tried} generated stacks were accepted by both");
    assert!(
        accepted >= wanted && tried <= 3 * wanted as u64,
        "only {accepted} of {tried} stacks were accepted"
    );
}

/// Values that a YAML 1.1 reader takes for something else, or that need care in any YAML.
const MISREAD: &[&str] = &[
    "no",
    "No",
    "NO",
    "n",
    "N",
    "off",
    "yes",
    "y",
    "on",
    "true",
    "True",
    "null",
    "~",
    "",
    " ",
    "22:22",
    "1:30:00",
    "017",
    "0o17",
    "0x1f",
    "0b101",
    "1_000",
    "1.10",
    "1e3",
    "+1",
    "-0",
    ".5",
    "5.",
    ".inf",
    "-.inf",
    ".nan",
    "2024-01-01",
    "2024-01-01 10:00:00",
    "2024-01-01T10:00:00Z",
    "=",
    "<<",
    "- a",
    "-",
    "?",
    "? a",
    ":",
    "a: b",
    "a:",
    ":a",
    "a #b",
    "#a",
    "&a",
    "*a",
    "!a",
    "!!str a",
    "|",
    ">",
    "%a",
    "@a",
    "`a",
    "'a",
    "\"a",
    "a'b",
    "a\"b",
    "[a",
    "{a",
    "]",
    "}",
    ",a",
    "a, b",
    " a",
    "a ",
    "a\nb",
    "a\n",
    "\na",
    "a\n\n b\n",
    "a\tb",
    "\ta",
    "a\\nb",
    "\u{85}a",
    "a\u{2028}b",
    "a\u{feff}b",
    "é",
    "🦀",
    "---",
    "...",
    "--- a",
    "a\rb",
    "a\r\nb",
    "0",
    "00",
    "08",
    "1.",
    "1__0",
    "0_",
    "12e03",
    "190:20:30.15",
    "685.230_15e+03",
    "NaN",
    "NULL",
    "Null",
    "none",
    "a\u{7f}b",
    "\u{1b}[31m",
];

#[test]
#[ignore = "needs the Compose CLI and PyYAML"]
fn strings_that_yaml_1_1_misreads_come_back_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let mut toml = String::from(
        "name = \"oracle\"\n[budget]\nmemory = \"1G\"\ncpus = 1\n[services.a]\nimage = \"x:1\"\n\
         limits = { memory = \"64M\", cpus = 0.5 }\nlogging = { max_size = \"1m\" }\n[services.a.environment]\n",
    );
    for (index, value) in MISREAD.iter().enumerate() {
        // TOML's basic strings and JSON's share their escapes, but for DEL.
        let quoted = serde_json::to_string(value).unwrap().replace('\u{7f}', "\\u007f");
        writeln!(toml, "V{index} = {quoted}").unwrap();
    }
    fs::write(folder.path().join("stack.toml"), toml).unwrap();
    let (rendered, output) = stackctl(folder.path(), &["render"]);
    assert!(rendered, "{}", text(&output));

    let check = |reader: &str, environment: &Value| {
        for (index, value) in MISREAD.iter().enumerate() {
            assert_eq!(
                environment[format!("V{index}")].as_str(),
                Some(*value),
                "{reader} misreads {value:?}"
            );
        }
    };
    let script = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open('generated/docker-compose.yml', encoding='utf-8'))))";
    let (ran, output) = run(Command::new("python3").args(["-c", script]).current_dir(folder.path()));
    assert!(ran, "{}", text(&output));
    let read: Value = serde_json::from_slice(&output.stdout).unwrap();
    check("PyYAML", &read["services"]["a"]["environment"]);

    let command =
        ["compose", "-f", "generated/docker-compose.yml", "config", "--format", "json", "--no-interpolate"];
    let (ran, output) = run(Command::new("docker").args(command).current_dir(folder.path()));
    assert!(ran, "{}", text(&output));
    let read: Value = serde_json::from_slice(&output.stdout).unwrap();
    check("Compose", &read["services"]["a"]["environment"]);
}
