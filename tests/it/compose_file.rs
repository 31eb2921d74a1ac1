//! `--file compose.yaml`: a Compose file in the place of stack.toml, at its own lines, and nothing written.

use serde_json::Value;

use crate::support::Place;

const COMPOSE: &str = "\
name: shop
services:
  web:
    image: nginx:1.27
    ports:
      - \"8080:80\" # the front
    depends_on: [api, nope]
  api:
    image: api:1
    build: ./gone
    mem_limit: 256m
    cpus: 0.5
    restart: sometimes
    profiles: [full]
";

const RIGHT: &str = "\
name: shop
services:
  api:
    image: api:1.4
    ports: [\"127.0.0.1:8080:80\"]
    deploy:
      resources:
        limits: { memory: 256M, cpus: \"0.5\" }
        reservations: { memory: 64M, cpus: \"0.1\" }
    logging: { driver: json-file, options: { max-size: 10m, max-file: \"3\" } }
";

#[test]
fn findings_are_at_its_own_lines_and_nothing_is_written() {
    let place = Place::new().file("compose.yaml", COMPOSE);
    let before = place.files();
    insta::assert_snapshot!(place.run(&["validate", "--file", "compose.yaml"]).exits(1).whole());
    assert_eq!(place.files(), before);
}

#[test]
fn findings_are_in_the_file_that_is_included() {
    let place = Place::new()
        .file("sub/compose.yaml", "include: [parts/db.yaml]\nservices:\n  a:\n    image: a:1\n    extends: { file: base.yaml, service: base }\n")
        .file("sub/base.yaml", "services:\n  base:\n    restart: never\n")
        .file("sub/parts/db.yaml", "services:\n  db:\n    image: db:1\n    privileged: true\n");
    let ran = place.run(&["validate", "--file", "sub/compose.yaml", "--format", "json"]).exits(0);
    let found: Vec<Value> = serde_json::from_str(&ran.stdout).unwrap();
    let at = |code: &str| {
        let found =
            found.iter().find(|found| found["code"] == code).unwrap_or_else(|| panic!("{code}: {found:#?}"));
        format!("{}:{}:{}", found["file"].as_str().unwrap(), found["line"], found["column"])
    };
    assert_eq!(at("bad-restart"), "sub/base.yaml:3:14");
    assert_eq!(at("privileged"), "sub/parts/db.yaml:4:17");
    assert!(!ran.stdout.contains("stack.toml") && !ran.stdout.contains("allow ="), "{}", ran.stdout);
}

#[test]
fn what_is_not_yaml_is_a_finding_at_its_place() {
    let place = Place::new().file("sub/compose.yml", "services:\n  a: [\n");
    let ran = place.run(&["validate", "--file", "sub/compose.yml", "--format", "json"]).exits(1);
    let found: Vec<Value> = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(found[0]["file"], "sub/compose.yml", "{found:#?}");
    place.run(&["validate", "--file", "gone.yaml"]).exits(3);
}

#[test]
fn the_budget_and_the_picture_of_a_compose_file() {
    let place = Place::new().file("compose.yaml", RIGHT);
    place.run(&["validate", "--file", "compose.yaml"]).exits(0);
    let check = ["budget", "check", "--file", "compose.yaml", "--format", "json"];
    let fits = |more: &[&str], code: i32| {
        let ran = place.run(&[&check, more].concat()).exits(code);
        serde_json::from_str::<Value>(&ran.stdout).unwrap()
    };
    assert_eq!(fits(&["--memory", "1G", "--cpus", "1"], 0)["fits"], true);
    assert_eq!(fits(&["--memory", "128M", "--cpus", "1"], 1)["fits"], false);
    assert_eq!(fits(&[], 1)["combinations"][0]["memory_limit_bytes"], 268_435_456);
    let ran = place.run(&["graph", "--file", "compose.yaml", "--format", "mermaid"]).exits(0);
    assert!(ran.stdout.contains("api"), "{}", ran.stdout);
}

#[test]
fn other_commands_name_import() {
    let place = Place::new().file("compose.yaml", RIGHT);
    for command in [
        &["up"][..],
        &["plan"],
        &["render"],
        &["down"],
        &["doctor"],
        &["init"],
        &["schema"],
        &["secrets", "init"],
        &["budget", "suggest", "--write"],
    ] {
        let ran = place.run(&[command, &["--file", "compose.yaml"]].concat()).exits(2);
        assert!(ran.stderr.contains("stackctl import compose.yaml"), "{command:?}: {}", ran.stderr);
    }
}

#[test]
fn without_a_stack_a_compose_file_is_named() {
    let place = Place::new().file("docker-compose.yml", RIGHT).file("sub/a", "");
    let ran = place.run(&["validate"]).exits(3);
    assert!(ran.stderr.contains("stackctl import"), "{}", ran.stderr);
    assert!(ran.stderr.contains("--file docker-compose.yml"), "{}", ran.stderr);
    let ran = place.run(&["init"]).exits(0);
    assert!(ran.stderr.contains("stackctl import docker-compose.yml"), "{}", ran.stderr);
}

#[test]
fn sarif_for_code_scanning() {
    let place = Place::new().file("compose.yaml", COMPOSE);
    let ran = place.run(&["validate", "--file", "compose.yaml", "--format", "sarif"]).exits(1);
    let log: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let results = log["runs"][0]["results"].as_array().unwrap();
    let open = results.iter().find(|result| result["ruleId"] == "open-port").unwrap();
    let place = &open["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "compose.yaml");
    assert_eq!((&place["region"]["startLine"], &place["region"]["startColumn"]), (&6.into(), &9.into()));
    let rule = &log["runs"][0]["tool"]["driver"]["rules"][open["ruleIndex"].as_u64().unwrap() as usize];
    assert_eq!(rule["id"], "open-port");
}

#[test]
#[ignore = "needs an engine"]
fn what_runs_is_shown_beside_a_compose_file() {
    let name = format!("compose-file-{}", std::process::id());
    let text = format!(
        "name: {name}\nservices:\n  a:\n    image: debian:trixie-slim\n    init: true\n    \
         command: [sh, -c, \"echo it works; sleep 100\"]\n    mem_limit: 64m\n"
    );
    let place = Place::new().file("compose.yaml", text);
    let compose = |args: &[&str]| {
        let mut command = std::process::Command::new("docker");
        command.arg("compose").args(args).current_dir(place.path("."));
        assert!(command.output().unwrap().status.success(), "{args:?}");
    };
    compose(&["up", "-d"]);
    let status = place.run(&["status", "--file", "compose.yaml", "--format", "json"]);
    let top = place.run(&["top", "--once", "--file", "compose.yaml", "--format", "json"]);
    let logs = place.run(&["logs", "--file", "compose.yaml"]);
    let suggest = place.run(&["budget", "suggest", "--window", "1s", "--file", "compose.yaml"]);
    compose(&["down", "-t", "0"]);
    for shown in [status, top] {
        let service = &shown.exits(0).json()["services"][0];
        assert_eq!((&service["service"], &service["state"]), (&"a".into(), &"running".into()));
        assert_eq!(service["memory_limit_bytes"], 64 << 20);
    }
    assert!(logs.exits(0).stdout.contains("it works"));
    suggest.exits(0);
    assert_eq!(place.files().len(), 1);
}
