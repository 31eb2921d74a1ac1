//! Completions and man pages: of every command that there is, with the names of the stack at hand.

use std::{fs, process::Command};

use crate::support::{Place, sample};

/// What fish would offer behind a line: its protocol is a line for each candidate.
fn offered(place: &Place, line: &str) -> Vec<String> {
    let mut args = vec!["--"];
    args.extend(line.split(' '));
    let output = place.command(&args).env("STACKCTL_COMPLETE", "fish").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect()
}

#[test]
fn names_come_from_the_stack_at_hand() {
    let place = sample();
    assert_eq!(offered(&place, "stackctl graph --profile "), ["core", "tracing", "kafka", "cicd", "full"]);
    assert_eq!(offered(&place, "stackctl budget check --profile k"), ["kafka"]);
    assert_eq!(offered(&place, "stackctl traffic set b"), ["burst"]);
    assert_eq!(offered(&place, "stackctl graph --format "), ["svg", "mermaid", "dot", "json"]);
    assert_eq!(offered(&place, "stackctl compl"), ["completions"]);
    place.write("other.toml", "[profiles.other]\n");
    assert_eq!(offered(&place, "stackctl --file other.toml graph --profile o"), ["other"]);
    // Without a stack there is nothing to offer but what is always there, and no complaint.
    assert_eq!(offered(&Place::new(), "stackctl graph --profile x"), [""; 0]);
}

#[test]
fn each_shell_gets_its_script() {
    let place = Place::new();
    for (shell, word) in [
        ("bash", "complete -o"),
        ("zsh", "#compdef stackctl"),
        ("fish", "complete "),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let ran = place.run(&["completions", shell]).exits(0);
        assert!(ran.stdout.contains(word) && ran.stdout.contains("STACKCTL_COMPLETE"), "{}", ran.whole());
    }
    place.run(&["completions", "tcsh"]).exits(2);
}

#[test]
#[ignore = "needs bash"]
fn bash_completes() {
    let place = sample();
    let script = r#"
        source <("$0" completions bash)
        COMP_WORDS=(stackctl graph --profile tr) COMP_CWORD=3 COMP_TYPE=9
        _clap_complete_stackctl stackctl tr --profile
        printf '%s|' "${COMPREPLY[@]}"
    "#;
    let output = Command::new("bash")
        .args(["--norc", "-c", script, env!("CARGO_BIN_EXE_stackctl")])
        .current_dir(place.path(""))
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "tracing|",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn every_command_has_a_man_page() {
    let place = Place::new();
    place.run(&["man", "man1"]).exits(0);
    let help = place.run(&["--help"]).exits(0).stdout;
    let commands =
        help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| line.starts_with(' '));
    let mut names: Vec<&str> =
        commands.filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).collect();
    names.retain(|name| !name.is_empty() && *name != "help");
    assert!(names.len() > 10, "{help}");
    for name in names {
        let page = fs::read_to_string(place.path(&format!("man1/stackctl-{name}.1"))).unwrap();
        assert!(
            page.contains(".SH SYNOPSIS") && page.contains(&format!("\\fBstackctl {name}\\fR")),
            "{page}"
        );
    }
    assert!(fs::metadata(place.path("man1/stackctl-budget-check.1")).is_ok());
}
