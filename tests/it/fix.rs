//! `validate --fix`: what has one answer is written into stack.toml, and what has not is reported.

use crate::support::Place;

/// Every kind of mistake that is fixed, and one that is not.
const STACK: &str = r#"# my stack
name = "shop"

[budget]
memory = "1G" # small
cpus = 4.0

# the front
[services.web]
imgae = "web:1"      # first
  volumes = [
  "data:/data",      # kept
]
networks = ["front"]
limits = { memory = "512M",  cpus = 0.5 }
secrets = ["token"]
[services.web.helthcheck]
test = "exit 0"
start_period = "30s"

[services.tools]
image = "tools:1"
profiles = ["extra"]
limits = { memory = "64M", cpus = 0.5 }
depends_on = ["wbe"]
"#;

#[test]
fn what_has_one_answer_is_written() {
    let place = Place::with_stack(STACK);
    let ran = place.run(&["validate", "--fix"]).exits(1);
    insta::assert_snapshot!(ran.whole());
    let fixed = String::from_utf8(place.files().remove(0).1).unwrap();
    insta::assert_snapshot!(fixed);
    // Nothing is left that it changes.
    let again = place.run(&["validate", "--fix"]).exits(1);
    assert_eq!(again.stdout, "");
    assert!(again.stderr.contains("stack.toml: nothing that `--fix` can change\n"), "{}", again.stderr);
    assert_eq!(place.files().len(), 1);
    assert_eq!(place.files()[0].1, fixed.as_bytes());
    // What was left is what a person mends.
    place.write("stack.toml", fixed.replace("\"wbe\"", "\"web\""));
    place.run(&["validate", "--fix"]).exits(0);
}

#[test]
fn a_dry_run_shows_the_same_diff_and_writes_nothing() {
    let place = Place::with_stack(STACK);
    let dry = place.run(&["validate", "--fix", "--dry-run"]).exits(1);
    assert_eq!(place.files()[0].1, STACK.as_bytes());
    assert!(dry.stderr.contains("`stackctl validate --fix` makes "), "{}", dry.stderr);
    // The findings are those of the file as it is.
    assert!(dry.stderr.contains("error[unknown-key]"), "{}", dry.stderr);
    assert_eq!(place.run(&["validate", "--fix"]).exits(1).stdout, dry.stdout);
    place.run(&["validate", "--dry-run"]).exits(2);
}

#[test]
fn programs_get_the_list_of_what_is_left() {
    let place = Place::with_stack(STACK);
    let ran = place.run(&["validate", "--fix", "--format", "json"]).exits(1);
    let left = ran.json();
    assert_eq!(left[0]["code"], "undefined-service");
    assert_eq!(left.as_array().unwrap().len(), 1, "{left:#}");
    assert!(ran.stderr.contains("+++ stack.toml (fixed)"), "{}", ran.stderr);
}

#[test]
fn what_is_ambiguous_stays() {
    let text = "name = \"x\"\n[volumes.data1]\n[services.a]\nimage = \"a:1\"\nport = [80]\nlogging = { max_size = \"1m\" }\n\
                limits = { memory = \"64M\", cpus = 1 }\nvolumes = [\"data2:/x\"]\nconfigs = [\"c\"]\n";
    let place = Place::with_stack(text);
    place.run(&["validate", "--fix"]).exits(1);
    let now = String::from_utf8(place.files().remove(0).1).unwrap();
    assert_eq!(now, text.replace("port =", "ports ="));
}

#[test]
fn what_is_no_toml_is_left_alone_and_line_ends_stay() {
    let broken = Place::with_stack("name = \"x\"\nimgae = \n");
    let ran = broken.run(&["validate", "--fix"]).exits(1);
    assert!(ran.stderr.contains("nothing that `--fix` can change"), "{}", ran.stderr);
    let windows = STACK.replace('\n', "\r\n");
    let place = Place::with_stack(&windows);
    place.run(&["validate", "--fix"]).exits(1);
    let fixed = String::from_utf8(place.files().remove(0).1).unwrap();
    assert_eq!(fixed.matches('\n').count(), fixed.matches("\r\n").count());
    assert!(fixed.contains("# kept\r\n]\r\n") && fixed.contains("[volumes.data]\r\n"), "{fixed}");
}

#[test]
fn a_compose_file_is_changed_by_hand() {
    let place =
        Place::new().file("compose.yaml", "services:\n  a:\n    image: a:1\n    volumes: [\"data:/x\"]\n");
    let before = place.files();
    for args in [
        &["--file", "compose.yaml", "validate", "--fix"][..],
        &["--file", "compose.yaml", "validate", "--fix", "--dry-run"],
    ] {
        let ran = place.run(args).exits(2);
        assert!(ran.stderr.contains("`stackctl import compose.yaml`"), "{}", ran.stderr);
    }
    assert_eq!(place.files(), before);
}
