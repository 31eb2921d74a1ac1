//! What goes wrong around a stack, on a real engine: each fault is said with the next step, and what was started is named.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Stdio},
};

use crate::{
    proxy::{ENGINE, Proxy},
    small::{Child, Stack, docker},
    support::{Place, Ran},
    terminal::Terminal,
};

/// A health check that never passes.
const NEVER: &str = "healthcheck = { test = ['CMD', 'false'], interval = '1s', retries = 1000 }\n";

/// `stackctl` as `sh` sees it after this preparation, in a view of the file system of its own.
fn in_another_world(place: &Place, preparation: &str, args: &str) -> Ran {
    let script = format!("{preparation} && exec {} {args}", env!("CARGO_BIN_EXE_stackctl"));
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", &script]).current_dir(place.path("")).env("HOME", place.path(""));
    place.end(&mut command)
}

#[test]
#[ignore = "needs an engine"]
fn an_engine_that_goes_away_while_a_stack_starts() {
    let stack =
        Stack::new("gone", &format!("[services.a]\n{NEVER}[services.b]\ndepends_on = {{ a = 'healthy' }}\n"));
    let engine = Proxy::of_engine();
    let mut up = Child::start(stack.place.command(&["up"]).env("DOCKER_HOST", &engine.address));
    up.until("  a  starting");
    engine.cut();
    let (code, said) = up.end();
    assert_eq!(code, Some(3), "{said}");
    let words = format!("no Docker engine answers at {}", engine.address);
    assert!(said.contains(&words), "{said}");
    assert!(said.contains(&format!("started before that: {}", stack.container("a"))), "{said}");

    // Programs read one last line.
    stack.run(&["down"]).exits(0);
    let engine = Proxy::of_engine_until("/create");
    let ran = stack.place.run_with(&[("DOCKER_HOST", &engine.address)], &["up", "--format", "json"]).exits(3);
    let last: serde_json::Value = serde_json::from_str(ran.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(last["result"], "failed", "{}", ran.whole());
    assert!(ran.stderr.contains("Docker engine"), "{}", ran.whole());
}

#[test]
#[ignore = "needs an engine"]
fn an_engine_that_goes_away_while_it_is_asked() {
    let stack = Stack::new("asked", "[services.a]\ncommand = ['sh', '-c', 'echo one; exec sleep 1000']\n");
    stack.run(&["up"]).exits(0);
    for (request, args) in [
        ("/containers/json", &["status"][..]),
        ("/stats", &["status", "--format", "json"]),
        ("/stats", &["top", "--once"]),
        ("/logs", &["logs"]),
        ("/containers/json", &["plan"]),
        ("/json?", &["down"]),
        ("/stats", &["budget", "suggest", "--window", "1s"]),
    ] {
        let engine = Proxy::of_engine_until(request);
        let ran = stack.place.run_with(&[("DOCKER_HOST", &engine.address)], args);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(3), ""), "{args:?}: {}", ran.whole());
        assert!(ran.stderr.contains("Docker"), "{args:?}: {}", ran.whole());
    }

    // Followed logs say that they end before their time.
    let engine = Proxy::of_engine();
    let mut command = stack.place.command(&["logs", "-f"]);
    command.env("DOCKER_HOST", &engine.address).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut logs = command.spawn().unwrap();
    let mut first = [0; 8];
    std::io::Read::read_exact(logs.stdout.as_mut().unwrap(), &mut first).unwrap();
    assert_eq!(&first, b"a | one\n");
    engine.cut();
    let output = logs.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("failed to talk to the Docker engine"), "{said}");

    // The live view gives the terminal back.
    let engine = Proxy::of_engine();
    let line = format!(
        "DOCKER_HOST={} {} top; echo \"left with $?\"; exec cat",
        engine.address,
        env!("CARGO_BIN_EXE_stackctl")
    );
    let terminal = Terminal::start(&line, &stack.place.path(""));
    terminal.until("the view", |screen| screen.contains("64 MiB"));
    engine.cut();
    let screen = terminal.until("the end", |screen| screen.contains("left with"));
    assert!(screen.contains("left with 3") && screen.contains("failed to talk"), "{screen}");
}

#[test]
#[ignore = "needs an engine, and tmux"]
fn a_live_view_is_left_while_the_engine_hangs() {
    let stack = Stack::new("hangs", "[services.a]\n");
    stack.run(&["up"]).exits(0);
    let engine = Proxy::of_engine();
    let program = env!("CARGO_BIN_EXE_stackctl");
    let line = format!("DOCKER_HOST={} {program} top; echo \"left with $?\"; exec cat", engine.address);
    let terminal = Terminal::start(&line, &stack.place.path(""));
    terminal.until("the view", |screen| screen.contains("64 MiB"));
    // The next answer takes minutes. It is asked for each second.
    engine.limit(1);
    std::thread::sleep(std::time::Duration::from_millis(2500));
    terminal.types("q");
    let screen = terminal.until("the end", |screen| screen.contains("left with"));
    assert!(screen.contains("left with 0"), "{screen}");
}

fn executable(path: &Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
#[ignore = "needs an engine, and root"]
fn docker_without_compose_or_with_an_old_one() {
    let stack = Stack::new("compose", "[services.a]\n");
    let hide = "for folder in /usr/*/docker/cli-plugins /usr/local/*/docker/cli-plugins; do \
         test ! -d $folder || mount -t tmpfs none $folder; done";
    for args in ["up", "down", "plan"] {
        let ran = in_another_world(&stack.place, hide, args).exits(3);
        assert!(
            ran.stderr.contains("the `docker` command is installed, and its Compose plugin is not"),
            "{}",
            ran.whole()
        );
        assert!(ran.stderr.contains("hint: install the Compose plugin"), "{}", ran.whole());
    }
    let doctor = in_another_world(&stack.place, hide, "doctor").exits(3);
    assert!(doctor.stdout.contains("error    compose"), "{}", doctor.whole());
    let built = Stack::new("compose2", "[services.a]\nimage = 'x:1'\nbuild = { context = '.' }\n");
    built.place.write("Dockerfile", "FROM debian:trixie-slim\n");
    let ran = in_another_world(&built.place, hide, "up").exits(3);
    assert!(ran.stderr.contains("its Compose plugin is not"), "{}", ran.whole());

    // `docker-compose` may be the plugin itself, or an old program.
    let bin = stack.place.path("bin");
    let standalone = |version: &str| {
        stack.place.write("bin/docker-compose", format!("#!/bin/sh\necho {version}\n"));
        executable(&bin.join("docker-compose"));
        let found = format!("export PATH={}:$PATH; {hide}", bin.display());
        in_another_world(&stack.place, &found, "up").exits(3).stderr
    };
    let linked = standalone("2.26.1-4");
    assert!(
        linked.contains(
            "hint: `docker-compose` is version 2.26.1-4, and a link makes it the plugin: `mkdir -p"
        ),
        "{linked}"
    );
    assert!(standalone("1.29.2").contains("`docker-compose` is version 1.29.2, which is too old"));

    let plugin = r#"#!/bin/sh
case "$*" in
  docker-cli-plugin-metadata) echo '{"SchemaVersion":"0.1.0","Vendor":"x","Version":"2.17.0"}' ;;
  *"version --short"*) echo 2.17.0 ;;
  *) echo 'unknown flag: --progress' >&2; exit 1 ;;
esac
"#;
    stack.place.write("config/cli-plugins/docker-compose", plugin);
    executable(&stack.place.path("config/cli-plugins/docker-compose"));
    let config = stack.place.path("config").display().to_string();
    for args in ["up", "down", "doctor"] {
        let ran = stack.place.run_with(&[("DOCKER_CONFIG", &config)], &[args]).exits(3);
        let words = "`docker compose` is version 2.17, and 2.26 is needed";
        assert!(
            ran.whole().contains(words) && ran.whole().contains("upgrade Docker Compose"),
            "{}",
            ran.whole()
        );
    }

    // No `docker` at all.
    let ran = stack.place.run_with(&[("PATH", "/nowhere")], &["up"]).exits(3);
    assert!(ran.stderr.contains("hint: install Docker with its command line"), "{}", ran.whole());
}

#[test]
#[ignore = "needs an engine, and root"]
fn a_socket_that_is_not_for_everybody() {
    let stack = Stack::new("socket", "[services.a]\n");
    // The program and its folder, where anybody may look.
    let folder = stack.place.path("");
    fs::copy(env!("CARGO_BIN_EXE_stackctl"), stack.place.path("stackctl")).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
    for args in [&["up"][..], &["status"], &["logs", "-f"], &["top"], &["down"]] {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "./stackctl"]).args(args);
        let ran = stack.place.end(command.current_dir(&folder).env("HOME", &folder)).exits(3);
        let words = format!("no permission to talk to the Docker engine at unix://{ENGINE}");
        assert!(ran.stderr.contains(&words), "{args:?}: {}", ran.whole());
        assert!(ran.stderr.contains("hint: add yourself to the group"), "{}", ran.whole());
    }
}

#[test]
#[ignore = "needs an engine"]
fn two_starts_at_once_and_a_start_that_is_stopped_in_a_build() {
    let stack = Stack::new("twice", &format!("[services.a]\n{NEVER}"));
    let mut first = Child::start(&mut stack.place.command(&["up"]));
    first.until("  a  starting");
    let second = stack.run(&["up"]).exits(3);
    let words = format!("process {} is starting this stack", first.id());
    assert!(second.stderr.contains(&words), "{}", second.whole());
    first.interrupt();
    assert_eq!(first.end().0, Some(1));

    let stack = Stack::new("halfbuilt", "[services.a]\nimage = 'x:1'\nbuild = { context = 'src' }\n");
    stack.place.write("src/Dockerfile", "FROM debian:trixie-slim\nRUN sleep 100\n");
    let mut up = Child::start(&mut stack.place.command(&["up"]));
    up.until("  a  building");
    up.interrupt();
    let (code, said) = up.end();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains(&format!("interrupted: nothing of {} was started", stack.name)), "{said}");
}

#[test]
#[ignore = "needs an engine"]
fn a_container_that_somebody_removes() {
    let stack = Stack::new("removed", "[services.a]\n[services.b]\n");
    let mut up = Child::start(&mut stack.place.command(&["up"]));
    up.until("  b  starting");
    docker(&["rm", "-f", &stack.container("b")]);
    let (code, said) = up.end();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("error[exited]: b: 0 of 1 containers exist: the others were removed"), "{said}");
    let status = stack.run(&["status", "--format", "json"]).exits(1).json();
    assert_eq!(status["services"][1]["state"], "missing", "{status:#}");
    stack.run(&["up"]).exits(0);
}

#[test]
#[ignore = "needs root"]
fn a_disk_that_is_full() {
    let place = Place::with_stack(
        "name = 'full'\n[budget]\nmemory = '1G'\ncpus = 1.0\n[services.a]\nimage = 'debian:trixie-slim'\nlimits = { memory = '64M', cpus = 0.1 }\nlogging = { max_size = '1m' }\nfiles = [{ template = 'big.conf', target = '/etc/big.conf' }]\n",
    );
    place.write("templates/big.conf", "x".repeat(64 << 10));
    let disk = "mkdir -p generated && mount -t tmpfs -o size=16k none generated";
    for command in ["render", "up"] {
        let ran = in_another_world(&place, disk, &format!("{command}; ls -A generated")).exits(3);
        assert!(ran.stderr.contains("No space left on device"), "{}", ran.whole());
    }
}

#[test]
#[ignore = "needs an engine"]
fn an_engine_at_a_port_and_by_a_context() {
    let stack = Stack::new("remote", "[services.a]\ncommand = ['sh', '-c', 'echo one; exec sleep 1000']\n");
    let engine = Proxy::of_engine_at_a_port();
    let there = [("DOCKER_HOST", engine.address.as_str())];
    stack.place.run_with(&there, &["up"]).exits(0);
    let status = stack.place.run_with(&there, &["status", "--format", "json"]).exits(0).json();
    assert_eq!(status["services"][0]["state"], "running", "{status:#}");
    assert!(status["services"][0]["memory_bytes"].as_u64() > Some(0), "{status:#}");
    assert_eq!(stack.place.run_with(&there, &["logs"]).exits(0).stdout, "a | one\n");
    let doctor = stack.place.run_with(&there, &["doctor"]).exits(0);
    assert!(doctor.stdout.contains(&format!("at {} (DOCKER_HOST)", engine.address)), "{}", doctor.whole());
    let plan = stack.place.run_with(&there, &["plan", "--exit-code"]).exits(0);
    assert!(plan.stdout.contains("no changes"), "{}", plan.whole());
    stack.place.run_with(&there, &["down"]).exits(0);

    // A context, by its name and as the current one.
    let config = stack.place.path("config").display().to_string();
    let configured = ("DOCKER_CONFIG", config.as_str());
    let docker = |args: &[&str]| {
        let status =
            Command::new("docker").args(args).env(configured.0, configured.1).output().unwrap().status;
        assert!(status.success(), "{args:?}");
    };
    docker(&["context", "create", "far", "--docker", &format!("host={}", engine.address)]);
    let named = [configured, ("DOCKER_CONTEXT", "far")];
    stack.place.run_with(&named, &["up"]).exits(0);
    docker(&["context", "use", "far"]);
    let doctor = stack.place.run_with(&[configured], &["doctor"]).exits(0);
    let words = format!("at {} (the docker context \"far\")", engine.address);
    assert!(doctor.stdout.contains(&words), "{}", doctor.whole());
    engine.cut();
    let ran = stack.place.run_with(&[configured], &["down"]).exits(3);
    let words = format!("no Docker engine answers at {} (the docker context \"far\")", engine.address);
    assert!(ran.stderr.contains(&words), "{}", ran.whole());
}
