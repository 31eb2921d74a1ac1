//! The command itself: options, exit codes, what is written and what is reported.

use std::fs;

use serde_json::Value;

use super::oracle::stackctl;
use crate::support::Place;

const SHOP: &str = "\
# The shop.

services:
  # Serves pages.
  web:
    image: nginx:1.27  # pinned
    ports:
      - 8080:80
    depends_on:
      db: {condition: service_healthy}
    mem_limit: 128m
  db:
    image: \"postgres:17\"
    environment: {POSTGRES_PASSWORD: secret-value}
    volumes:
      - data:/var/lib/postgresql/data
volumes:
  data:
";

/// A folder with these Compose files, called `shop`.
fn shop() -> Place {
    Place::new().file("shop/compose.yaml", SHOP)
}

#[test]
fn a_person_would_keep_the_result() {
    let place = shop();
    let (exit, stdout, _) = stackctl(&place.path("shop"), &["import"]);
    assert_eq!((exit, stdout.as_str()), (Some(0), ""));
    insta::assert_snapshot!(fs::read_to_string(place.path("shop/stack.toml")).unwrap());
    let (exit, _, stderr) = stackctl(&place.path("shop"), &["validate"]);
    assert_eq!(exit, Some(0), "{stderr}");
}

#[test]
fn an_existing_file_is_left_alone_without_force() {
    let place = shop().file("shop/stack.toml", "mine");
    let folder = place.path("shop");
    let (exit, _, stderr) = stackctl(&folder, &["import"]);
    assert_eq!(exit, Some(1), "{stderr}");
    assert_eq!(fs::read_to_string(folder.join("stack.toml")).unwrap(), "mine");
    assert_eq!(stackctl(&folder, &["import", "--force"]).0, Some(0));
    assert!(fs::read_to_string(folder.join("stack.toml")).unwrap().contains("[services.web]"));
}

#[test]
fn a_file_that_is_overwritten_keeps_its_line_ends() {
    let place = shop();
    let folder = place.path("shop");
    assert_eq!(stackctl(&folder, &["import"]).0, Some(0));
    let text = fs::read_to_string(folder.join("stack.toml")).unwrap();
    place.write("shop/stack.toml", "name = \"shop\"\r\n");
    assert_eq!(stackctl(&folder, &["import", "--force"]).0, Some(0));
    assert_eq!(fs::read_to_string(folder.join("stack.toml")).unwrap(), text.replace('\n', "\r\n"));
    // It is what would be written, without Compose's word for it.
    let (exit, _, stderr) = stackctl(&folder, &["import", "--check"]);
    assert_eq!(exit, Some(0), "{stderr}");
}

#[test]
fn check_writes_nothing() {
    let place = shop();
    let folder = place.path("shop");
    let (exit, _, stderr) = stackctl(&folder, &["import", "--check"]);
    assert_eq!(exit, Some(0), "{stderr}");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
}

#[test]
fn paths_count_from_another_folder_where_that_is_certain() {
    let place = Place::new().file("shop/sub/Dockerfile", "FROM scratch\n").file("shop/a.env", "A=1\n").file(
        "shop/compose.yaml",
        "services: {a: {build: ./sub, env_file: a.env, volumes: ['./sub:/s', 'data:/v']}}\nvolumes: {data: }\n",
    );
    let import = || stackctl(&place.path("shop"), &["import", "--output", "../stack.toml"]);
    let (exit, _, stderr) = import();
    assert_eq!(exit, Some(0), "{stderr}");
    let text = fs::read_to_string(place.path("stack.toml")).unwrap();
    for line in
        ["name = \"shop\"", "build = \"./shop/sub\"", "./shop/a.env", "\"./shop/sub:/s\", \"data:/v\""]
    {
        assert!(text.contains(line), "{text}");
    }
    fs::remove_file(place.path("stack.toml")).unwrap();
    // Which value a variable has decides whether its path counts from a folder.
    place.write("shop/compose.yaml", "services: {a: {image: 'a:1', volumes: ['${DATA:-./d}:/d']}}\n");
    let (exit, _, stderr) = import();
    assert_eq!(exit, Some(2), "{stderr}");
    assert!(
        stderr.contains("services.a.volumes[0].source` is a path that begins with a variable"),
        "{stderr}"
    );
    assert!(!place.path("stack.toml").exists());
}

#[test]
fn two_default_names_are_a_warning() {
    let file = "services: {a: {image: 'a:1'}}\n";
    let place = Place::new().file("compose.yaml", file).file("docker-compose.yml", file);
    let (exit, _, stderr) = stackctl(&place.path(""), &["import"]);
    assert_eq!(exit, Some(0), "{stderr}");
    assert!(stderr.contains("several-compose-files") && stderr.contains("docker-compose.yml"), "{stderr}");
}

#[test]
fn another_folder_is_refused_beside_a_dotenv() {
    let place = shop().file("shop/.env", "A=1\n");
    let (exit, _, stderr) = stackctl(&place.path("shop"), &["import", "--output", "../stack.toml"]);
    assert_eq!(exit, Some(2), "{stderr}");
    let (exit, _, stderr) =
        stackctl(&place.path(""), &["import", "shop/compose.yaml", "--output", "shop/other.toml"]);
    assert_eq!(exit, Some(0), "{stderr}");
    assert!(place.path("shop/other.toml").exists());
}

#[test]
fn json_lists_the_decisions_and_no_value_of_an_environment() {
    let place = shop();
    let (exit, stdout, _) = stackctl(&place.path("shop"), &["import", "--format", "json"]);
    assert_eq!(exit, Some(0));
    let report: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(report["output"], "stack.toml");
    assert_eq!(report["files"], serde_json::json!(["compose.yaml"]));
    assert_eq!(report["services"], 2);
    let decisions = report["decisions"].as_array().unwrap();
    let limit = decisions.iter().find(|it| it["path"] == "services.web.mem_limit").expect("a decision");
    assert_eq!((limit["action"].as_str(), limit["line"].as_u64()), (Some("changed"), Some(11)));
    let allow = decisions.iter().find(|it| it["action"] == "added").expect("an allowed error");
    assert_eq!(allow["to"], "services.web.allow.healthy-without-check");
    assert!(!stdout.contains("secret-value"), "{stdout}");
}

#[test]
fn limits_and_hardening_are_added_on_request_and_reported() {
    let place = shop();
    let folder = place.path("shop");
    let (exit, stdout, _) =
        stackctl(&folder, &["import", "--limits", "256M,0.5", "--harden", "--format", "json"]);
    assert_eq!(exit, Some(0), "{stdout}");
    let text = fs::read_to_string(folder.join("stack.toml")).unwrap();
    assert!(text.contains("limits = { memory = \"128m\", cpus = 0.5 }"), "{text}");
    assert!(text.contains("limits = { memory = \"256M\", cpus = 0.5 }"), "{text}");
    assert!(text.contains("max_size = \"10m\"") && text.contains("no-new-privileges:true"), "{text}");
    let report: Value = serde_json::from_str(&stdout).unwrap();
    let added = report["decisions"].as_array().unwrap().iter().filter(|it| it["action"] == "added").count();
    assert_eq!(added, 8, "{stdout}");
    assert_eq!(stackctl(&folder, &["import", "--limits", "x", "--force"]).0, Some(2));
}

#[test]
fn a_compose_file_may_be_named_in_each_way() {
    for arguments in [
        &["import", "shop/compose.yaml"][..],
        &["import", "-f", "shop/compose.yaml"],
        &["import", "--file", "shop/compose.yaml"],
    ] {
        let place = shop();
        let (exit, _, stderr) = stackctl(&place.path(""), arguments);
        assert_eq!(exit, Some(0), "{arguments:?}: {stderr}");
        assert!(place.path("shop/stack.toml").exists());
    }
}
