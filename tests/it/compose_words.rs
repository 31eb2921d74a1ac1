//! What users of Docker Compose type and stackctl does not have is answered with the line that does it.

use std::{fmt::Write as _, process::Command};

use crate::support::Place;

#[test]
fn words_of_compose_are_answered() {
    let place = Place::new();
    let mut text = String::new();
    for line in [
        "build --no-cache web",
        "config --services",
        "pull",
        "run --rm web sh -c 'echo it'",
        "cp web:/etc/hosts .",
        "rm -f web",
        "version",
        "ls",
        "scale web=3",
        "--file other.toml events --json",
        "-q watch",
        "down -v",
        "down -yv",
        "down web --target compose",
        "down --rmi all",
        "down --remove-orphans",
        "up -d --scale web=3",
        "up --remove-orphans",
        "up --wait-timeout 30",
        "up --no-deps web",
        "up --dry-run",
        "ps -q",
        "ps --services",
        "stats --no-stream",
        "logs --until 5m",
        "--profile tracing up",
        "--profile=tracing down",
        "--profile=tracing status",
        "-f compose.yaml up",
        "-p shop ps",
        "--dry-run up",
        "--env-file prod.env up",
    ] {
        // As a shell splits it.
        let args: Vec<String> = line.split('\'').enumerate().fold(Vec::new(), |mut args, (at, part)| {
            match at % 2 {
                0 => args.extend(part.split_whitespace().map(str::to_owned)),
                _ => args.push(part.to_owned()),
            }
            args
        });
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let ran = place.run(&args).exits(2);
        assert_eq!(ran.stdout, "", "{line}");
        writeln!(text, "$ stackctl {line}\n{}", ran.stderr).unwrap();
    }
    insta::assert_snapshot!(text);
}

#[test]
fn what_is_not_of_compose_gets_the_usual_answer() {
    let place = Place::new();
    let ran = place.run(&["stat"]).exits(2);
    assert!(ran.stderr.contains("unrecognized subcommand 'stat'"), "{}", ran.whole());
    let ran = place.run(&["up", "--nothing"]).exits(2);
    assert!(ran.stderr.contains("unexpected argument '--nothing'"), "{}", ran.whole());
    // These are right: the missing stack is all that is wrong.
    for args in [
        &["-v", "down"][..],
        &["down", "--yes", "--file", "x.toml"],
        &["down", "--target", "compose", "-q"],
        &["ps"],
        &["stats", "--once"],
        &["up", "-d", "--build", "web"],
        &["logs", "-fn5", "-t"],
        &["plan", "--profile", "a,b"],
        &["compose", "exec", "-it", "web", "sh"],
    ] {
        place.run(args).exits(3);
    }
}

#[test]
fn profiles_are_separated_by_commas() {
    let service = |name: &str| format!("[services.{name}]\nimage = \"x:1\"\nprofiles = [\"{name}\"]\n");
    let services: String = ["one", "two", "three"].map(service).concat();
    let profiles = "name = \"x\"\n[profiles.one]\n[profiles.two]\n[profiles.three]\n";
    let place = Place::with_stack(format!("{profiles}{services}"));
    let graph =
        |args: &[&str]| place.run(&[&["graph", "--format", "mermaid"], args].concat()).exits(0).stdout;
    assert_eq!(graph(&["--profile", "one,two"]), graph(&["--profile", "one", "--profile", "two"]));
    assert!(graph(&[]).contains("three") && !graph(&["--profile", "one,two"]).contains("three"));
    let ran = place.run(&["status", "--profile", "one,four"]).exits(2);
    assert!(ran.stderr.contains("unknown profile \"four\""), "{}", ran.whole());
}

/// What `docker compose ... --help` lists.
fn help(args: &[&str]) -> String {
    let output = Command::new("docker").arg("compose").args(args).arg("--help").output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[ignore = "needs the Compose CLI"]
fn every_word_of_compose_is_known() {
    let place = Place::new();
    let unknown = |args: &[&str]| {
        let ran = place.run(args);
        ran.stderr.contains("unrecognized subcommand") || ran.stderr.contains("unexpected argument")
    };
    let mut wrong = Vec::new();
    let page = help(&[]);
    let lines = page.lines().skip_while(|line| *line != "Management Commands:");
    let names =
        lines.filter_map(|line| line.strip_prefix("  ")?.split(' ').next().filter(|it| !it.is_empty()));
    let names: Vec<&str> = names.collect();
    assert!(names.len() > 30, "{page}");
    wrong.extend(names.iter().filter(|name| unknown(&[name])).map(|name| (*name).to_owned()));
    for command in ["up", "down", "logs", "ps", "stats", "exec", "restart", "start", "stop"] {
        let page = help(&[command]);
        let words = page.lines().filter(|line| line.trim_start().starts_with('-'));
        let options = words.flat_map(|line| line.split_whitespace().take(2));
        for option in options.map(|it| it.trim_end_matches([',', '.'])).filter(|it| it.starts_with('-')) {
            if unknown(&[command, option]) {
                wrong.push(format!("{command} {option}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
