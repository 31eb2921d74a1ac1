//! What `--help` says, of every command: read before it is committed.

use std::fmt::Write as _;

use crate::support::Place;

/// The names below `Commands:`, or in the groups of the program's own help.
pub fn commands(help: &str) -> Vec<String> {
    let is_heading = |line: &&str| *line == "Commands:" || *line == "Start here:";
    let lines = help.lines().skip_while(|line| !is_heading(line)).skip(1);
    let ends = ["Arguments:", "Options:", "Global options:"];
    let lines = lines.take_while(|line| !ends.contains(line));
    let names = lines.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let mut found: Vec<String> = Vec::new();
    for name in names.filter(|name| !name.is_empty() && *name != "help") {
        if !found.iter().any(|known| known == name) {
            found.push(name.to_owned());
        }
    }
    found
}

fn collect(place: &Place, path: &[String], text: &mut String) {
    let mut args: Vec<&str> = path.iter().map(String::as_str).collect();
    args.push("--help");
    let ran = place.run(&args).exits(0);
    assert_eq!(ran.stderr, "");
    let help = &ran.stdout;
    assert!(help.contains("\nExample:\n") || help.contains("\nExamples:\n"), "{args:?} has no example");
    assert!(!help.contains('\u{1b}'), "colour in a pipe: {help:?}");
    // What every command takes is shown once.
    assert_eq!(help.contains("--color <WHEN>"), path.is_empty(), "{args:?}");
    writeln!(text, "$ stackctl {}\n{}\n", args.join(" "), help.trim_end()).unwrap();
    for name in commands(help) {
        collect(place, &[path, &[name]].concat(), text);
    }
}

#[test]
fn every_command_tells_what_it_does_with_an_example() {
    let mut text = String::new();
    collect(&Place::new(), &[], &mut text);
    assert!(text.matches("$ stackctl ").count() > 25, "{text}");
    insta::assert_snapshot!(text);
}
