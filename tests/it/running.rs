//! The sample as a person starts it: `stackctl up`, with the images that `tests/engine/prepare` makes. Core first with traffic
//! from nginx to Postgres, then every profile.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    dashboard,
    ports::free_port,
    support::{Place, sample},
    systems::{kafka, tracing},
};

/// Takes the stack down whatever the test did.
pub struct Stack<'a>(pub &'a Place, pub &'static str);

impl Stack<'_> {
    pub fn compose(&self, args: &[&str]) -> String {
        let fixed = ["compose", "-p", self.1, "-f", "generated/docker-compose.yml"];
        let output =
            Command::new("docker").args(fixed).args(args).current_dir(self.0.path(".")).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{args:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
        text
    }

    /// What stack.toml asks for with these options of Compose is what the engine holds every container to.
    pub fn limits_are_equal(&self, options: &[&str]) {
        let config = [options, &["config", "--format", "json"]].concat();
        let expected: Value = serde_json::from_str(&self.compose(&config)).unwrap();
        for (service, wanted) in expected["services"].as_object().unwrap() {
            let output = Command::new("docker")
                .args(["inspect", &format!("{}-{service}-1", self.1)])
                .output()
                .unwrap();
            let found: Value = serde_json::from_slice(&output.stdout).unwrap();
            let host = &found[0]["HostConfig"];
            let resources = &wanted["deploy"]["resources"];
            let bytes = |kind: &str| resources[kind]["memory"].as_str().unwrap().parse::<i64>().unwrap();
            let cpus = (resources["limits"]["cpus"].as_f64().unwrap() * 1e9).round() as i64;
            assert_eq!(host["Memory"].as_i64(), Some(bytes("limits")), "{service}");
            assert_eq!(host["MemoryReservation"].as_i64(), Some(bytes("reservations")), "{service}");
            assert_eq!(host["NanoCpus"].as_i64(), Some(cpus), "{service}");
            assert_eq!(host["RestartPolicy"]["Name"], "unless-stopped", "{service}");
            assert_eq!(host["LogConfig"]["Config"]["max-size"], "10m", "{service}");
            assert_eq!(host["LogConfig"]["Config"]["max-file"], "3", "{service}");
            let user = found[0]["Config"]["User"].as_str().unwrap_or_default();
            if wanted["profiles"].is_null() {
                assert_eq!(host["ReadonlyRootfs"], true, "{service}");
                assert!(!matches!(user, "" | "root" | "0"), "{service} runs as root");
            }
        }
    }
}

impl Drop for Stack<'_> {
    fn drop(&mut self) {
        let _ = self.0.run(&["down", "--volumes", "--yes"]);
        let _ = Command::new("docker")
            .args(["image", "rm", "-f", &format!("stackctl/{}:0.1.0", self.1)])
            .output();
    }
}

/// The sample under another name, on free ports: nginx and the traffic generator first.
pub fn elsewhere(name: &str) -> (Place, u16, u16) {
    let place = sample();
    let mut stack = std::fs::read_to_string(place.path("stack.toml")).unwrap();
    stack = stack.replace("name = \"orders\"", &format!("name = \"{name}\""));
    let mut ports = Vec::new();
    for published in ["8080:80", "8089:8089", "16686:16686", "8085:8080", "3000:3000", "8000:8000"] {
        let (before, target) = published.split_once(':').unwrap();
        let port = free_port();
        let moved = stack.replace(&format!("\"{published}\""), &format!("\"{port}:{target}\""));
        assert!(moved != stack, "{before} is published by the sample");
        stack = moved;
        ports.push(port);
    }
    place.write("stack.toml", stack);
    (place, ports[0], ports[1])
}

/// `plan` says nothing while all is as it should be, and tells when `up` would pack the image anew.
fn an_image_of_another_binary_is_foreseen(place: &Place) {
    let plan = ["plan", "--profile", "full", "--exit-code", "--format", "json"];
    place.run(&plan).exits(0);
    place.write("other/Dockerfile", "FROM stackctl/orders-whole:0.1.0\nLABEL stackctl.binary=another\n");
    let mut build = Command::new("docker");
    build.args(["build", "-q", "-t", "stackctl/orders-whole:0.1.0"]).arg(place.path("other"));
    assert!(build.output().unwrap().status.success());
    let planned = place.run(&plan).exits(2).json();
    let anew = |change: &&Value| change["reasons"][0]["to"] == "stackctl/orders-whole:0.1.0 rebuilt";
    let changes = planned["changes"].as_array().unwrap();
    let recreated: Vec<&str> =
        changes.iter().filter(anew).map(|change| change["service"].as_str().unwrap()).collect();
    assert_eq!(
        recreated,
        ["web-gateway", "order-api", "fulfillment-worker", "traffic-generator"],
        "{planned}"
    );
}

#[test]
#[ignore = "needs an engine, Chromium and chromedriver"]
fn the_sample_runs_within_its_limits_with_every_profile() {
    let (place, gateway, control) = elsewhere("orders-whole");
    let stack = Stack(&place, "orders-whole");
    let started = Instant::now();
    let ran = place.run(&["up", "--format", "json"]).exits(0);
    let result: Value = serde_json::from_str(ran.stdout.lines().last().unwrap()).unwrap();
    let services = result["services"].as_array().unwrap();
    assert_eq!(services.len(), 7);
    for service in services {
        assert_eq!(service["health"], "healthy", "{service}");
        assert!(service["memory_bytes"].as_u64() < service["memory_limit_bytes"].as_u64(), "{service}");
    }

    // Traffic flows from nginx to Postgres and the worker by itself.
    let control = format!("http://127.0.0.1:{control}");
    let status = loop {
        let status = place.run(&["traffic", "status", "--url", &control, "--format", "json"]).exits(0).json();
        if status["stats"]["successful"].as_u64() > Some(10) {
            break status;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "{status}");
        std::thread::sleep(Duration::from_millis(500));
    };
    assert_eq!(status["stats"]["failed"], 0, "{status}");
    // Its page opens through the published port, out of a container without a shell, a writable disk or a right.
    dashboard::page::works_at(&format!("{control}/"));
    dashboard::page::shop_works_at(&format!("http://127.0.0.1:{gateway}/"));
    let sql = "select count(*) from orders where status = 'fulfilled'";
    let query = ["exec", "-T", "postgres", "psql", "-U", "orders", "-d", "orders", "-Atc", sql];
    let fulfilled: u64 = stack.compose(&query).trim().parse().unwrap();
    assert!(fulfilled > 0, "{fulfilled} orders are fulfilled");
    stack.limits_are_equal(&[]);

    place.run(&["up", "--profile", "full"]).exits(0);
    let overlays = ["tracing", "kafka"].map(|name| format!("generated/docker-compose.{name}.yml"));
    stack.limits_are_equal(&["-f", &overlays[0], "-f", &overlays[1], "--profile", "full"]);
    let status = place.run(&["status", "--format", "json"]).exits(0).json();
    let services = status["services"].as_array().unwrap();
    assert_eq!(services.len(), 14);
    for service in services {
        assert_eq!((&service["state"], &service["restarts"]), (&"running".into(), &0.into()), "{service}");
        assert_ne!(service["health"], "unhealthy", "{service}");
    }
    tracing::a_trace_is_whole(&place, 0..i64::MAX);
    let events = kafka::read_back(&stack, |events| events.iter().any(|event| event.kind == "fulfilled"));
    assert!(events.iter().any(|event| event.kind == "created"), "{events:?}");
    an_image_of_another_binary_is_foreseen(&place);
    place.run(&["down", "--volumes", "--yes"]).exits(0);
    let left = Command::new("docker")
        .args(["ps", "-aq", "--filter", "label=com.docker.compose.project=orders-whole"])
        .output()
        .unwrap();
    assert!(left.stdout.is_empty());
}

#[test]
#[ignore = "needs an engine"]
fn a_binary_for_another_machine_is_refused() {
    let (place, ..) = elsewhere("orders-machine");
    drop(place.run(&["render", "--force"]).exits(0));
    // An ELF header, 64 bits, little endian, no segments: as static as can be.
    let mut header = b"\x7fELF\x02\x01\x01".to_vec();
    header.resize(64, 0);
    let other: u16 = if cfg!(target_arch = "aarch64") { 62 } else { 183 };
    header[16..20].copy_from_slice(&[[2, 0], other.to_le_bytes()].concat());
    header[20] = 1;
    header[52] = 64;
    place.write("foreign", &header);
    let ran = place.run(&["image", "--linux-binary", "foreign"]).exits(3);
    let wanted = if other == 183 {
        "is for arm64, and the engine is amd64"
    } else {
        "is for amd64, and the engine is arm64"
    };
    assert!(ran.stderr.contains(wanted) && ran.stderr.contains("--linux-binary PATH"), "{}", ran.stderr);
}
