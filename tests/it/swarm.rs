//! `render --target swarm`: what a person reads, what `docker stack` makes of it, and both targets in one folder.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;
use stackctl::internals::{
    model::MountKind,
    render::{Selection, Target, render},
    resolve::Profiles,
    source,
};

use crate::{
    limits::unhold,
    support::{Place, sample},
};

const EVERYTHING: &str = include_str!("../fixtures/everything/stack.toml");

/// The fixture that uses every key, with its template, as one stack file of all its profiles.
fn everything() -> (Place, String) {
    let mut parsed = source::parse(EVERYTHING.as_bytes());
    // Its path begins with a variable, which Swarm takes as an error.
    parsed.stack.services["api"].volumes.retain(|mount| mount.kind != MountKind::Opaque);
    let place = Place::new()
        .file("templates/api.conf", "# {{ name }}\n")
        .file("api.env", "X=1\n")
        .file("local.env", "")
        .file(".stackctl/secrets/api_env", "");
    let profiles: Vec<String> = parsed.stack.profiles.keys().cloned().collect();
    let selection = Selection { profiles, publish_all: false };
    let rendered = render(Target::Swarm, &place.path(""), &Profiles::new(&parsed.stack), &selection).unwrap();
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

/// A swarm of this one node, unless there is one already; left at the end by whoever made it.
struct Swarm {
    is_ours: bool,
}

impl Swarm {
    fn new() -> Self {
        let init = Command::new("docker").args(["swarm", "init", "--advertise-addr", "127.0.0.1"]).output();
        Self { is_ours: init.unwrap().status.success() }
    }
}

impl Drop for Swarm {
    fn drop(&mut self) {
        if self.is_ours {
            let _ = Command::new("docker").args(["swarm", "leave", "--force"]).output();
        }
    }
}

const DEPLOYED: &str = r#"
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
reservations = { memory = "16M", cpus = 0.01 }
logging = { driver = "json-file", max_size = "1m", max_file = 2 }
[profiles.broken]
[services.web]
command = ["sh", "-c", "echo here is $$HOSTNAME; exec sleep 1000"]
replicas = 2
ports = ["80"]
depends_on = { once = "completed" }
environment = { GREETING = "${GREETING:-none}" }
files = [{ template = "web.conf", target = "/etc/web.conf" }]
secrets = ["key"]
volumes = ["data:/data"]
tmpfs = ["/scratch:size=1m"]
healthcheck = { test = ["CMD", "test", "-f", "/etc/web.conf"], interval = "1s", start_period = "5s", start_interval = "1s" }
[services.web.compose.deploy.placement]
constraints = ["node.role == manager", "node.platform.os == linux"]
max_replicas_per_node = 4
[services.once]
command = ["true"]
restart = "no"
[services.loop]
profiles = ["broken"]
command = ["false"]
[services.absent]
profiles = ["broken"]
image = "stackctl-nobody-has-this:1"
[secrets]
key = { generate = true }
[volumes.data]
"#;

#[test]
#[ignore = "needs an engine"]
fn a_stack_is_deployed_and_its_services_are_judged() {
    let name = format!("stackctl-swarm-{}", std::process::id());
    let stack = DEPLOYED.replace("PROJECT", &name);
    let place =
        Place::with_stack(&stack).file("templates/web.conf", "one\n").file(".env", "GREETING=hello\n");
    let before = place.run(&["status", "--target", "swarm"]);
    let swarm = Swarm::new();
    if swarm.is_ours {
        let before = before.exits(3);
        assert!(before.stderr.contains("the engine is not part of a swarm"), "{}", before.whole());
    }
    let docker = |arguments: &[&str]| {
        let output = Command::new("docker").args(arguments).output().unwrap();
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    let up = place.run(&["up", "--target", "swarm", "--format", "json"]).exits(0);
    let last: Value = serde_json::from_str(up.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(
        (last["result"].as_str(), last["services"][0]["replicas"]["found"].as_u64()),
        (Some("up"), Some(2))
    );

    // What runs is what stack.toml asks for, and nothing is published.
    let service = docker(&["service", "inspect", &format!("{name}_web")]);
    let service: Value = serde_json::from_str(&service).unwrap();
    let task = &service[0]["Spec"]["TaskTemplate"];
    assert_eq!(task["Resources"]["Limits"]["MemoryBytes"], 64 << 20);
    assert_eq!(task["Resources"]["Reservations"]["NanoCPUs"], 10_000_000);
    assert_eq!(task["RestartPolicy"]["Condition"], "any");
    assert_eq!(task["ContainerSpec"]["Env"], serde_json::json!(["GREETING=hello"]));
    assert_eq!(service[0]["Endpoint"]["Ports"], Value::Null);
    let container = docker(&["ps", "-q", "--filter", &format!("name={name}_web.1")]);
    let seen = docker(&[
        "exec",
        &container,
        "sh",
        "-c",
        "cat /etc/web.conf; wc -c < /run/secrets/key; df -k /scratch | tail -1",
    ]);
    let lines: Vec<&str> = seen.lines().collect();
    assert_eq!(lines[..2], ["one", "64"], "{seen}");
    assert!(lines[2].starts_with("tmpfs") && lines[2].contains("1024"), "{seen}");

    // Whoever asks without `--target` is told of the swarm.
    let status = place.run(&["status", "--format", "json"]).exits(0).json();
    assert_eq!(status["target"], "swarm");
    let web = &status["services"][0];
    assert_eq!((web["state"].as_str(), web["health"].as_str()), (Some("running"), Some("healthy")));
    assert_eq!((&web["tasks"][1]["task"], &web["tasks"][1]["state"]), (&"web.2".into(), &"running".into()));
    assert_eq!(web["memory_limit_bytes"], 128 << 20);
    let shown = place.run(&["status"]).exits(0);
    assert!(shown.stdout.contains("on the swarm:"), "{}", shown.whole());
    let compose = place.run(&["status", "--target", "compose", "--format", "json"]).exits(1).json();
    assert_eq!(
        (&compose["target"], &compose["services"][0]["state"]),
        (&"compose".into(), &"missing".into())
    );
    let top = place.run(&["top", "--once", "--format", "json"]).exits(0).json();
    let used = top["services"][0]["memory_bytes"].as_u64().unwrap();
    assert!((1..128 << 20).contains(&used) && top["services"][0]["cpu"].is_number(), "{top}");
    let logs = place.run(&["logs", "web"]).exits(0);
    let lines: Vec<&str> = logs.stdout.lines().collect();
    assert!(lines.len() == 2 && lines.iter().all(|line| line.contains("| here is")), "{}", logs.whole());
    assert!(lines.iter().any(|line| line.starts_with("web-2 ")), "{}", logs.whole());
    place.run(&["logs", "wbe"]).exits(2);

    // Scaled, with a new side file: the service is updated in place. Followed logs hear the new tasks.
    let heard = place.path("heard");
    let mut follow = place.command(&["logs", "-f", "web"]);
    let mut follow = follow.stdout(fs::File::create(&heard).unwrap()).spawn().unwrap();
    // It has read stack.toml, which changes now.
    while fs::read_to_string(&heard).unwrap().lines().count() < 2 {
        assert_eq!(follow.try_wait().unwrap(), None);
        sleep(Duration::from_millis(50));
    }
    place.write("stack.toml", stack.replace("replicas = 2", "replicas = 3"));
    place.write("templates/web.conf", "two\n");
    let up = place.run(&["up", "--target", "swarm"]).exits(0);
    assert!(up.stdout.contains("3/3"), "{}", up.whole());
    let began = Instant::now();
    let lines = loop {
        let lines = fs::read_to_string(&heard).unwrap();
        let third = lines.lines().any(|line| line.starts_with("web-3 | here is"));
        // Two of the first tasks, three of those that took their place.
        if third && lines.lines().count() >= 5 || began.elapsed() > Duration::from_secs(20) {
            break lines;
        }
        sleep(Duration::from_millis(100));
    };
    follow.kill().unwrap();
    follow.wait().unwrap();
    let mut distinct: Vec<&str> = lines.lines().collect();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!((lines.lines().count(), distinct.len()), (5, 5), "each line once: {lines}");

    // Every task is replaced, and the stack is what it was.
    let containers = || {
        let ids = docker(&["ps", "-q", "--no-trunc", "--filter", &format!("name={name}_web.")]);
        ids.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let before = containers();
    // What the kernel no longer holds fails an `up` that has nothing to change. A new task is held again.
    unhold(&before[0]);
    let held = || place.run(&["status", "--format", "json"]).json()["limits_held"].clone();
    assert_eq!(held(), false);
    let unheld = place.run(&["up", "--target", "swarm", "--format", "json"]).exits(1);
    let last: Value = serde_json::from_str(unheld.stdout.lines().last().unwrap()).unwrap();
    let failure = &last["failures"][0];
    assert_eq!((&failure["service"], &failure["reason"]), (&"web".into(), &"limits-not-held".into()));
    assert_eq!(containers(), before, "they are left running");
    place.run(&["up", "--target", "swarm", "--allow-unheld"]).exits(0);
    let restarted = place.run(&["restart", "web"]).exits(0);
    assert!(
        restarted.stderr.contains("web is restarted on the swarm: 1 service in "),
        "{}",
        restarted.whole()
    );
    let after = containers();
    assert!(before.len() == 3 && after.len() == 3, "{before:?} {after:?}");
    assert!(after.iter().all(|id| !before.contains(id)), "{before:?} {after:?}");
    let stop = place.run(&["stop", "web"]).exits(1);
    assert!(stop.stderr.contains(&format!("`docker service scale {name}_web=0`")), "{}", stop.whole());
    assert_eq!((containers(), held()), (after, true.into()), "nothing was touched");

    // Programs read one last line, also of what is not waited for, and of what is interrupted.
    let up = place.run(&["up", "--target", "swarm", "--no-wait", "--format", "json"]).exits(0);
    let last: Value = serde_json::from_str(up.stdout.lines().last().unwrap()).unwrap();
    assert_eq!((&last["result"], &last["services"][0]["service"]), (&"up".into(), &"web".into()));
    place.write("stack.toml", stack.replace("\"CMD\", \"test\"", "\"CMD\", \"false\", \"test\""));
    let mut up = place.command(&["up", "--target", "swarm", "--format", "json"]);
    let mut up = up.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(up.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.by_ref().any(|line| line.contains("\"converging\"")));
    assert!(Command::new("kill").args(["-INT", &up.id().to_string()]).status().unwrap().success());
    let last: Value = serde_json::from_str(&lines.last().unwrap()).unwrap();
    assert_eq!((&last["result"], up.wait().unwrap().code()), (&"failed".into(), Some(1)));
    place.write("stack.toml", stack.replace("replicas = 2", "replicas = 3"));

    // A loop and an image that nobody has.
    let failed = place.run(&["up", "--target", "swarm", "--profile", "broken", "--format", "json"]).exits(1);
    let last: Value = serde_json::from_str(failed.stdout.lines().last().unwrap()).unwrap();
    let reasons: Vec<&str> =
        last["failures"].as_array().unwrap().iter().map(|it| it["reason"].as_str().unwrap()).collect();
    assert!(reasons.iter().all(|it| ["crash-loop", "missing-image"].contains(it)), "{}", failed.whole());
    assert!(!reasons.is_empty() && last["result"] == "failed", "{}", failed.whole());

    // More than any node has is refused before anything is touched.
    place.write(
        "stack.toml",
        stack
            .replace("memory = \"16M\"", "memory = \"900000G\"")
            .replace("memory = \"64M\"", "memory = \"900000G\""),
    );
    let refused = place.run(&["up", "--target", "swarm", "--format", "json"]).exits(1);
    assert_eq!(refused.json()["result"], "failed");
    assert!(refused.stderr.contains("no node has the 878.906 TiB"), "{}", refused.whole());

    // So is what no node may run, and a node that takes nothing.
    place.write("stack.toml", stack.replace("node.role == manager", "node.labels.disk == ssd"));
    let refused = place.run(&["up", "--target", "swarm"]).exits(1);
    assert!(refused.stderr.contains("web cannot run on any node: "), "{}", refused.whole());
    assert!(refused.stderr.contains("has nothing for node.labels.disk == ssd"), "{}", refused.whole());
    if swarm.is_ours {
        let node = docker(&["node", "ls", "-q"]);
        docker(&["node", "update", "--availability", "drain", &node]);
        place.write("stack.toml", &stack);
        let refused = place.run(&["up", "--target", "swarm"]).exits(1);
        docker(&["node", "update", "--availability", "active", &node]);
        assert!(refused.stderr.contains(" is drained"), "{}", refused.whole());
    }

    // Nothing is left but what was not asked for.
    let label = format!("label=com.docker.stack.namespace={name}");
    let left = |kind: &[&str]| docker(&[kind, &["-q", "--filter", &label]].concat());
    let down = place.run(&["down"]).exits(0);
    assert!(down.stderr.contains("removed 4 services, 1 network, 1 secret, 2 configs"), "{}", down.whole());
    for kind in ["service", "network", "secret", "config"] {
        assert_eq!(left(&[kind, "ls"]), "", "{kind}");
    }
    assert_eq!(left(&["ps", "-a"]), "");
    assert_eq!(left(&["volume", "ls"]), format!("{name}_data"));
    place.run(&["down", "--volumes"]).exits(2);
    let down = place.run(&["down", "--volumes", "--yes", "--format", "json"]).exits(0).json();
    assert_eq!(down["removed"]["volumes"], serde_json::json!([format!("{name}_data")]));
    assert_eq!(left(&["volume", "ls"]), "");
    let down = place.run(&["down"]).exits(0);
    assert!(down.stderr.contains("nothing was running"), "{}", down.whole());
    place.run(&["status", "--target", "swarm"]).exits(1);
}

#[test]
fn without_a_swarm_manager_nothing_is_deployed() {
    let place = Place::with_stack(DEPLOYED.replace("PROJECT", "x")).file("templates/web.conf", "one\n");
    let output = place
        .command(&["up", "--target", "swarm"])
        .env("DOCKER_HOST", "unix:///nowhere.sock")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    place.run(&["up", "--publish-all"]).exits(2);
}
