//! Limits are held, or it is said: on an engine whose kernel stops holding one, and on one without root that holds none.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    small::{Stack, docker},
    support::{Place, Ran},
};

/// What a service needs that may take 32 MiB, and takes 60.
const EATER: &str = r#"[services.eater]
command = ["perl", "-e", "$$x = 'a' x 60_000_000; sleep 1000"]
init = false
"#;

/// The file of a container's control group that has its memory limit, and what means none.
fn memory_file(container: &str) -> (PathBuf, &'static str) {
    let pid = docker(&["inspect", "-f", "{{.State.Pid}}", container]);
    let groups = fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap();
    let group = |prefix: &str| groups.lines().find_map(|line| line.split_once(prefix)).map(|(_, path)| path);
    let root = Path::new("/sys/fs/cgroup");
    match group(":memory:/") {
        Some(path) => (root.join("memory").join(path).join("memory.limit_in_bytes"), "-1"),
        None => (root.join(group("0::/").unwrap()).join("memory.max"), "max"),
    }
}

/// Let a container have all memory. The engine still names its limit, as one does that could not set it.
pub fn unhold(container: &str) {
    let (file, unlimited) = memory_file(container);
    let with_swap = file.with_file_name("memory.memsw.limit_in_bytes");
    // With cgroup 1 it is the lower bound of both.
    if with_swap.exists() {
        fs::write(with_swap, unlimited).unwrap();
    }
    fs::write(&file, unlimited).unwrap();
}

#[test]
#[ignore = "needs an engine"]
fn a_limit_that_the_kernel_no_longer_holds_is_seen() {
    let stack = Stack::new("unheld", "[services.a]\n[services.b]\n");
    let held = |ran: &Ran| ran.json()["limits_held"].clone();
    stack.up(&[], 0);
    assert_eq!(held(&stack.run(&["status", "--format", "json"])), true);
    let doctor = || {
        let checks = stack.run(&["doctor", "--format", "json"]).json()["checks"].clone();
        checks.as_array().unwrap().iter().find(|it| it["name"] == "limits").cloned().unwrap()
    };
    assert_eq!(doctor()["status"], "ok", "{}", doctor());

    unhold(&stack.container("b"));
    let status = stack.run(&["status", "--format", "json"]);
    assert_eq!(held(&status), false, "{}", status.whole());
    assert_eq!(status.json()["services"][1]["memory_limit_bytes"], 64 << 20);
    let human = stack.run(&["status"]);
    let warning = "warning: limits are not held: b: no memory limit instead of 64 MiB\n";
    assert!(human.stdout.ends_with(warning), "{}", human.whole());
    assert_eq!(doctor()["status"], "error", "{}", doctor());

    let last = stack.up(&[], 1);
    assert_eq!(last["result"], "failed");
    let failures = last["failures"].as_array().unwrap();
    assert_eq!(failures.len(), 1, "{last:#}");
    assert_eq!((&failures[0]["service"], &failures[0]["reason"]), (&"b".into(), &"limits-not-held".into()));
    assert_eq!(
        docker(&["inspect", "-f", "{{.State.Running}}", &stack.container("b")]),
        "true",
        "it is left running"
    );
    let allowed = stack.run(&["up", "--allow-unheld"]).exits(0);
    assert!(allowed.stdout.contains(warning), "{}", allowed.whole());
}

/// A Docker engine without root, killed with the value.
struct Rootless {
    child: Child,
    address: String,
    _place: Place,
}

impl Rootless {
    fn new() -> Self {
        let place = Place::new();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/engine/rootless");
        let log = fs::File::create(place.path("log")).unwrap();
        let folder = place.path("engine");
        // Another user has to get there.
        Command::new("chmod").arg("755").arg(place.path("")).status().unwrap();
        let child = Command::new(script).arg(&folder).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        let address = format!("unix://{}", folder.join("run/docker.sock").display());
        let rootless = Self { child, address, _place: place };
        let began = Instant::now();
        while !rootless.docker(&["version"]).status.success() {
            let log = || fs::read_to_string(rootless._place.path("log")).unwrap();
            assert!(began.elapsed() < Duration::from_secs(60), "no engine without root: {}", log());
            thread::sleep(Duration::from_millis(100));
        }
        let mut save = Command::new("docker")
            .args(["save", "debian:trixie-slim"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let load = Command::new("docker")
            .args(["--host", &rootless.address, "load"])
            .stdin(save.stdout.take().unwrap())
            .output();
        assert!(load.unwrap().status.success() && save.wait().unwrap().success());
        rootless
    }

    fn docker(&self, args: &[&str]) -> std::process::Output {
        Command::new("docker").args(["--host", &self.address]).args(args).output().unwrap()
    }
}

impl Drop for Rootless {
    fn drop(&mut self) {
        // Processes of its containers would outlive it.
        let ids = self.docker(&["ps", "-aq"]);
        let ids = String::from_utf8_lossy(&ids.stdout).into_owned();
        self.docker(&[&["rm", "-f"], ids.split_whitespace().collect::<Vec<_>>().as_slice()].concat());
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

#[test]
#[ignore = "needs an engine, rootlesskit, slirp4netns and uidmap"]
fn an_engine_without_root_holds_no_limit_and_up_says_so() {
    let engine = Rootless::new();
    let stack = Stack::new("rootless", &format!("{EATER}limits = {{ memory = '32M', cpus = 0.5 }}\n"));
    let run = |args: &[&str]| stack.place.run_with(&[("DOCKER_HOST", &engine.address)], args);

    // Nothing is started on an engine that says itself that it cannot.
    let ran = run(&["up", "--format", "json"]).exits(1);
    let last: Value = serde_json::from_str(ran.stdout.lines().last().unwrap()).unwrap();
    let failure = &last["failures"][0];
    assert_eq!(failure["reason"], "limits-not-held", "{last:#}");
    let detail = failure["detail"].as_str().unwrap();
    assert!(
        detail.starts_with(
            "the engine cannot limit memory, CPU: no budget would hold\nRunning in rootless-mode"
        ),
        "{detail}"
    );
    assert!(engine.docker(&["ps", "-aq"]).stdout.is_empty(), "nothing was created");

    let ran = run(&["up", "--allow-unheld"]).exits(0);
    assert!(ran.stderr.contains("warning: the engine cannot limit memory, CPU"), "{}", ran.whole());
    // Twice its limit, and it lives.
    let pid = engine.docker(&["inspect", "-f", "{{.State.Pid}}", &stack.container("eater")]).stdout;
    let process =
        fs::read_to_string(format!("/proc/{}/status", String::from_utf8_lossy(&pid).trim())).unwrap();
    let resident = process.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let resident: u64 = resident.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(resident > 50_000, "{resident} kB");

    let status = run(&["status", "--format", "json"]).json();
    assert_eq!(status["limits_held"], false, "{status:#}");
    let service = &status["services"][0];
    assert_eq!(service["memory_limit_bytes"], 32 << 20);
    for of_the_machine in [
        &service["memory_bytes"],
        &service["memory_peak_bytes"],
        &service["cpu"],
        &status["budget"]["used_bytes"],
    ] {
        assert_eq!(of_the_machine, &Value::Null, "{status:#}");
    }
    let human = run(&["status"]).stdout;
    assert!(human.contains("memory in use is not known"), "{human}");
    assert!(human.contains("warning: limits are not held: eater: a memory limit of "), "{human}");
    let top = run(&["top", "--once", "--format", "json"]).exits(0).json();
    assert_eq!(top["services"][0]["memory_peak_bytes"], Value::Null);

    let doctor = run(&["doctor"]).exits(1).stdout;
    assert!(doctor.contains("the engine cannot limit memory and CPU: no budget can be enforced"), "{doctor}");
    assert!(doctor.contains("Running in rootless-mode without cgroups"), "{doctor}");
    let against = run(&["budget", "check", "--against", "engine"]).exits(1);
    assert!(
        against.stdout.contains("error: the engine cannot limit memory, CPU, processes"),
        "{}",
        against.whole()
    );
    let suggest = run(&["budget", "suggest", "--window", "1s"]).exits(3);
    assert!(suggest.stderr.contains("counts the whole machine's use"), "{}", suggest.whole());
    run(&["down"]).exits(0);
}
