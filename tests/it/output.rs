//! Data that does not get to stdout: exit 3 with an error, and only a reader that went away is no failure.

use std::{fs::File, process::Stdio};

use crate::support::{Place, Ran, sample};

/// Every command that writes data and needs no engine.
const COMMANDS: [&[&str]; 21] = [
    &["render", "--stdout"],
    &["render", "--target", "swarm", "--stdout"],
    &["validate", "--format", "json"],
    &["budget", "check"],
    &["budget", "check", "--format", "json"],
    &["graph"],
    &["graph", "--format", "mermaid"],
    &["graph", "--format", "dot"],
    &["graph", "--format", "json"],
    &["schema"],
    &["completions", "bash"],
    &["completions", "zsh"],
    &["completions", "fish"],
    &["completions", "powershell"],
    &["secrets", "init", "--format", "json"],
    &["doctor"],
    &["doctor", "--format", "json"],
    &["help"],
    &["--help"],
    &["--version"],
    &["traffic", "--target", "http://127.0.0.1:1/", "--duration", "100ms", "--report", "-"],
];

fn onto(place: &Place, args: &[&str], stdout: Stdio) -> Ran {
    // `output` would take stdout for itself.
    let mut command = place.command(args);
    let child = command.stdout(stdout).stderr(Stdio::piped()).stdin(Stdio::null()).spawn().unwrap();
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    Ran { code: output.status.code(), stdout: String::new(), stderr }
}

#[test]
fn a_full_disk_is_exit_3() {
    let place = sample();
    for args in COMMANDS {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let ran = onto(&place, args, full.into()).exits(3);
        assert!(ran.stderr.contains("failed to write to stdout"), "{args:?}\n{}", ran.whole());
    }
}

#[test]
fn a_reader_that_went_away_is_no_failure() {
    let place = sample();
    for args in COMMANDS.iter().filter(|args| args[0] != "doctor") {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let ran = onto(&place, args, writer.into()).exits(0);
        assert!(!ran.stderr.contains("stdout"), "{args:?}\n{}", ran.whole());
    }
}
