//! Everything that a stack goes through, from `doctor` to `down`, with other programs than the tests use otherwise: Podman, Docker
//! Compose 5, the Compose of Debian 13. Each is unpacked beside the system by a script of tests/engine.

use std::{
    io::{Read as _, Write as _},
    os::unix::net::UnixStream,
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use serde_json::Value;

use crate::{
    ports::free_port,
    support::{Place, Ran},
};

/// What containers can have, as far as engines differ in it.
const STACK: &str = r#"
name = "PROJECT"
[budget]
memory = "1G"
cpus = 2.0
[defaults]
image = "debian:trixie-slim"
restart = "unless-stopped"
init = true
stop_grace_period = "1s"
limits = { memory = "64M", cpus = 0.3 }
logging = { driver = "json-file", max_size = "1m", max_file = 2 }
[profiles.crash]
[profiles.absent]
[services.web]
command = ["sh", "-c", "echo web is here; exec sleep 1000"]
ports = ["PORT:80"]
environment = { KEY = "one" }
files = [{ template = "web.conf", target = "/etc/web.conf" }]
secrets = ["key"]
volumes = ["data:/data"]
limits = { pids = 50 }
healthcheck = { test = ["CMD", "grep", "-q", "one", "/etc/web.conf"], interval = "2s", start_period = "20s", start_interval = "1s" }
[services.worker]
command = ["sh", "-c", "echo the worker is here; exec sleep 1000"]
reservations = { memory = "16M" }
read_only = true
tmpfs = ["/tmp"]
user = "65534:65534"
depends_on = { web = "healthy" }
[services.crasher]
command = ["sh", "-c", "echo boom; exit 3"]
profiles = ["crash"]
[services.absent]
image = "nowhere/none:1"
compose = { pull_policy = "never" }
profiles = ["absent"]
[volumes]
data = {}
[secrets]
key = { generate = true }
"#;

/// What a script of tests/engine prints last.
fn script(name: &str, args: &[&str]) -> String {
    let path = format!("{}/tests/engine/{name}", env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(path).args(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().last().unwrap().to_owned()
}

/// A stack with other programs, gone with the value.
struct Series {
    place: Place,
    name: String,
    variables: Vec<(&'static str, String)>,
    /// Compose is that of Debian 13.
    is_old: bool,
}

impl Series {
    fn new(case: &str, variables: &[(&'static str, &str)]) -> Self {
        let name = format!("series-{case}-{}", std::process::id());
        let stack = STACK.replace("PROJECT", &name).replace("PORT", &free_port().to_string());
        let place = Place::with_stack(stack).file("templates/web.conf", "one\n");
        let variables = variables.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Self { place, name, variables, is_old: case == "debian" }
    }

    fn run(&self, args: &[&str]) -> Ran {
        let variables: Vec<(&str, &str)> =
            self.variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.place.run_with(&variables, args)
    }

    /// The last line of `up --format json`.
    fn up(&self, args: &[&str], code: i32) -> Value {
        let ran = self.run(&[&["up", "--format", "json", "--timeout", "60s"], args].concat()).exits(code);
        serde_json::from_str(ran.stdout.lines().last().unwrap()).unwrap()
    }

    fn docker(&self, args: &[&str]) -> String {
        let mut command = Command::new("docker");
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        let output = command.args(args).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Its containers, sorted.
    fn containers(&self) -> Vec<String> {
        let label = format!("label=com.docker.compose.project={}", self.name);
        let ids = self.docker(&["ps", "-aq", "--no-trunc", "--filter", &label]);
        let mut ids: Vec<String> = ids.lines().map(str::to_owned).collect();
        ids.sort();
        ids
    }

    /// The whole of it.
    fn go(&self, engine: &str) {
        let doctor = self.run(&["doctor", "--format", "json"]).json();
        let check = |name: &str| {
            let checks = doctor["checks"].as_array().unwrap();
            checks.iter().find(|it| it["name"] == name).cloned().unwrap_or_else(|| panic!("{doctor:#}"))
        };
        assert!(check("engine")["detail"].as_str().unwrap().starts_with(engine), "{doctor:#}");
        assert_eq!(check("limits")["status"], "ok", "{doctor:#}");
        self.run(&["plan", "--exit-code"]).exits(2);
        self.run(&["budget", "check", "--against", "engine"]).exits(0);

        let last = self.up(&[], 0);
        assert_eq!(last["result"], "up", "{last:#}");
        let status = self.run(&["status", "--format", "json"]).exits(0).json();
        let of =
            |at: usize| (status["services"][at]["state"].clone(), status["services"][at]["health"].clone());
        assert_eq!(of(0), ("running".into(), "healthy".into()), "{status:#}");
        assert_eq!(of(1), ("running".into(), "none".into()), "{status:#}");
        assert_eq!(status["limits_held"], true, "{status:#}");
        assert!(status["services"][0]["memory_bytes"].as_u64() > Some(0), "{status:#}");
        assert_eq!(status["services"][0]["memory_limit_bytes"], 64 << 20);
        assert!(self.run(&["status"]).exits(0).stdout.contains("of limits, a budget of 1 GiB"));
        let logs = self.run(&["logs"]).exits(0).stdout;
        assert!(
            logs.contains("web    | web is here") && logs.contains("worker | the worker is here"),
            "{logs}"
        );
        let top = self.run(&["top", "--once"]).exits(0).stdout;
        // A peak that is not known is `-`, and never 0.
        let rows = top.split("\n\n").next().unwrap();
        assert!(rows.contains("worker") && !rows.contains("0 B"), "{top}");

        let plan = self.run(&["plan"]).exits(0);
        assert!(plan.whole().contains("no changes: 2 containers up to date"), "{}", plan.whole());
        self.run(&["plan", "--exit-code"]).exits(0);
        let before = self.containers();
        self.up(&[], 0);
        assert_eq!(self.containers(), before, "nothing is made anew");
        let suggested = self.run(&["budget", "suggest", "--window", "3s", "--format", "json"]).json();
        assert!(suggested["services"][0]["evidence"]["memory_max_bytes"].as_u64() > Some(0), "{suggested:#}");

        // A change is one, and makes one container anew.
        let stack = std::fs::read_to_string(self.place.path("stack.toml")).unwrap();
        self.place.write("stack.toml", stack.replace("\"one\" }", "\"two\" }"));
        let plan = self.run(&["plan", "--exit-code", "--format", "json"]).exits(2).json();
        assert_eq!(plan["changes"][0]["reasons"][0]["field"], "environment.KEY", "{plan:#}");
        self.up(&[], 0);
        let after = self.containers();
        // Compose 2.26 makes what depends on it again too.
        let kept = if self.is_old { 0 } else { 1 };
        assert_eq!(after.iter().filter(|id| before.contains(id)).count(), kept);

        let last = self.up(&["--profile", "crash"], 1);
        assert_eq!(last["failures"][0]["reason"], "crash-loop", "{last:#}");
        assert!(last["failures"][0]["log"].as_array().unwrap().contains(&"boom".into()), "{last:#}");
        let last = self.up(&["--profile", "absent", "--remove-unselected"], 1);
        assert_eq!(last["failures"][0]["reason"], "missing-image", "{last:#}");

        let down = self.run(&["down", "--volumes", "--yes", "--format", "json"]).exits(0).json();
        assert_eq!(
            down["removed"]["volumes"],
            serde_json::json!([format!("{}_data", self.name)]),
            "{down:#}"
        );
        assert!(down["removed"]["containers"].as_array().unwrap().len() >= 2, "{down:#}");
        assert_eq!(self.containers(), Vec::<String>::new());
    }
}

impl Drop for Series {
    fn drop(&mut self) {
        self.run(&["down", "--volumes", "--yes"]);
    }
}

/// Runs the health checks of Podman's containers, which without systemd nobody does.
fn check_health(socket: &str) {
    let ask = |path: &str| -> Option<String> {
        let mut stream = UnixStream::connect(socket).ok()?;
        write!(stream, "GET /v5.0.0/libpod/{path} HTTP/1.0\r\nHost: podman\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned())
    };
    let Some(list) = ask("containers/json") else { return };
    let list: Value = serde_json::from_str(&list).unwrap_or_default();
    for id in list.as_array().into_iter().flatten().filter_map(|it| it["Id"].as_str()) {
        ask(&format!("containers/{id}/healthcheck"));
    }
}

#[test]
#[ignore = "needs root on Debian, and an engine with the image"]
fn on_podman() {
    let host = script("podman", &[]);
    let series = Series::new("podman", &[("DOCKER_HOST", &host)]);
    let socket = host.trim_start_matches("unix://");

    // Without systemd none of its health checks ever runs.
    let text = series.run(&["up"]).exits(1).stderr;
    let never = "error[unhealthy]: web: its health check never ran: Podman runs them by systemd timers";
    assert!(text.contains(never), "{text}");
    assert_eq!(text.matches("Podman ignores `start_interval`").count(), 1, "{text}");
    series.run(&["down", "--volumes", "--yes"]).exits(0);

    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                check_health(socket);
                thread::sleep(Duration::from_millis(200));
            }
        });
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| series.go("Podman 5.")));
        is_over.store(true, Ordering::Relaxed);
        ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
}

#[test]
#[ignore = "needs an engine, and Python's registry"]
fn with_compose_5() {
    let series = Series::new("compose5", &[("DOCKER_CONFIG", &script("compose", &["5"]))]);
    let doctor = series.run(&["doctor"]).stdout;
    assert!(doctor.contains("Docker Compose 5."), "{doctor}");
    series.go("Docker");
}

#[test]
#[ignore = "needs an engine, and Debian's mirror"]
fn with_the_compose_of_debian_13() {
    let series = Series::new("debian", &[("DOCKER_CONFIG", &script("compose", &["debian"]))]);
    let doctor = series.run(&["doctor"]).stdout;
    assert!(doctor.contains("Docker Compose 2.26."), "{doctor}");
    series.go("Docker");
}
