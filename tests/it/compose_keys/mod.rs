//! Every Compose key that stackctl passes on, rendered and read by Compose itself.

mod pairs;

use std::{collections::BTreeSet, process::Command};

use stackctl::internals::source;

use crate::support::Place;

const STACK: &str = include_str!("../../fixtures/compose-keys/stack.toml");

#[test]
fn the_fixture_holds_every_key_and_no_mistake() {
    let parsed = source::parse(STACK.as_bytes());
    assert_eq!(parsed.diagnostics, []);
    let api = &parsed.stack.services["a"];
    let written: BTreeSet<&str> =
        api.rest.keys().map(String::as_str).filter(|key| !key.starts_with("x-")).collect();
    // `provider` stands instead of an image: no service can hold it beside the rest.
    let sections = source::reference::sections();
    let service = sections.iter().find(|section| section.path == "services.SERVICE").unwrap();
    let kept = service.entries.iter().filter(|entry| entry.kept).map(|entry| entry.name);
    let known: BTreeSet<&str> = kept.filter(|key| *key != "provider").collect();
    assert_eq!(written, known);
}

#[test]
#[ignore = "needs the Compose CLI"]
fn compose_takes_every_key() {
    let place = Place::with_stack(STACK).file("ctx/Dockerfile", "FROM scratch\n").file("labels.env", "A=1\n");
    place.run(&["render"]).exits(0);
    let output = Command::new("docker")
        .args(["compose", "-f", "generated/docker-compose.yml", "config", "--quiet"])
        .current_dir(place.path("."))
        .output()
        .expect("docker compose starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
