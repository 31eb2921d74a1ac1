//! A stack on a swarm of three nodes of 2, 1 and 1 GiB: where its tasks go, what is reported of nodes that take none or die, and
//! generators that share their rate.

mod nodes;

use std::{
    io::{BufRead as _, BufReader},
    process::Stdio,
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::support::{Place, Ran};
use nodes::Nodes;

const STACK: &str = r#"
name = "nodes"
[budget]
memory = "4G"
cpus = 8
[defaults]
image = "debian:trixie-slim"
command = ["sleep", "1000"]
init = true
restart = "unless-stopped"
stop_grace_period = "1s"
limits = { memory = "64M", cpus = 0.5 }
reservations = { memory = "64M", cpus = 0.01 }
logging = { driver = "json-file", max_size = "1m", max_file = 2 }

[services.large]
limits = { memory = "1536M", cpus = 0.5 }
reservations = { memory = "1536M", cpus = 0.01 }
compose.deploy.endpoint_mode = "dnsrr"

[services.spread]
replicas = 3
compose.deploy = { endpoint_mode = "dnsrr", placement = { max_replicas_per_node = 1 } }

[services.near]
compose.deploy = { endpoint_mode = "dnsrr", placement = { constraints = ["node.labels.disk == ssd"] } }

[profiles.loop]
[services.loop]
profiles = ["loop"]
command = ["sh", "-c", "echo no data to work on; exit 3"]
compose.deploy = { endpoint_mode = "dnsrr", placement = { constraints = ["node.hostname == node2"] } }

[profiles.late]
[services.late]
profiles = ["late"]
command = ["sleep", "1000"]
healthcheck = { test = ["CMD", "test", "-f", "/never"], interval = "1s", start_period = "300s", start_interval = "1s" }
compose.deploy = { endpoint_mode = "dnsrr", placement = { constraints = ["node.hostname == node3"] } }
"#;

fn service<'a>(status: &'a Value, name: &str) -> &'a Value {
    status["services"].as_array().unwrap().iter().find(|it| it["service"] == name).unwrap()
}

/// The nodes of a service's tasks.
fn places(status: &Value, name: &str) -> Vec<String> {
    let tasks = service(status, name)["tasks"].as_array().unwrap();
    let mut nodes: Vec<String> = tasks.iter().map(|it| it["node"].as_str().unwrap().to_owned()).collect();
    nodes.sort_unstable();
    nodes
}

fn failure(ran: &Ran) -> Value {
    let last: Value = serde_json::from_str(ran.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(last["failures"].as_array().unwrap().len(), 1, "{}", ran.whole());
    last["failures"][0].clone()
}

/// Wait for what the swarm finds out by itself: that a node is gone takes it half a minute.
#[track_caller]
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(90), "{what}");
        sleep(Duration::from_millis(500));
    }
}

#[test]
#[ignore = "needs an engine and iproute2"]
fn tasks_are_placed_and_nodes_that_take_none_are_named() {
    let mut nodes = Nodes::new(&[2, 1, 1]);
    nodes.load("debian:trixie-slim");
    nodes.docker(1, &["node", "update", "--label-add", "disk=ssd", "node2"]);
    let place = Place::with_stack(STACK);
    let run = |nodes: &Nodes, arguments: &[&str]| nodes.run(&place, arguments);

    // Before anything runs: reservations placed, limits judged for each node.
    let check = ["budget", "check", "--against", "swarm", "--profile", "core"];
    let judged = run(&nodes, &check).exits(0);
    assert!(judged.stdout.contains("node1: 2 GiB of memory, 2.0 CPUs\n"), "{}", judged.whole());
    assert!(judged.stdout.contains("each combination has a placement"), "{}", judged.whole());
    place.write(
        "stack.toml",
        STACK.replace("reservations = { memory = \"1536M\"", "reservations = { memory = \"64M\""),
    );
    let judged = run(&nodes, &check).exits(0);
    let warned = "Swarm need not choose it: it looks at reservations, which are below the limit of 1 service";
    assert!(judged.stdout.contains(warned), "{}", judged.whole());
    place.write(
        "stack.toml",
        STACK.replace("replicas = 3", "replicas = 3\nlimits.memory = \"600M\"\nreservations.memory = \"8M\""),
    );
    let judged = run(&nodes, &check).exits(1);
    let refused = "no placement keeps the memory limits within each node: 3.32 GiB of limits";
    assert!(judged.stdout.contains(refused), "{}", judged.whole());
    place.write("stack.toml", STACK);

    // Where they go.
    run(&nodes, &["up", "--target", "swarm"]).exits(0);
    let status = run(&nodes, &["status", "--format", "json"]).json();
    assert_eq!(places(&status, "large"), ["node1"]);
    assert_eq!(places(&status, "spread"), ["node1", "node2", "node3"]);
    assert_eq!(places(&status, "near"), ["node2"]);
    // Use is that of this node, and so are the limits beside it.
    let spread = service(&status, "spread");
    assert_eq!((&spread["measured"], &spread["replicas"]["wanted"]), (&json!(1), &json!(3)), "{spread}");
    assert_eq!(spread["memory_limit_bytes"], 64 << 20, "{spread}");
    let shown = run(&nodes, &["status"]);
    assert!(
        shown.stdout.contains("nodes: node1 has 2 GiB, node2 has 1 GiB, node3 has 1 GiB"),
        "{}",
        shown.whole()
    );
    assert!(shown.stdout.contains("1.562 GiB of limits on this node, by 2 of 5 tasks"), "{}", shown.whole());
    assert!(!shown.stdout.contains("budget"), "{}", shown.whole());
    let shown = run(&nodes, &["top", "--once"]).exits(0);
    assert!(shown.stdout.contains("by 2 of 5 tasks"), "{}", shown.whole());

    // A node that takes nothing.
    nodes.docker(1, &["node", "update", "--availability", "drain", "node3"]);
    let refused = run(&nodes, &["up", "--target", "swarm"]).exits(1);
    assert!(refused.stderr.contains("max_replicas_per_node 1 leaves room for 2"), "{}", refused.whole());
    assert!(refused.stderr.contains("node3 is drained"), "{}", refused.whole());
    nodes.docker(1, &["node", "update", "--availability", "active", "node3"]);

    // What a loop on another node printed.
    let looping = run(&nodes, &["up", "--target", "swarm", "--profile", "loop", "--format", "json"]).exits(1);
    let failed = failure(&looping);
    assert_eq!((&failed["service"], &failed["reason"]), (&json!("loop"), &json!("crash-loop")));
    assert_eq!(failed["log"], json!(["no data to work on"]), "{failed}");
    run(&nodes, &["up", "--target", "swarm", "--remove-unselected"]).exits(0);

    // A node dies while its task is waited for.
    let mut up =
        nodes.stackctl(&place, &["up", "--target", "swarm", "--profile", "late", "--format", "json"]);
    let mut up = up.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(up.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.by_ref().any(|line| line.contains("\"late\"") && line.contains("\"converging\"")));
    sleep(Duration::from_secs(3));
    nodes.kill(3);
    let last: Value = serde_json::from_str(&lines.last().unwrap()).unwrap();
    assert_eq!(up.wait().unwrap().code(), Some(1), "{last}");
    let failures = last["failures"].as_array().unwrap();
    let late = failures.iter().find(|it| it["service"] == "late").unwrap_or_else(|| panic!("{last}"));
    assert_eq!(late["reason"], "node-down", "{late}");
    assert!(late["detail"].as_str().unwrap().starts_with("node3 went down"), "{late}");

    // Two of three: the service is neither up nor gone.
    until("node3 is down and spread is short of a task", || {
        let status = run(&nodes, &["status", "--format", "json"]).json();
        let down = json!({ "node": "node3", "state": "down", "memory_bytes": 1_u64 << 30 });
        service(&status, "spread")["state"] == "degraded"
            && status["nodes"].as_array().unwrap().contains(&down)
    });
    let refused = run(&nodes, &["up", "--target", "swarm"]).exits(1);
    assert!(refused.stderr.contains("node3 is down"), "{}", refused.whole());

    // It goes at once, and the node with tasks that cannot be ended is named.
    let began = Instant::now();
    let down = run(&nodes, &["down"]).exits(0);
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}: {}", began.elapsed(), down.whole());
    assert!(down.stderr.contains("warning: node3 is down, with "), "{}", down.whole());
    assert!(down.stderr.contains("removed 4 services, 1 network"), "{}", down.whole());
    let again = run(&nodes, &["down"]).exits(0);
    assert!(again.stderr.contains("nothing was running"), "{}", again.whole());
}

const GENERATORS: &str = r#"
name = "rates"
[budget]
memory = "1G"
cpus = 8
[services.traffic-generator]
image = "stackctl"
command = ["traffic", "--config", "/etc/stackctl/traffic.toml"]
replicas = 3
restart = "unless-stopped"
limits = { memory = "128M", cpus = 0.5 }
reservations = { memory = "64M", cpus = 0.01 }
logging = { driver = "json-file", max_size = "1m", max_file = 2 }
environment = { TRAFFIC_PEERS = "tasks.traffic-generator" }
files = [{ template = "traffic.toml", target = "/etc/stackctl/traffic.toml" }]
healthcheck = { test = ["CMD", "/stackctl", "probe", "http://127.0.0.1:8089/health"], interval = "1s", start_period = "30s", start_interval = "1s" }
compose.deploy = { endpoint_mode = "dnsrr", placement = { max_replicas_per_node = 2 } }
[traffic]
target = "http://127.0.0.1:8089"
start_delay = "1s"
modes = { steady = 12 }
[[traffic.requests]]
method = "GET"
path = "/health"
"#;

/// The rate of every generator, by node.
fn rates(nodes: &Nodes) -> Vec<f64> {
    let mut rates = Vec::new();
    for number in 1..=3 {
        for container in
            nodes.docker(number, &["ps", "-q", "--filter", "name=rates_traffic-generator"]).lines()
        {
            let ask = ["exec", container, "/stackctl", "traffic", "status", "--url", "http://127.0.0.1:8089"];
            let status = nodes.asked(number, &[&ask[..], &["--format", "json"]].concat());
            let Some(status) = status else { continue };
            let status: Value = serde_json::from_str(&status).unwrap();
            rates.push(status["current_rps"].as_f64().unwrap());
        }
    }
    rates
}

#[test]
#[ignore = "needs an engine and iproute2"]
fn generators_on_three_nodes_share_the_rate() {
    let nodes = Nodes::new(&[2, 1, 1]);
    let place = Place::with_stack(GENERATORS).file("templates/traffic.toml", "{{ traffic }}\n");
    place.run(&["render"]).exits(0);
    // Packed by this machine's engine, and loaded into the others, as a registry would bring it.
    place.run(&["image"]).exits(0);
    nodes.load("stackctl/rates:0.1.0");
    nodes.run(&place, &["up", "--target", "swarm"]).exits(0);
    let equal = |wanted: &[f64]| {
        let found = rates(&nodes);
        found.len() == wanted.len() && found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 0.5)
    };
    until("12 requests a second become 4 for each of three", || equal(&[4.0, 4.0, 4.0]));
    nodes.docker(1, &["node", "update", "--availability", "drain", "node3"]);
    nodes.docker(1, &["service", "scale", "--detach", "rates_traffic-generator=2"]);
    until("two share it", || equal(&[6.0, 6.0]));
    nodes.run(&place, &["down"]).exits(0);
    let _ = std::process::Command::new("docker").args(["image", "rm", "-f", "stackctl/rates:0.1.0"]).output();
}
