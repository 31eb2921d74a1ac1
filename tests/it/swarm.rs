//! `render --target swarm`: what a person reads, what `docker stack` makes of it, and both targets in one folder.

use std::{fs, process::Command};

use serde_json::Value;
use stackctl::{render::swarm_project, resolve::Profiles, source};

use crate::support::{Place, sample};

const EVERYTHING: &str = include_str!("../fixtures/everything/stack.toml");

/// The fixture that uses every key, with its template, as one stack file of all its profiles.
fn everything() -> (Place, String) {
    let parsed = source::parse(EVERYTHING.as_bytes());
    let place = Place::new()
        .file("templates/api.conf", "# {{ name }}\n")
        .file("api.env", "X=1\n")
        .file("local.env", "")
        .file(".stackctl/secrets/api_env", "");
    let profiles: Vec<String> = parsed.stack.profiles.keys().cloned().collect();
    let (rendered, _) =
        swarm_project(&place.path(""), &Profiles::new(&parsed.stack), &profiles, false).unwrap();
    for file in &rendered.files {
        place.write(&format!("generated/{}", file.path), &file.text);
    }
    (place, rendered.main().to_owned())
}

/// What `docker stack config` makes of a file below `generated/`.
fn stack_config(place: &Place) -> String {
    let output = Command::new("docker")
        .args(["stack", "config", "-c", "generated/docker-stack.yml"])
        .current_dir(place.path(""))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn everything_as_a_person_reads_it() {
    let (_place, text) = everything();
    insta::assert_snapshot!(text.replace(env!("CARGO_PKG_VERSION"), "VERSION"));
}

#[test]
fn both_targets_share_the_folder() {
    let place = sample();
    place.run(&["render", "--force"]).exits(0);
    let compose = place.files();
    place.run(&["render", "--target", "swarm", "--profile", "kafka"]).exits(0);
    place.run(&["render", "--target", "swarm", "--profile", "kafka", "--check"]).exits(0);
    place.run(&["render", "--target", "swarm", "--check"]).exits(1);
    place.run(&["render", "--check"]).exits(0);
    // A template changes: whoever renders first writes the side file, and the other takes it as its own.
    let conf = fs::read_to_string(place.path("templates/nginx.conf")).unwrap();
    place.write("templates/nginx.conf", conf + "# more\n");
    place.run(&["render", "--target", "swarm", "--profile", "kafka"]).exits(0);
    place.run(&["render"]).exits(0);
    place.run(&["render", "--target", "swarm", "--profile", "kafka", "--check"]).exits(0);
    let names = |files: &[(String, Vec<u8>)]| files.iter().map(|file| file.0.clone()).collect::<Vec<_>>();
    let mut expected = names(&compose);
    expected.extend(["generated/docker-stack.yml", "generated/.stackctl-swarm.json"].map(str::to_owned));
    expected.sort();
    assert_eq!(names(&place.files()), expected);
    // An edit by hand is a person's work here too.
    place.write("generated/docker-stack.yml", "services: {}\n");
    place.run(&["render", "--target", "swarm"]).exits(1);
    place.run(&["render", "--target", "swarm", "--force"]).exits(0);
}

#[test]
fn what_belongs_to_swarm_is_refused_elsewhere() {
    let place = sample();
    for args in [&["--profile", "kafka"][..], &["--publish-all"]] {
        let ran = place.run(&[&["render"], args].concat()).exits(2);
        assert!(ran.stderr.contains("belong to `--target swarm`"), "{}", ran.stderr);
    }
    let ran = place.run(&["render", "--target", "swarm", "--profile", "kafak"]).exits(2);
    assert!(ran.stderr.contains("did you mean \"kafka\"?"), "{}", ran.stderr);
}

#[test]
#[ignore = "needs the docker command"]
fn docker_stack_reads_it() {
    let (place, text) = everything();
    stack_config(&place);
    let written: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
    for config in written["configs"].as_mapping().unwrap().values() {
        assert!(config["name"].as_str().is_none_or(|name| name.len() <= 64));
    }

    let place = sample();
    place.run(&["secrets", "init"]).exits(0);
    place.run(&["render", "--target", "swarm", "--profile", "full", "--publish-all", "--force"]).exits(0);
    let read: Value = serde_yaml::from_str(&stack_config(&place)).unwrap();
    let services = read["services"].as_object().unwrap();
    assert_eq!(services.len(), 14);
    // Every limit, reservation, policy and port is still there once `docker stack` has read the file.
    let sum = |group: &str, key: &str| -> f64 {
        let value = |service: &Value| service["deploy"]["resources"][group][key].as_str().unwrap().to_owned();
        services.values().map(|service| value(service).parse::<f64>().unwrap()).sum()
    };
    let gib = f64::from(1 << 30);
    assert_eq!(sum("limits", "memory") / gib, 11.125);
    assert_eq!(sum("reservations", "memory") / gib, 5.5625);
    assert_eq!((sum("limits", "cpus"), sum("reservations", "cpus")), (12.0, 6.0));
    let all = |pointer: &str, wanted: &str| {
        services.values().all(|service| service.pointer(pointer).and_then(Value::as_str) == Some(wanted))
    };
    assert!(all("/deploy/restart_policy/condition", "any") && all("/logging/options/max-size", "10m"));
    let mut ports: Vec<u64> = services
        .values()
        .filter_map(|service| service["ports"].as_array())
        .flatten()
        .map(|port| port["published"].as_u64().unwrap())
        .collect();
    ports.sort_unstable();
    assert_eq!(ports, [3000, 8000, 8080, 8085, 8089, 16686]);
}
