//! The sample's core as a person starts it: secrets, the image from the running binary, then plain Compose on what
//! `render` wrote; with the images that `tests/engine/prepare` makes.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::support::{Place, free_port, sample};

/// Takes the stack down whatever the test did.
struct Stack<'a>(&'a Place);

impl Stack<'_> {
    fn compose(&self, args: &[&str]) -> String {
        let fixed = ["compose", "-p", "orders-test", "-f", "generated/docker-compose.yml"];
        let output =
            Command::new("docker").args(fixed).args(args).current_dir(self.0.path(".")).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{args:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
        text
    }
}

impl Drop for Stack<'_> {
    fn drop(&mut self) {
        let fixed =
            ["compose", "-p", "orders-test", "-f", "generated/docker-compose.yml", "down", "-v", "-t", "5"];
        let _ = Command::new("docker").args(fixed).current_dir(self.0.path(".")).output();
        let _ = Command::new("docker").args(["image", "rm", "-f", "stackctl/orders-test:0.1.0"]).output();
    }
}

#[test]
#[ignore = "needs an engine"]
fn the_core_of_the_sample_runs_within_its_limits() {
    let place = sample();
    let (gateway, control) = (free_port(), free_port());
    let stack = std::fs::read_to_string(place.path("stack.toml")).unwrap();
    let stack = stack
        .replace("name = \"orders\"", "name = \"orders-test\"")
        .replace("ports = [\"8080:80\"]", &format!("ports = [\"{gateway}:80\"]"))
        .replace("ports = [\"8089:8089\"]", &format!("ports = [\"{control}:8089\"]"));
    place.write("stack.toml", stack);
    for command in [&["render"][..], &["secrets", "init"], &["image"]] {
        place.run(command).exits(0);
    }

    let stack = Stack(&place);
    stack.compose(&["up", "-d", "--wait", "--wait-timeout", "240"]);

    // Traffic flows from nginx to Postgres and the worker by itself.
    let control = format!("http://127.0.0.1:{control}");
    let started = Instant::now();
    let status = loop {
        let status = place.run(&["traffic", "status", "--url", &control, "--format", "json"]).exits(0).json();
        if status["stats"]["successful"].as_u64() > Some(10) {
            break status;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "{status}");
        std::thread::sleep(Duration::from_millis(500));
    };
    assert_eq!(status["stats"]["failed"], 0, "{status}");
    let sql = "select count(*) from orders where status = 'fulfilled'";
    let query = ["exec", "-T", "postgres", "psql", "-U", "orders", "-d", "orders", "-Atc", sql];
    let fulfilled: u64 = stack.compose(&query).trim().parse().unwrap();
    assert!(fulfilled > 0, "{fulfilled} orders are fulfilled");

    // What stack.toml asks for is what the engine holds every container to.
    let expected: Value = serde_json::from_str(&stack.compose(&["config", "--format", "json"])).unwrap();
    for (service, wanted) in expected["services"].as_object().unwrap() {
        let id = stack.compose(&["ps", "-q", service]);
        let output = Command::new("docker").args(["inspect", id.trim()]).output().unwrap();
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
        assert_eq!(host["ReadonlyRootfs"], true, "{service}");
        let user = found[0]["Config"]["User"].as_str().unwrap_or_default();
        assert!(!matches!(user, "" | "root" | "0"), "{service} runs as root");
    }
}
