//! What `--help` says, of every command: read before it is committed.

use std::fmt::Write as _;

use crate::support::Place;

/// The names below `Commands:`.
fn commands(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let lines = lines.take_while(|line| line.starts_with(' '));
    let names = lines.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    names.filter(|name| !name.is_empty() && *name != "help").map(str::to_owned).collect()
}

fn collect(place: &Place, path: &[String], text: &mut String) {
    let mut args: Vec<&str> = path.iter().map(String::as_str).collect();
    args.push("--help");
    let ran = place.run(&args).exits(0);
    assert_eq!(ran.stderr, "");
    let help = &ran.stdout;
    assert!(help.contains("\nExample:\n") || help.contains("\nExamples:\n"), "{args:?} has no example");
    assert!(!help.contains('\u{1b}'), "colour in a pipe: {help:?}");
    // What every command takes is told once.
    let (own, global) = help.split_once("Global options:\n").unwrap_or((help, ""));
    let examples = global.find("Example").map_or("", |at| &global[at..]);
    let shown = if path.is_empty() { help.clone() } else { format!("{own}{examples}") };
    writeln!(text, "$ stackctl {}\n{}\n", args.join(" "), shown.trim_end()).unwrap();
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
