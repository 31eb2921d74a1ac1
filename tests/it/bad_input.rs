//! Bad input: each mistake a coded diagnostic and the documented exit code; never a panic, never a half-written folder.

use std::fs;

use crate::support::{Place, Ran};

const COMMANDS: [&[&str]; 4] = [&["validate"], &["render"], &["budget", "check"], &["secrets", "init"]];

/// A stack that is right, as text to break.
const RIGHT: &str = r#"name = "shop"

[budget]
memory = "1G"
cpus = 2

[services.web]
image = "nginx:1.30-alpine"
limits = { memory = "128M", cpus = 0.5 }
restart = "unless-stopped"
logging = { max_size = "10m", max_file = 3 }
"#;

/// Every command refuses the stack with this code at this place, and leaves the folder as it was.
#[track_caller]
fn refused(stack: impl AsRef<[u8]>, code: &str, line: u64) {
    let place = Place::with_stack(stack);
    let before = place.files();
    for command in COMMANDS {
        let ran = place.run(command).exits(1);
        assert!(ran.stderr.contains(&format!("error[{code}]")), "{command:?}\n{}", ran.whole());
        assert!(!ran.stderr.contains("panicked"), "{}", ran.whole());
    }
    let found = place.run(&["validate", "--format", "json"]).exits(1).json();
    let places: Vec<(&str, Option<u64>)> = found
        .as_array()
        .expect("a list")
        .iter()
        .map(|found| (found["code"].as_str().expect("a code"), found["line"].as_u64()))
        .collect();
    assert!(places.contains(&(code, Some(line))), "{code} at line {line} is not in {places:?}");
    assert_eq!(place.files(), before, "the folder changed");
}

fn broken(from: &str, to: &str) -> String {
    assert!(RIGHT.contains(from), "{from}");
    RIGHT.replacen(from, to, 1)
}

#[test]
fn the_right_stack_is_right() {
    let place = Place::with_stack(RIGHT);
    for command in COMMANDS {
        let ran = place.run(command).exits(0);
        assert!(!ran.stderr.contains("warning"), "{}", ran.whole());
    }
    assert_eq!(place.run(&["validate", "--format", "json"]).exits(0).json(), serde_json::json!([]));
}

#[test]
fn a_stack_file_that_cannot_be_read_is_exit_3() {
    let check = |ran: Ran, words: &str| {
        let ran = ran.exits(3);
        assert!(ran.stderr.contains(words) && ran.stdout.is_empty(), "{}", ran.whole());
    };
    for command in COMMANDS {
        check(Place::new().run(command), "there is no stack.toml");
        let elsewhere: Vec<&str> = command.iter().copied().chain(["--file", "nope/stack.toml"]).collect();
        check(Place::new().run(&elsewhere), "nope/stack.toml");
        let folder = Place::new();
        fs::create_dir(folder.path("stack.toml")).unwrap();
        check(folder.run(command), "there is no stack.toml");
    }
}

#[test]
fn an_empty_file_lacks_everything_it_needs() {
    refused("", "empty-file", 1);
}

#[test]
fn text_that_is_not_utf_8() {
    refused(b"name = \"shop\"\n# caf\xe9\n", "not-utf8", 2);
}

#[test]
fn text_that_is_not_toml() {
    refused(broken("name = \"shop\"", "name = shop"), "not-toml", 1);
    refused(broken("memory = \"1G\"", "memory = \"1G"), "not-toml", 4);
}

#[test]
fn a_key_written_twice() {
    refused(broken("cpus = 2\n", "cpus = 2\ncpus = 3\n"), "duplicate-key", 6);
}

#[test]
fn ten_megabytes_answer_quickly_and_shortly() {
    let mut large = String::from(RIGHT);
    while large.len() < 10_000_000 {
        large.push_str("what = [[[[[[ = = \" x\n");
    }
    let place = Place::with_stack(&large);
    let ran = place.run(&["validate"]).exits(1);
    assert!(ran.stderr.len() < 200_000, "{} bytes of messages", ran.stderr.len());
    let nested = format!("{RIGHT}x = {}1{}\n", "[".repeat(3_000_000), "]".repeat(3_000_000));
    Place::with_stack(nested).run(&["validate"]).exits(1);
}

#[test]
fn wrong_types_units_and_sizes() {
    refused(broken("image = \"nginx:1.30-alpine\"", "image = 7"), "wrong-type", 8);
    refused(broken("memory = \"128M\"", "memory = \"128 Q\""), "bad-size", 9);
    refused(broken("memory = \"128M\"", "memory = \"-128M\""), "bad-size", 9);
    refused(broken("memory = \"128M\"", "memory = \"99999999999P\""), "bad-size", 9);
    refused(broken("cpus = 0.5", "cpus = -0.5"), "bad-cpus", 9);
    refused(broken("cpus = 0.5", "cpus = nan"), "bad-cpus", 9);
    refused(broken("cpus = 0.5", "cpus = inf"), "bad-cpus", 9);
}

#[test]
fn names_that_compose_refuses() {
    refused(broken("name = \"shop\"", "name = \"My Shop\""), "bad-name", 1);
    refused(broken("[services.web]", "[services.\"a b\"]"), "bad-name", 7);
}

#[test]
fn unknown_keys_get_a_near_name() {
    let stack = broken("image = ", "imge = ");
    let ran = Place::with_stack(&stack).run(&["validate"]).exits(1);
    assert!(ran.stderr.contains("unknown-key") && ran.stderr.contains("`image`"), "{}", ran.whole());
}

#[test]
fn templates_stay_inside_the_project() {
    let outside = "files = [{ template = \"../../etc/passwd\", target = \"/x\" }]\nrestart = ";
    refused(broken("restart = ", outside), "template-outside-project", 10);
}

#[test]
fn what_a_proof_reads_holds_no_variable() {
    refused(broken("memory = \"128M\"", "memory = \"${MEMORY}\""), "variable-in-proof", 9);
    refused(broken("max_size = \"10m\"", "max_size = \"$SIZE\""), "variable-in-proof", 11);
}

#[test]
fn every_mistake_is_reported_in_one_run() {
    let stack = r#"name = "Shop"
[budget]
memory = "1 Q"
[services.web]
imge = "x:1"
limits = { memory = "5m", cpu = 1 }
depends_on = ["databse"]
[services.database]
image = "postgres"
"#;
    let ran = Place::with_stack(stack).run(&["validate"]).exits(1);
    insta::assert_snapshot!(ran.whole());
}

#[test]
fn a_bad_profile_name_is_shown_before_the_command_line_is_blamed() {
    let place = Place::with_stack(broken("[services.", "[profiles.a]\n[services."));
    for args in [&["budget", "check"][..], &["graph"], &["plan"], &["up"], &["render", "--target", "swarm"]] {
        let ran = place.run(&[args, &["--profile", "a"]].concat()).exits(1);
        assert!(ran.stderr.contains("error[bad-name]"), "{args:?}: {}", ran.whole());
    }
    // Without a mistake in the stack, it is the command line's.
    let place = Place::with_stack(RIGHT);
    place.run(&["budget", "check", "--profile", "a"]).exits(2);
}
