//! `stackctl up` tells the truth: each lie of `docker compose up --wait`, each fault of the surroundings, with small stacks
//! of Debian's image on a real engine.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    net::TcpListener,
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::{
    ports::free_port,
    small::{Child, Stack, docker},
    support::Place,
};

/// What plain Compose's `up -d --wait` exits with, from nothing and back to nothing.
fn compose_waits(stack: &Stack) -> Option<i32> {
    stack.run(&["render"]).exits(0);
    let compose = |args: &[&str]| {
        let fixed = ["compose", "-p", &stack.name, "-f", "generated/docker-compose.yml"];
        Command::new("docker").args(fixed).args(args).current_dir(stack.place.path(".")).output().unwrap()
    };
    let code = compose(&["up", "-d", "--wait", "--wait-timeout", "20"]).status.code();
    compose(&["down", "-t", "0"]);
    code
}

fn only_failure(result: &Value) -> &Value {
    assert_eq!(result["result"], "failed");
    assert_eq!(result["failures"].as_array().unwrap().len(), 1, "{result:#}");
    &result["failures"][0]
}

#[test]
#[ignore = "needs an engine"]
fn a_crash_loop_is_no_health() {
    let stack = Stack::new("crash", "[services.a]\ncommand = ['sh', '-c', 'echo boom; exit 3']\n");
    // It looks once: on a busy machine that may be between two starts.
    assert!((0..5).any(|_| compose_waits(&stack) == Some(0)), "Compose calls it healthy");
    let ran = stack.run(&["up"]).exits(1);
    let failure = ran.stderr.split("error[").nth(1).unwrap_or_else(|| panic!("{}", ran.whole()));
    // The lines of the last start alone.
    assert_eq!(failure.matches("    | boom\n").count(), 1, "{}", ran.whole());
    let failure = failure.lines().filter(|line| !line.contains("| boom")).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(failure.replace(&stack.name, "STACK"));
    let status = stack.run(&["status", "--format", "json"]).exits(1).json();
    assert!(status["services"][0]["restarts"].as_u64() >= Some(4), "{status:#}");
}

#[test]
#[ignore = "needs an engine"]
fn a_one_shot_that_ended_well_is_a_success() {
    let services = "[services.seed]\nrestart = 'on-failure'\ncommand = ['true']\n";
    let stack = Stack::new("oneshot", services);
    assert!((0..5).any(|_| compose_waits(&stack) == Some(1)), "Compose calls it a failure");
    let result = stack.up(&[], 0);
    assert_eq!((&result["result"], &result["services"][0]["state"]), (&"up".into(), &"exited".into()));
}

#[test]
#[ignore = "needs an engine"]
fn what_is_unhealthy_shows_its_log_and_who_needs_it() {
    let services = r#"
[services.db]
command = ["sh", "-c", "echo no data directory; exec sleep 1000"]
healthcheck = { test = ["CMD-SHELL", "echo refused; exit 1"], interval = "1s", retries = 1 }
[services.api]
depends_on = { db = "healthy" }
[services.web]
depends_on = ["api"]
"#;
    let stack = Stack::new("unhealthy", services);
    let result = stack.up(&[], 1);
    let failure = only_failure(&result);
    assert_eq!((&failure["service"], &failure["reason"]), (&"db".into(), &"unhealthy".into()));
    assert_eq!(failure["log"], serde_json::json!(["no data directory"]));
    assert_eq!(failure["path"], serde_json::json!(["web", "api", "db"]));
    assert_eq!(failure["detail"], "its health check fails with exit code 1: refused");
}

#[test]
#[ignore = "needs an engine"]
fn want_of_memory_is_named_with_the_limit() {
    let services = "[services.hog]\ncommand = ['tail', '/dev/zero']\ninit = false\nlimits = { memory = '32M', cpus = 0.5 }\n";
    let stack = Stack::new("oom", services);
    let result = stack.up(&[], 1);
    let failure = only_failure(&result);
    assert_eq!(failure["reason"], "oom", "{failure:#}");
    let detail = failure["detail"].as_str().unwrap();
    assert!(detail.contains("its limit is 32 MiB, its reservation 16 MiB"), "{detail}");
    assert!(failure["help"].as_str().unwrap().contains("raise limits.memory of [services.hog]"));
}

#[test]
#[ignore = "needs an engine"]
fn a_taken_port_names_who_has_it() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let stack = Stack::new("port", &format!("[services.web]\nports = ['{port}:80']\n"));
    let result = stack.up(&[], 3);
    let failure = only_failure(&result);
    assert_eq!((&failure["service"], &failure["reason"]), (&"web".into(), &"port".into()));
    let detail = failure["detail"].as_str().unwrap();
    assert!(detail.starts_with(&format!("127.0.0.1:{port} is taken by the process ")), "{detail}");
    assert!(detail.ends_with(&format!("({})", std::process::id())), "{detail}");
    assert_eq!(
        docker(&["ps", "-aq", "--filter", &format!("name={}", stack.name)]),
        "",
        "nothing was touched"
    );
    drop(listener);
    stack.up(&[], 0);
    let other = Stack::new("port2", &format!("[services.web]\nports = ['{port}:80']\n"));
    let ran = other.run(&["up"]).exits(3);
    let holder = format!("taken by the container {} of the project {}", stack.container("web"), stack.name);
    assert!(ran.stderr.contains(&holder), "{}", ran.whole());
}

#[test]
#[ignore = "needs an engine"]
fn what_is_no_longer_selected_is_named_counted_and_removed() {
    let services = r#"
[profiles.extra]
[services.a]
[services.more]
profiles = ["extra"]
limits = { memory = "960M", cpus = 0.2 }
volumes = ["data:/data"]
[volumes.data]
"#;
    let stack = Stack::new("stale", services);
    // What the shell says changes nothing.
    let mut command = stack.place.command(&["-v", "up", "--no-wait"]);
    let output =
        command.env("COMPOSE_PROFILES", "extra").env("COMPOSE_PROJECT_NAME", "other").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains(
            "removed from the environment of Docker Compose: COMPOSE_PROFILES, COMPOSE_PROJECT_NAME"
        ),
        "{said}"
    );
    let names = |stack: &Stack| {
        let status = stack.run(&["status", "--format", "json"]).exits(0).json();
        let of =
            |service: &Value| (service["service"].as_str().unwrap().to_owned(), service["selected"] == true);
        status["services"].as_array().unwrap().iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(names(&stack), [("a".to_owned(), true)]);

    stack.run(&["up", "--no-wait", "--profile", "extra"]).exits(0);
    let ran = stack.run(&["up", "--no-wait"]).exits(0);
    assert!(ran.stderr.contains("not selected, and still running: more, with 960 MiB"), "{}", ran.whole());
    assert_eq!(names(&stack), [("a".to_owned(), true), ("more".to_owned(), false)]);

    // With both, the budget of 1 GiB is full.
    let text = std::fs::read_to_string(stack.place.path("stack.toml")).unwrap();
    stack.place.write("stack.toml", text.replace("[services.a]", "[services.a]\n[services.b]"));
    let ran = stack.run(&["up", "--no-wait"]).exits(1);
    assert!(ran.stderr.contains("`stackctl up --remove-unselected` removes more"), "{}", ran.whole());
    stack.run(&["up", "--no-wait", "--remove-unselected"]).exits(0);
    assert_eq!(names(&stack), [("a".to_owned(), true), ("b".to_owned(), true)]);

    // Down takes everything, whatever its profile; volumes only when that is said.
    stack.run(&["up", "--no-wait", "--profile", "extra", "--remove-unselected"]).exits(1);
    let volumes = || docker(&["volume", "ls", "-q", "--filter", &format!("name={}_data", stack.name)]);
    assert_eq!(stack.run(&["down", "--volumes"]).exits(2).stdout, "");
    stack.run(&["down"]).exits(0);
    assert_ne!(volumes(), "");
    let removed = stack.run(&["down", "--volumes", "--yes", "--format", "json"]).exits(0).json();
    assert_eq!(removed["removed"]["volumes"], serde_json::json!([format!("{}_data", stack.name)]));
    assert_eq!(volumes(), "");
}

#[test]
#[ignore = "needs an engine"]
fn an_image_that_is_not_there() {
    let stack =
        Stack::new("image", "[services.a]\nimage = 'nowhere/none:1'\ncompose = { pull_policy = 'never' }\n");
    let result = stack.up(&[], 1);
    let failure = only_failure(&result);
    assert_eq!(failure["reason"], "missing-image", "{failure:#}");
    assert!(failure["detail"].as_str().unwrap().contains("nowhere/none:1"), "{failure:#}");
    let port = free_port();
    let stack = Stack::new("registry", &format!("[services.a]\nimage = 'localhost:{port}/none:1'\n"));
    let result = stack.up(&[], 3);
    let failure = only_failure(&result);
    assert_eq!((&failure["service"], &failure["reason"]), (&"a".into(), &"missing-image".into()));
    assert!(failure["help"].as_str().unwrap().contains("check the network"), "{failure:#}");
}

#[test]
#[ignore = "needs an engine"]
fn a_build_that_fails_shows_its_last_lines() {
    let stack = Stack::new("build", "[services.a]\nimage = 'up-build:1'\nbuild = { context = 'src' }\n");
    stack.place.write("src/Dockerfile", "FROM debian:trixie-slim\nRUN echo the compiler says no; exit 3\n");
    let result = stack.up(&[], 1);
    let failure = only_failure(&result);
    assert_eq!((&failure["service"], &failure["reason"]), (&"a".into(), &"build".into()));
    let log = failure["log"].as_array().unwrap();
    assert!(log.iter().any(|line| line.as_str().unwrap().contains("the compiler says no")), "{failure:#}");
}

#[test]
#[ignore = "needs an engine"]
fn a_changed_side_file_makes_its_container_anew_and_edits_by_hand_stay() {
    let services = "[services.a]\nfiles = [{ template = 'a.conf', target = '/etc/a.conf' }]\n[services.b]\n";
    let stack = Stack::new("files", services);
    stack.place.write("templates/a.conf", "one\n");
    stack.run(&["up", "--no-wait"]).exits(0);
    let id = |service: &str| docker(&["inspect", "-f", "{{.Id}}", &stack.container(service)]);
    let before = (id("a"), id("b"));
    stack.place.write("templates/a.conf", "two\n");
    stack.run(&["up", "--no-wait"]).exits(0);
    assert_ne!(id("a"), before.0);
    assert_eq!(id("b"), before.1);
    assert_eq!(docker(&["exec", &stack.container("a"), "cat", "/etc/a.conf"]), "two");

    stack.place.write("generated/a/a.conf", "by hand\n");
    let ran = stack.run(&["up", "--no-wait"]).exits(1);
    assert!(ran.stderr.contains("generated/a/a.conf was edited by hand"), "{}", ran.whole());
}

#[test]
#[ignore = "needs an engine"]
fn an_interrupted_start_names_what_it_started_and_a_removed_container_is_missed() {
    let never = "healthcheck = { test = ['CMD', 'false'], interval = '1s', retries = 1000 }\n";
    let stack =
        Stack::new("stop", &format!("[services.a]\n{never}[services.b]\ndepends_on = {{ a = 'healthy' }}\n"));
    let start = || {
        let mut up = Child::start(&mut stack.place.command(&["up"]));
        up.until("  a  starting");
        up
    };
    let up = start();
    up.interrupt();
    let (code, said) = up.end();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("interrupted:"), "{said}");
    assert!(said.contains(&format!("started and left in place: {}", stack.container("a"))), "{said}");

    stack.run(&["down"]).exits(0);
    let up = start();
    docker(&["rm", "-f", &stack.container("a")]);
    let (code, said) = up.end();
    assert_eq!(code, Some(1), "{said}");

    let ran = stack.run(&["up", "--timeout", "4s"]).exits(1);
    assert!(
        ran.stderr
            .contains("error[timeout]: a: not up after 4 s: its health check fails with exit code 1 so far"),
        "{}",
        ran.whole()
    );
}

#[test]
#[ignore = "needs an engine"]
fn logs_are_merged_in_the_order_of_time() {
    let print = |text: &str, wait: &str| {
        format!(
            "command = ['sh', '-c', 'sleep {wait}; echo {text} 1; sleep 1; echo {text} 2; exec sleep 1000']\n"
        )
    };
    let services = format!("[services.api]\n{}[services.web]\n{}", print("a", "0"), print("b", "0.5"));
    let stack = Stack::new("logs", &services);
    stack.run(&["up"]).exits(0);
    let ran = stack.run(&["logs"]).exits(0);
    assert_eq!(ran.stdout, "api | a 1\nweb | b 1\napi | a 2\nweb | b 2\n");
    let ran = stack.run(&["logs", "--tail", "1", "web"]).exits(0);
    assert_eq!(ran.stdout, "web | b 2\n");
    let ran = stack.run(&["logs", "webb"]).exits(2);
    assert!(ran.stderr.contains("did you mean \"web\"?"), "{}", ran.whole());

    // Followed over a restart, until nobody reads any more.
    let mut child = stack.place.command(&["logs", "-f", "api"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert_eq!(lines.by_ref().take(2).collect::<Vec<_>>(), ["api | a 1", "api | a 2"]);
    docker(&["restart", "-t", "0", &stack.container("api")]);
    assert_eq!(lines.next().as_deref(), Some("api | a 1"));
    drop(lines);
    docker(&["restart", "-t", "0", &stack.container("api")]);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
#[ignore = "needs an engine"]
fn bytes_that_are_not_utf_8_do_not_end_a_build() {
    let stack = Stack::new("latin", "[services.a]\nimage = 'up-latin:1'\nbuild = { context = 'src' }\n");
    let dockerfile = "FROM debian:trixie-slim\nRUN printf 'caf\\351 \\377\\n' && exit STATUS\n";
    stack.place.write("src/Dockerfile", dockerfile.replace("STATUS", "3"));
    let log = only_failure(&stack.up(&[], 1))["log"].clone();
    assert!(log.to_string().contains("caf\u{fffd} \u{fffd}"), "{log:#}");
    stack.place.write("src/Dockerfile", dockerfile.replace("STATUS", "0"));
    stack.up(&[], 0);
    docker(&["image", "rm", "-f", "up-latin:1"]);
}

#[test]
#[ignore = "needs an engine"]
fn warnings_of_compose_are_shown_once() {
    let services = r#"
[services.a]
environment = { A = "${STACKCTL_UNSET}" }
image = "up-warned:1"
build = "src"
secrets = [{ source = "key", uid = "1000" }]
[secrets]
key = { generate = true }
"#;
    let stack = Stack::new("warned", services);
    stack.place.write("src/Dockerfile", "FROM debian:trixie-slim\n");
    stack.place.write(".dockerignore", ".stackctl\n");
    let unset = "warning: Docker Compose: The \"STACKCTL_UNSET\" variable is not set.";
    let once = |args: &[&str], words: &[&str]| {
        let ran = stack.run(args).exits(0);
        for words in words {
            assert_eq!(ran.stderr.matches(words).count(), 1, "{words:?}: {}", ran.whole());
        }
        ran.stderr
    };
    let ignored = "warning: Docker Compose: secrets `uid`, `gid` and `mode` are not supported";
    once(&["up", "--format", "json"], &[unset, ignored]);
    once(&["plan"], &[unset]);
    once(&["down"], &["removed 1 container"]);
    let said = once(&["down"], &["nothing was running"]);
    assert!(!said.contains("No resource found"), "{said}");
    docker(&["image", "rm", "-f", "up-warned:1"]);
}

#[test]
#[ignore = "needs an engine"]
fn compose_ends_with_a_start_that_is_killed() {
    let never = "healthcheck = { test = ['CMD', 'false'], interval = '1s', retries = 1000 }\n";
    let stack = Stack::new(
        "killed",
        &format!("[services.a]\n{never}[services.b]\ndepends_on = {{ a = 'healthy' }}\n"),
    );
    let mut up = Child::start(&mut stack.place.command(&["up"]));
    up.until("  a  starting");
    let at_work = || docker_compose_at_work(&stack.name);
    assert!(at_work() > 0);
    assert!(Command::new("kill").args(["-KILL", &up.id().to_string()]).status().unwrap().success());
    assert_eq!(up.end().0, None);
    // It has nothing to print before a health check passes, which never does.
    while at_work() > 0 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

/// How many processes of this machine have a Compose project in their arguments.
fn docker_compose_at_work(project: &str) -> usize {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = processes.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    lines.filter(|line| String::from_utf8_lossy(line).contains(&format!("-p\0{project}\0"))).count()
}

#[test]
fn one_at_a_time() {
    let stack = Place::with_stack(
        "name = 'alone'\n[budget]\nmemory = '1G'\ncpus = 1.0\n[services.a]\nimage = 'x:1'\nlimits = { memory = '64M', cpus = 0.1 }\nlogging = { max_size = '1m' }\n",
    );
    stack.write(".stackctl/up.lock", "4711\n");
    let lock = File::open(stack.path(".stackctl/up.lock")).unwrap();
    lock.lock().unwrap();
    let ran = stack.run(&["up"]).exits(3);
    assert!(ran.stderr.contains("process 4711 is starting this stack"), "{}", ran.whole());
}

#[test]
#[ignore = "needs an engine"]
fn a_volume_from_outside_that_is_missing_is_no_missing_image() {
    let stack = Stack::new(
        "external",
        "[services.a]\nvolumes = ['nowhere:/d']\n[volumes.nowhere]\nexternal = true\nname = 'stackctl-nowhere'\n",
    );
    let result = stack.up(&[], 3);
    let failure = only_failure(&result);
    assert_ne!(failure["reason"], "missing-image", "{failure:#}");
    assert!(failure["detail"].as_str().unwrap().contains("external volume \"stackctl-nowhere\" not found"));
    let ran = stack.run(&["up"]).exits(3);
    assert!(
        ran.stderr.contains("docker volume create") && !ran.stderr.contains("docker login"),
        "{}",
        ran.stderr
    );
}
