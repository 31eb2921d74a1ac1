//! `plan` beside what Compose itself would do (`docker compose --dry-run up`), on a real engine.

use std::{collections::BTreeMap, process::Command};

use serde_json::Value;

use crate::{ports::free_port, support::Place};

/// Containers that only sleep, a shared network namespace, two replicas, a profile.
const STACK: &str = r#"
name = "PROJECT"
[budget]
memory = "1G"
cpus = 2
[defaults]
image = "debian:trixie-slim"
command = ["sleep", "1000"]
init = true
restart = "unless-stopped"
stop_grace_period = "1s"
limits = { memory = "64M", cpus = 0.5 }
logging = { driver = "json-file", max_size = "1m", max_file = 2 }
[profiles.extra]
[services.web]
ports = ["PORT:80"]
environment = { KEY = "one" }
volumes = ["data:/data"]
files = [{ template = "web.conf", target = "/etc/web.conf" }]
secrets = ["key"]
env_file = ["web.env"]
[services.sidecar]
network_mode = "service:web"
[services.worker]
command = ["sh", "-c", "echo $$HOME; exec sleep 1000"]
replicas = 2
[services.other]
profiles = ["extra"]
[volumes]
data = {}
[secrets]
key = { generate = true }
"#;

/// A project of its own, taken down at the end.
struct Project {
    place: Place,
    name: String,
}

impl Project {
    fn new() -> Self {
        let name = format!("stackctl-plan-{}", std::process::id());
        let stack = STACK.replace("PROJECT", &name).replace("PORT", &free_port().to_string());
        let place =
            Place::with_stack(stack).file("templates/web.conf", "one\n").file("web.env", "FROM_FILE=1\n");
        place.run(&["render"]).exits(0);
        place.run(&["secrets", "init"]).exits(0);
        Self { place, name }
    }

    fn compose(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("docker");
        command.args(["compose", "-p", &self.name, "--project-directory", "."]);
        command.args(["-f", "generated/docker-compose.yml"]);
        let output = command.args(arguments).current_dir(self.place.path("")).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{stderr}");
        stderr
    }

    /// What Compose would do, as container to action.
    fn compose_plans(&self) -> BTreeMap<String, String> {
        let said = self.compose(&["--progress", "json", "--dry-run", "up", "-d"]);
        let mut actions = BTreeMap::new();
        for step in said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
            let Some(name) = step["id"].as_str().and_then(|id| id.strip_prefix("Container ")) else {
                continue;
            };
            let action = match step["status"].as_str() {
                Some("Creating") => "create",
                Some("Recreate") => "recreate",
                Some("Starting") => "start",
                _ => continue,
            };
            // A container that is made anew has a name of its own meanwhile.
            let name = name.split_once('_').map_or(name, |(_, name)| name);
            actions.entry(name.to_owned()).or_insert_with(|| action.to_owned());
        }
        actions
    }

    fn docker(&self, arguments: &[&str]) {
        let output = Command::new("docker").args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn container(&self, service: &str) -> String {
        format!("{}-{service}", self.name)
    }

    /// `plan` as service to actions, and its reasons by service.
    fn plan(&self, code: i32) -> (BTreeMap<String, Vec<String>>, BTreeMap<String, Vec<String>>) {
        let plan = self.place.run(&["plan", "--exit-code", "--format", "json"]).exits(code).json();
        let (mut actions, mut fields) = (BTreeMap::new(), BTreeMap::new());
        for change in plan["changes"].as_array().unwrap() {
            let service = change["service"].as_str().unwrap().to_owned();
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            if change["action"] != "none" {
                actions.entry(service.clone()).or_insert_with(Vec::new).push(text(&change["action"]));
            }
            let reasons = change["reasons"].as_array().unwrap().iter().map(|reason| text(&reason["field"]));
            fields.entry(service).or_insert_with(Vec::new).extend(reasons);
        }
        (actions, fields)
    }

    /// The plan's actions are Compose's.
    fn agrees(&self) {
        let (actions, _) = self.plan(2);
        let mut compose: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, action) in self.compose_plans() {
            let service = name.trim_start_matches(&self.name).trim_start_matches('-');
            let service = service.rsplit_once('-').unwrap().0.to_owned();
            compose.entry(service).or_default().push(action);
        }
        let sorted = |mut actions: BTreeMap<String, Vec<String>>| {
            actions.values_mut().for_each(|list| list.sort());
            actions
        };
        assert_eq!(sorted(actions), sorted(compose));
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        let _ = Command::new("docker").args(["compose", "-p", &self.name, "down", "-v", "-t", "1"]).output();
    }
}

#[test]
#[ignore = "needs an engine"]
fn plan_says_what_compose_then_does_and_sees_what_compose_does_not() {
    let project = Project::new();
    project.agrees();
    project.compose(&["up", "-d"]);
    assert_eq!(project.plan(0).0, BTreeMap::new());

    // Removed and stopped behind its back.
    project.docker(&["rm", "-f", &project.container("worker-2")]);
    project.docker(&["stop", "-t", "1", &project.container("sidecar-1")]);
    project.agrees();

    // A stack that changed: `plan` reads it before it is rendered, and leaves generated/ alone.
    let stack = std::fs::read_to_string(project.place.path("stack.toml")).unwrap();
    let before = project.place.files();
    let changed = stack.replace("KEY = \"one\"", "KEY = \"s3cret\", NEW = \"x\"");
    project.place.write("stack.toml", &changed);
    project.place.write("templates/web.conf", "two\n");
    let planned = project.place.run(&["plan"]).exits(0);
    assert!(!planned.whole().contains("s3cret"), "{}", planned.whole());
    let (actions, fields) = project.plan(2);
    assert_eq!(fields["web"], ["environment.KEY", "environment.NEW", "side files"]);
    assert_eq!(actions["sidecar"], ["recreate"], "it shares the network of a container that goes away");
    let untouched = |files: &[(String, Vec<u8>)]| {
        files.iter().filter(|(name, _)| name.starts_with("generated/")).cloned().collect::<Vec<_>>()
    };
    assert_eq!(untouched(&project.place.files()), untouched(&before));
    project.place.run(&["render"]).exits(0);
    project.agrees();
    project.compose(&["up", "-d"]);
    assert_eq!(project.plan(0).0, BTreeMap::new());

    // Drift: Compose sees none of it, the engine holds the container to another limit.
    let worker = project.container("worker-1");
    project.docker(&["update", "--memory", "80m", "--memory-swap", "160m", "--restart", "no", &worker]);
    assert_eq!(project.compose_plans(), BTreeMap::new());
    let (actions, fields) = project.plan(2);
    assert_eq!((actions.len(), actions["worker"].as_slice()), (1, &["recreate".to_owned()][..]));
    assert_eq!(fields["worker"], ["limits.memory", "memswap_limit", "restart"]);
    let up = project.place.run(&["up"]).exits(0);
    assert!(up.stderr.contains("limits differ from stack.toml, recreating: worker"), "{}", up.whole());
    assert_eq!(project.plan(0).0, BTreeMap::new());

    // What runs and is not selected is named, and counts as no change.
    project.compose(&["--profile", "extra", "up", "-d", "other"]);
    let (actions, fields) = project.plan(0);
    assert_eq!((actions.get("other"), fields["other"].as_slice()), (None, &["selected".to_owned()][..]));
}

#[test]
#[ignore = "needs the Compose CLI, which plan asks before the engine"]
fn without_an_engine_it_says_so() {
    let place = Place::with_stack(STACK.replace("PROJECT", "x").replace("PORT", "80"))
        .file("templates/web.conf", "one\n")
        .file("web.env", "FROM_FILE=1\n");
    let mut command = place.command(&["plan"]);
    let output = command.env("DOCKER_HOST", "unix:///nowhere.sock").output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("no Docker engine answers at unix:///nowhere.sock"), "{stderr}");
}
