//! The engine itself as the oracle: for each line of `values.txt`, `validate` reports an error exactly where the engine refuses
//! the stack.

use std::{
    fs,
    process::{self, Command, Output},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use stackctl::internals::{
    diag::Severity,
    render::{Selection, Target, render},
    resolve::Profiles,
};

use crate::{diagnostics, support::Place};

const VALUES: &str = include_str!("values.txt");

/// A stack of Debian's image around one line.
fn stack(number: usize, line: &str) -> String {
    let (service, beside) = line.split_once(" || ").unwrap_or((line, ""));
    let lines = |text: &str| text.replace(" | ", "\n");
    // A quota is a CPU limit in another spelling.
    let cpus = if line.contains("cpu_quota") { "" } else { ", cpus = 0.1" };
    format!(
        "name = \"engine-oracle-{}-{number}\"\n[budget]\nmemory = \"1G\"\ncpus = 2\n[defaults]\nimage = \"debian:trixie-slim\"\n\
         command = [\"sleep\", \"1000\"]\ninit = true\nlimits = {{ memory = \"32M\"{cpus} }}\nlogging = {{ max_size = \"1m\", max_file = 2 }}\n\
         [services.a]\n{}\n{}\n",
        process::id(),
        lines(service),
        lines(beside),
    )
    .replace("10.231.", &format!("10.{}.", 20 + number % 230))
    .replace("fd00:231:", &format!("fd00:{:x}:", 0x2000 + number))
}

fn compose(place: &Place, args: &[&str]) -> Output {
    let mut command = Command::new("docker");
    command.args(["compose", "-f", "generated/docker-compose.yml"]).args(args).current_dir(place.path("."));
    command.output().expect("docker compose starts")
}

/// Whether `validate` reports an error and why the engine refuses, or what went wrong before it was asked.
fn judge(number: usize, line: &str) -> Result<(bool, Option<String>), String> {
    let place = Place::with_stack(stack(number, line));
    let (parsed, found) = diagnostics::judge(&place.path("."));
    let is_error = found.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    if !parsed.diagnostics.is_empty() {
        return Err(format!("{:?}", parsed.diagnostics));
    }
    // Not the command, which renders no stack with errors.
    let rendered =
        render(Target::Compose, &place.path("."), &Profiles::new(&parsed.stack), &Selection::default())
            .map_err(|found| format!("{found:?}"))?;
    for file in rendered.files {
        let path = place.path("generated").join(&file.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &file.text).unwrap();
    }
    let config = compose(&place, &["config", "--quiet"]);
    if !config.status.success() {
        return Err(format!("Compose refuses it: {}", String::from_utf8_lossy(&config.stderr)));
    }
    let up = compose(&place, &["up", "--detach", "--pull", "never"]);
    compose(&place, &["down", "--timeout", "0", "--volumes"]);
    let why = String::from_utf8_lossy(&up.stderr).lines().last().unwrap_or_default().to_owned();
    Ok((is_error, (!up.status.success()).then_some(why)))
}

#[test]
#[ignore = "needs an engine"]
fn validate_refuses_what_the_engine_refuses_and_nothing_else() {
    let only = std::env::var("STACKCTL_ORACLE_LINES").unwrap_or_default();
    let lines: Vec<&str> =
        VALUES.lines().filter(|line| !line.starts_with('#') && line.contains(&only)).collect();
    let (next, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(line) = lines.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let number = lines.iter().position(|other| other == line).unwrap();
                    let disagreement = match judge(number, line) {
                        Ok((is_error, why)) => {
                            refused.fetch_add(usize::from(why.is_some()), Ordering::Relaxed);
                            (is_error != why.is_some()).then(|| match why {
                                Some(why) => format!("the engine refuses: {why}"),
                                None => "only validate refuses".to_owned(),
                            })
                        }
                        Err(problem) => Some(problem),
                    };
                    wrong
                        .lock()
                        .unwrap()
                        .extend(disagreement.map(|problem| format!("{line}\n    {problem}")));
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), lines.len(), wrong.join("\n"));
    let refused = refused.into_inner();
    assert!(
        !only.is_empty() || (refused > 100 && lines.len() - refused > 80),
        "{refused} of {}",
        lines.len()
    );
}
