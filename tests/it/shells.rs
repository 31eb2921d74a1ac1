//! Completions and man pages: of every command that there is, with the names of the stack at hand.

use std::fs;

use crate::{
    help,
    support::{Place, sample},
    terminal::Terminal,
};

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
    assert_eq!(offered(&place, "stackctl graph --format "), ["text", "svg", "mermaid", "dot", "json"]);
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

/// A shell in a terminal, in the sample's folder, with what a person would put into its start-up file.
fn shell(place: &Place, start: &str, setup: &[&str]) -> Terminal {
    fs::create_dir(place.path("bin")).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_stackctl"), place.path("bin/stackctl")).unwrap();
    let path = format!("{}:{}", place.path("bin").display(), std::env::var("PATH").unwrap());
    let terminal =
        Terminal::start(&format!("env PATH='{path}' PS1='$ ' TERM=xterm {start}"), &place.path(""));
    for line in setup {
        terminal.types(line);
        terminal.press("Enter");
    }
    // Only what the shell itself prints ends in `y`.
    terminal.types("clear; echo read''y");
    terminal.press("Enter");
    terminal.until("the shell reads", |screen| screen.contains("ready") && !screen.contains("clear"));
    terminal
}

/// Type a line, press Tab, and see it completed; then throw it away.
#[track_caller]
fn completes(terminal: &Terminal, typed: &str, completed: &str) {
    terminal.types(typed);
    terminal.press("Tab");
    terminal.until(&format!("{typed}<Tab> is {completed}"), |screen| {
        screen.lines().any(|line| line.trim_end().ends_with(completed))
    });
    terminal.press("C-u");
    terminal.until("the line is gone", |screen| !screen.contains(completed));
}

/// Lines that every shell completes.
const LINES: [(&str, &str); 6] = [
    ("stackctl val", "stackctl validate"),
    ("stackctl graph --profile tr", "stackctl graph --profile tracing"),
    ("stackctl up --profile=kaf", "stackctl up --profile=kafka"),
    ("stackctl --file=stack.toml up --profile=tra", "stackctl --file=stack.toml up --profile=tracing"),
    ("stackctl traffic set bu", "stackctl traffic set burst"),
    ("stackctl logs order-", "stackctl logs order-api"),
];

#[test]
#[ignore = "needs bash and tmux"]
fn bash_completes() {
    let place = sample();
    let bash = shell(&place, "bash --norc -i", &["source <(stackctl completions bash)"]);
    for (typed, completed) in LINES {
        completes(&bash, typed, completed);
    }
    // A sign with nothing behind it offers everything.
    bash.types("stackctl up --profile=");
    bash.press("Tab");
    bash.press("Tab");
    bash.until("every profile", |screen| {
        ["core", "tracing", "kafka", "cicd", "full"].iter().all(|name| screen.contains(name))
    });
    bash.press("C-u");
    // What stands behind the cursor is left alone.
    completes(&bash, "stackctl render --target=sw", "stackctl render --target=swarm");
}

#[test]
#[ignore = "needs zsh and tmux"]
fn zsh_completes() {
    let place = sample();
    let setup = ["autoload -Uz compinit && compinit -u -d zcompdump", "source <(stackctl completions zsh)"];
    let zsh = shell(&place, "zsh -f -i", &setup);
    for (typed, completed) in LINES {
        completes(&zsh, typed, completed);
    }
}

#[test]
#[ignore = "needs fish and tmux"]
fn fish_completes() {
    let place = sample();
    let home = place.path("home");
    fs::create_dir(&home).unwrap();
    let start = format!("HOME={} fish --no-config -i", home.display());
    let setup = ["function fish_prompt; echo -n '$ '; end", "stackctl completions fish | source"];
    let fish = shell(&place, &start, &setup);
    for (typed, completed) in LINES {
        completes(&fish, typed, completed);
    }
}

#[test]
fn every_command_has_a_man_page() {
    let place = Place::new();
    place.run(&["man", "man1"]).exits(0);
    let text = place.run(&["--help"]).exits(0).stdout;
    let names = help::commands(&text);
    assert!(names.len() > 10, "{text}");
    for name in names {
        let page = fs::read_to_string(place.path(&format!("man1/stackctl-{name}.1"))).unwrap();
        assert!(
            page.contains(".SH SYNOPSIS") && page.contains(&format!("\\fBstackctl {name}\\fR")),
            "{page}"
        );
    }
    assert!(fs::metadata(place.path("man1/stackctl-budget-check.1")).is_ok());
}
