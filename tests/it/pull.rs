//! A pull that is watched, from a real registry (Debian's docker-registry) of the test's own.

use std::{
    fs,
    net::TcpStream,
    process::{self, Command},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    dockerd::Dockerd,
    ports::free_port,
    proxy::Proxy,
    small::{Child, Stack, docker},
    support::Place,
    terminal::Terminal,
};

/// The size of the layer that is pulled, in bytes. It does not compress.
const LAYER: usize = 8 << 20;

/// A registry on loopback with one image, which the engine does not have, and a forwarder in front of it.
struct Registry {
    place: Place,
    server: process::Child,
    proxy: Proxy,
}

impl Registry {
    fn new() -> Self {
        Self::start("")
    }

    /// One that wants to know who asks.
    fn closed() -> Self {
        let place = Place::new();
        // The password is `test`.
        place.write("users", "test:$2y$05$zUnEauB5trSaJZJqko2sS.AYjwK2TjBxwWBZVRZo2ZtUeLbjJR1cO\n");
        let auth =
            format!("auth: {{ htpasswd: {{ realm: test, path: {} }} }}\n", place.path("users").display());
        Self::serve(place, &auth)
    }

    fn start(more: &str) -> Self {
        let registry = Self::serve(Place::new(), more);
        let (place, image) = (&registry.place, format!("localhost:{}/big:1", registry.proxy.port()));
        let bytes: Vec<u8> = std::iter::repeat_with(|| fastrand::u8(..)).take(LAYER).collect();
        place.write("blob", bytes);
        // Not built: a builder would keep the layer in its cache.
        let container = docker(&["create", "debian:trixie-slim"]);
        docker(&["cp", place.path("blob").to_str().unwrap(), &format!("{container}:/blob")]);
        docker(&["commit", &container, &image]);
        docker(&["rm", &container]);
        let pushed = docker(&["push", &image]);
        assert!(pushed.contains("digest: sha256:"), "{pushed}");
        docker(&["image", "rm", &image]);
        registry
    }

    fn serve(place: Place, more: &str) -> Self {
        let port = free_port();
        let config = format!(
            "version: 0.1\nstorage: {{ filesystem: {{ rootdirectory: {} }} }}\nhttp: {{ addr: 127.0.0.1:{port} }}\n{more}",
            place.path("data").display()
        );
        place.write("config.yml", config);
        let log = fs::File::create(place.path("log")).unwrap();
        let server = Command::new("docker-registry")
            .arg("serve")
            .arg(place.path("config.yml"))
            .stdout(process::Stdio::null())
            .stderr(log)
            .spawn()
            .expect("docker-registry is installed");
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(began.elapsed() < Duration::from_secs(20), "the registry does not listen");
            thread::sleep(Duration::from_millis(20));
        }
        Self { place, server, proxy: Proxy::of_port(port) }
    }

    /// The image `name` of this registry.
    fn image(&self, name: &str) -> String {
        format!("localhost:{}/{name}", self.proxy.port())
    }

    /// A stack with the large image.
    fn stack(&self, case: &str) -> Stack {
        Stack::new(case, &format!("[services.a]\nimage = '{}'\n", self.image("big:1")))
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
        docker(&["image", "rm", "-f", &self.image("big:1")]);
    }
}

#[test]
#[ignore = "needs an engine and docker-registry"]
fn a_pull_shows_its_bytes() {
    let registry = Registry::new();
    registry.proxy.limit(6 << 20);
    let stack = registry.stack("pull");
    let ran = stack.run(&["up", "--no-wait"]).exits(0);
    let pulling: Vec<&str> = ran.stderr.lines().filter(|line| line.contains("  a  pulling")).collect();
    // Its beginning, a line for each quarter, and the end of the download.
    assert!((4..=7).contains(&pulling.len()), "{}", ran.whole());
    assert!(
        pulling[1..].iter().all(|line| line.contains(" of 8.0 MiB") || line.ends_with("8.0 MiB, unpacking"))
    );
    assert!(pulling.iter().any(|line| !line.contains("8.0 MiB of 8.0 MiB") && line.contains(" of 8.0 MiB")));
    stack.run(&["down"]).exits(0);

    // For programs, and on a terminal: a bar that moves.
    docker(&["image", "rm", &registry.image("big:1")]);
    let ran = stack.run(&["up", "--no-wait", "--format", "json"]).exits(0);
    let events = ran.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let pulls = events.filter(|event| event["phase"] == "pulling" && event["service"] == "a");
    assert!(pulls.filter(|event| event["detail"].as_str().unwrap().contains("8.0 MiB")).count() > 2);
    stack.run(&["down"]).exits(0);
    docker(&["image", "rm", &registry.image("big:1")]);
    let line = format!("{} up; echo \"left with $?\"; exec cat", env!("CARGO_BIN_EXE_stackctl"));
    let terminal = Terminal::start(&line, &stack.place.path(""));
    let bar = |screen: &str| screen.contains("a  pulling  ━") && screen.contains(" of 8.0 MiB  ");
    let first = terminal.until("a bar", bar);
    terminal.until("more of it", |screen| bar(screen) && screen != first);
    let screen = terminal.until("the end", |screen| screen.contains("left with"));
    assert!(screen.contains("left with 0") && screen.contains("✔ a  running"), "{screen}");
}

#[test]
#[ignore = "needs an engine and docker-registry"]
fn a_pull_that_is_stopped_or_breaks_off() {
    let registry = Registry::new();
    registry.proxy.limit(1 << 20);
    let stack = registry.stack("broken");
    let start = || {
        let mut up = Child::start(&mut stack.place.command(&["up"]));
        up.until(" of 8.0 MiB");
        up
    };
    let up = start();
    up.interrupt();
    let (code, said) = up.end();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains(&format!("interrupted: nothing of {} was started", stack.name)), "{said}");

    // A registry that stands still, and one that goes away: the engine tries again for nearly a minute.
    let mut up = start();
    registry.proxy.limit(1);
    up.until(" of 8.0 MiB, nothing for ");
    registry.proxy.cut();
    up.until("  a  retrying");
    up.interrupt();
    assert_eq!(up.end().0, Some(1));
}

#[test]
#[ignore = "needs an engine, docker-registry, and root"]
fn a_pull_that_fails_in_the_middle() {
    let registry = Registry::new();
    let stack = registry.stack("failed");
    // Larger than the disk.
    let small = Dockerd::new(8);
    let ran = stack.place.run_with(&[("DOCKER_HOST", &small.address)], &["up"]).exits(3);
    assert!(ran.stderr.contains("error[missing-image]: "), "{}", ran.whole());
    assert!(ran.stderr.contains("no space left on device"), "{}", ran.whole());
    assert!(ran.stderr.contains("help: `docker system df` shows what takes the space"), "{}", ran.whole());

    registry.proxy.limit(1 << 20);
    let mut engine = Dockerd::new(1024);
    let start = || {
        let mut up = Child::start(stack.place.command(&["up"]).env("DOCKER_HOST", &engine.address));
        up.until("MiB, 1 layer to come");
        up
    };
    let up = start();
    registry.proxy.cut();
    let (code, said) = up.end();
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("error[missing-image]: a: its image localhost:"), "{said}");
    assert!(said.contains("help: check the network and the registry's name"), "{said}");

    let registry = Registry::new();
    let stack = registry.stack("killed");
    registry.proxy.limit(1 << 20);
    let mut up = Child::start(stack.place.command(&["up"]).env("DOCKER_HOST", &engine.address));
    up.until("MiB, 1 layer to come");
    engine.kill();
    let (code, said) = up.end();
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains(&format!("no Docker engine answers at {}", engine.address)), "{said}");
}

#[test]
#[ignore = "needs an engine and docker-registry"]
fn an_image_that_the_registry_does_not_have_or_not_for_everybody() {
    let registry = Registry::closed();
    let image = registry.image("secret:1");
    let stack = Stack::new("closed", &format!("[services.a]\nimage = '{image}'\n[services.b]\n"));
    let ran = stack.run(&["up"]).exits(3);
    let named = format!("error[missing-image]: a: its image {image} cannot be pulled");
    assert!(ran.stderr.contains(&named), "{}", ran.whole());
    assert!(ran.stderr.contains("help: `docker login`"), "{}", ran.whole());

    // The registry knows who asks, and has no such image.
    let config = stack.place.path("config").display().to_string();
    let host = format!("localhost:{}", registry.proxy.port());
    let mut login = Command::new("docker");
    login.args(["login", "-u", "test", "-p", "test", &host]).env("DOCKER_CONFIG", &config);
    let output = login.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let ran = stack.place.run_with(&[("DOCKER_CONFIG", &config)], &["up"]).exits(1);
    assert!(ran.stderr.contains("manifest unknown") || ran.stderr.contains("not found"), "{}", ran.whole());
    assert!(ran.stderr.contains("help: check the image's name and tag"), "{}", ran.whole());
}
