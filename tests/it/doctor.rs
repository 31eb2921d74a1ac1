//! `doctor` without an engine, and with one that is in the way.

use std::{net::TcpListener, process::Command};

use serde_json::Value;

use crate::support::{Place, Ran};

const STACK: &str = r#"
name = "PROJECT"
[budget]
memory = "1G"
cpus = 1
[services.db]
image = "debian:trixie-slim"
limits = { memory = "64M", cpus = 0.5 }
logging = { driver = "json-file", max_size = "1m", max_file = 2 }
ports = ["PORT:80"]
volumes = ["data:/data"]
secrets = ["password"]
[volumes]
data = {}
[secrets]
password = { generate = true }
"#;

/// The checks of that name: status and detail.
fn checks(ran: &Ran, name: &str) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let all = ran.json();
    let own = all["checks"].as_array().unwrap().iter().filter(|check| check["name"] == name);
    own.inspect(|check| assert_eq!(check["status"] == "ok", check["fix"].is_null(), "{check}"))
        .map(|check| (text(&check["status"]), text(&check["detail"])))
        .collect()
}

#[test]
fn without_an_engine_it_says_so_and_judges_the_rest() {
    let place = Place::with_stack(STACK.replace("PROJECT", "x").replace("PORT", "8080"));
    let doctor = |code| {
        let mut command = place.command(&["doctor", "--format", "json"]);
        let output = command.env("DOCKER_HOST", "unix:///nowhere.sock").output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ran { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
            .exits(code)
    };
    let ran = doctor(3);
    let (status, detail) = checks(&ran, "engine").remove(0);
    assert_eq!(status, "error");
    assert!(detail.contains("no Docker engine answers at unix:///nowhere.sock"), "{detail}");
    assert_eq!(checks(&ran, "generated")[0].0, "warning");
    place.run(&["render"]).exits(0);
    assert_eq!(checks(&doctor(3), "generated")[0].0, "ok");
    place.write("generated/docker-compose.yml", "services: {}\n");
    let edited = checks(&doctor(3), "generated").remove(0);
    assert_eq!(edited, ("error".to_owned(), "edited by hand: generated/docker-compose.yml".to_owned()));

    place.write("stack.toml", "name = ");
    assert_eq!(checks(&doctor(3), "stack")[0].0, "error");
    let nothing = Place::new();
    let mut command = nothing.command(&["doctor"]);
    let output = command.env("DOCKER_HOST", "unix:///nowhere.sock").output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("error"), "no stack.toml is said");
}

#[test]
#[ignore = "needs an engine"]
fn a_taken_port_and_a_secret_that_the_volume_does_not_know() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let name = format!("stackctl-doctor-{}", std::process::id());
    let place = Place::with_stack(STACK.replace("PROJECT", &name).replace("PORT", &port.to_string()));
    place.run(&["render"]).exits(0);
    let ran = place.run(&["doctor", "--format", "json"]).exits(1);
    let (status, detail) = checks(&ran, "ports").remove(0);
    assert_eq!(status, "error");
    assert!(detail.contains(&format!("127.0.0.1:{port} of db is taken by the process it-")), "{detail}");
    for name in ["engine", "compose", "api", "limits", "memory"] {
        assert_eq!(checks(&ran, name)[0].0, "ok", "{name}: {}", ran.stdout);
    }
    drop(listener);
    place.run(&["secrets", "init"]).exits(0);
    let secrets = || checks(&place.run(&["doctor", "--format", "json"]), "secrets").remove(0);
    assert_eq!(secrets().0, "ok");

    let volume = format!("{name}_data");
    let docker = |arguments: &[&str]| Command::new("docker").args(arguments).output().unwrap();
    // The engine counts in whole seconds.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let label = format!("com.docker.compose.project={name}");
    docker(&["volume", "create", "--label", &label, &volume]);
    let before = secrets();
    std::fs::remove_file(place.path(".stackctl/secrets/password")).unwrap();
    let gone = secrets();
    std::thread::sleep(std::time::Duration::from_millis(1100));
    place.run(&["secrets", "init"]).exits(0);
    let after = secrets();
    docker(&["volume", "rm", &volume]);
    assert_eq!(before.0, "ok", "{before:?}");
    assert!(gone.0 == "error" && gone.1.contains("does not exist"), "{gone:?}");
    assert!(
        after.0 == "error" && after.1.contains(&format!("is younger: the volume {volume} of db")),
        "{after:?}"
    );
}

#[test]
#[ignore = "needs an engine"]
fn volumes_and_networks_from_outside_are_looked_for() {
    let name = format!("stackctl-external-{}", std::process::id());
    let stack = format!(
        "name = \"{name}\"\n[budget]\nmemory = \"1G\"\ncpus = 1\n[services.a]\nimage = \"a:1\"\n\
         limits = {{ memory = \"64M\", cpus = 0.1 }}\nlogging = {{ max_size = \"1m\" }}\n\
         volumes = [\"data:/data\"]\nnetworks = [\"edge\"]\n\
         [volumes.data]\nexternal = true\nname = \"{name}-data\"\n[networks.edge]\nexternal = true\nname = \"{name}-edge\"\n"
    );
    let place = Place::with_stack(stack);
    let found = checks(&place.run(&["doctor", "--format", "json"]), "external");
    let missing = |kind: &str, of: &str| {
        ("error".to_owned(), format!("the external {kind} {name}-{of} of a does not exist"))
    };
    assert_eq!(found, [missing("volume", "data"), missing("network", "edge")]);
    let docker =
        |args: &[&str]| assert!(Command::new("docker").args(args).output().unwrap().status.success());
    docker(&["volume", "create", &format!("{name}-data")]);
    docker(&["network", "create", &format!("{name}-edge")]);
    let found = checks(&place.run(&["doctor", "--format", "json"]), "external");
    docker(&["network", "rm", &format!("{name}-edge")]);
    docker(&["volume", "rm", &format!("{name}-data")]);
    let detail = format!("{name}-data, {name}-edge exist outside of the stack");
    assert_eq!(found, [("ok".to_owned(), detail)]);
}
