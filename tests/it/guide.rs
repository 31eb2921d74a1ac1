//! docs/guide.md: every file of it is written and every command of it runs, in the order of the page.

use std::{fs, path::Path};

use crate::{ports::free_port, readme::blocks, running::Stack, support::Place};

/// Follow the page, with these texts replaced in its files.
fn follow(place: &Place, replaced: &[(&str, &str)], mut run: impl FnMut(&str, &[&str])) {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guide.md");
    let page = fs::read_to_string(page).unwrap();
    let mut stack = String::new();
    for (kind, text) in blocks(&page) {
        match kind {
            "toml stack.toml" => text.clone_into(&mut stack),
            "toml added" => stack += &format!("\n\n{text}"),
            "sh" | "sh with-an-engine" => {
                for line in text.lines() {
                    let line = line.split(" # ").next().unwrap();
                    let words: Vec<&str> = line.split_whitespace().collect();
                    assert_eq!(words[0], "stackctl", "{line}");
                    run(kind, &words[1..]);
                }
                continue;
            }
            other => panic!("a block of the guide that this test does not know: {other}"),
        }
        let written = replaced.iter().fold(stack.clone(), |text, (from, to)| text.replace(from, to));
        place.write("stack.toml", written);
    }
}

#[test]
fn every_step_is_valid() {
    let place = Place::new();
    let mut ran = 0;
    follow(&place, &[], |kind, args| {
        if kind == "sh" {
            place.run(args).exits(0);
            ran += 1;
        }
    });
    assert!(ran >= 10, "{ran}");
    // What the first step is about, and nothing after it.
    let ran = place.run(&["validate"]).exits(0);
    assert!(ran.stderr.ends_with("no problems in any combination\n"), "{}", ran.whole());
}

#[test]
#[ignore = "needs an engine"]
fn every_command_runs() {
    let place = Place::new();
    let name = "stackctl-guide";
    let (web, control) = (free_port(), free_port());
    let replaced = [
        ("\"notes\"\n", format!("{name:?}\n")),
        ("\"8080:80\"", format!("\"{web}:80\"")),
        ("\"8089:8089\"", format!("\"{control}:8089\"")),
    ];
    let replaced: Vec<(&str, &str)> = replaced.iter().map(|(from, to)| (*from, to.as_str())).collect();
    let _running = Stack(&place, name);
    let url = format!("http://127.0.0.1:{control}");
    follow(&place, &replaced, |_, args| {
        // Five minutes are for a person.
        let mut args: Vec<&str> = args.iter().map(|arg| if *arg == "5m" { "3s" } else { arg }).collect();
        if args[0] == "traffic" {
            args.extend(["--url", &url]);
        }
        place.run(&args).exits(0);
    });
}

#[test]
#[ignore = "needs an engine"]
fn what_init_writes_comes_up() {
    let place = Place::new();
    let name = "stackctl-first-steps";
    place.run(&["init"]).exits(0);
    let mut text = fs::read_to_string(place.path("stack.toml")).unwrap();
    let line = text.lines().find(|line| line.starts_with("name = ")).unwrap().to_owned();
    text = text.replace(&line, &format!("name = {name:?}"));
    for published in ["8080:80\"", "8081:8080\"", "8089:8089\""] {
        let (_, target) = published.split_once(':').unwrap();
        let moved = text.replace(&format!("\"{published}"), &format!("\"{}:{target}", free_port()));
        assert_ne!(moved, text, "{published}");
        text = moved;
    }
    place.write("stack.toml", text);
    let _running = Stack(&place, name);
    let ran = place.run(&["up", "--timeout", "120s"]).exits(0);
    assert!(ran.stderr.contains("is up"), "{}", ran.whole());
    place.run(&["status"]).exits(0);
}
