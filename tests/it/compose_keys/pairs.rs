//! Every key of Compose 2.40, service keys and those of the tables at the top: what stack.toml says of it and what a Compose file
//! says, and Compose resolves both to the same.

use std::{collections::BTreeMap, process::Command};

use serde_json::{Map, Value, json};
use stackctl::internals::{
    model::Stack,
    render::{self, Selection, Target},
    resolve::Profiles,
    source::{self, reference},
};

use crate::{compose_values::document::literal, support::Place};

const PAIRS: &str = include_str!("pairs.txt");

/// The keys of the schema in docker compose 2.40.3. `extends` is followed by `import`, and has no place in stack.toml.
const KEYS: [(&str, &str); 6] = [
    (
        "services",
        "annotations attach blkio_config build cap_add cap_drop cgroup cgroup_parent command configs container_name cpu_count \
         cpu_percent cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpus cpuset credential_spec depends_on deploy \
         develop device_cgroup_rules devices dns dns_opt dns_search domainname entrypoint env_file environment expose \
         external_links extra_hosts gpus group_add healthcheck hostname image init ipc isolation label_file labels links logging \
         mac_address mem_limit mem_reservation mem_swappiness memswap_limit models network_mode networks oom_kill_disable \
         oom_score_adj pid pids_limit platform ports post_start pre_stop privileged profiles provider pull_policy \
         pull_refresh_after read_only restart runtime scale secrets security_opt shm_size stdin_open stop_grace_period \
         stop_signal storage_opt sysctls tmpfs tty ulimits use_api_socket user userns_mode uts volumes volumes_from working_dir",
    ),
    ("networks", "name driver driver_opts ipam external internal enable_ipv4 enable_ipv6 attachable labels"),
    ("volumes", "name driver driver_opts external labels"),
    ("secrets", "name environment file external labels driver driver_opts template_driver"),
    ("configs", "name content environment file external labels template_driver"),
    ("models", "name model context_size runtime_flags"),
];

/// A line of a table: what stack.toml says, and what a Compose file says.
struct Pair {
    table: &'static str,
    name: String,
    line: &'static str,
    ours: Map<String, Value>,
    compose: Map<String, Value>,
}

fn pairs() -> Vec<Pair> {
    let mut table = "";
    let mut pairs = Vec::new();
    for (number, line) in PAIRS.lines().enumerate() {
        if let Some(header) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            table = header;
        } else if !line.is_empty() && !line.starts_with('#') {
            let (ours, compose) = line.split_once(" || ").unwrap_or((line, line));
            let read = |text: &str| {
                let json = reference::json_of(&text.replace(" | ", "\n"));
                json.and_then(|json| json.as_object().cloned()).unwrap_or_else(|| panic!("{line}"))
            };
            pairs.push(Pair {
                table,
                name: format!("line{}", number + 1),
                line,
                ours: read(ours),
                compose: read(compose),
            });
        }
    }
    pairs
}

/// A document of all pairs.
fn document(pairs: &[Pair], side: impl Fn(&Pair) -> &Map<String, Value>) -> Value {
    let mut document = json!({
        "name": "pairs",
        "x-top": { "a": ["b", 1] },
        "services": { "other": { "image": "busybox:1", "healthcheck": { "test": "true" }, "build": "./ctx" } },
        "networks": { "back": { "ipam": { "config": [{ "subnet": "172.28.0.0/16" }, { "subnet": "2001:db8::/64" }] } } },
        "volumes": { "data": {} },
        "secrets": { "token": { "file": "token.txt" } },
        "configs": { "motd": { "file": "motd.txt" } },
        "models": { "small": { "model": "ai/small" } },
    });
    for pair in pairs {
        let mut keys = side(pair).clone();
        if pair.table == "services" && !keys.contains_key("image") && !keys.contains_key("provider") {
            keys.insert("image".to_owned(), json!("busybox:1"));
        }
        document[pair.table][&pair.name] = Value::Object(keys);
    }
    document
}

/// Write what `render` makes of a stack.
fn write_generated(place: &Place, stack: &Stack) {
    let (profiles, selection) = (Profiles::new(stack), Selection::default());
    let rendered = render::render(Target::Compose, &place.path("."), &profiles, &selection);
    for file in &rendered.expect("the stack is rendered").files {
        place.write(&format!("generated/{}", file.path), &file.text);
    }
}

/// What Compose resolves, in the spelling of `deploy`, without empty tables.
fn resolved(place: &Place, args: &[&str]) -> Value {
    let output = Command::new("docker")
        .arg("compose")
        .args(args)
        .args(["--profile", "on", "config", "--format", "json"])
        .current_dir(place.path("."))
        .envs([("FROM_SHELL", "shell"), ("NAME", "named")])
        .output()
        .expect("docker compose starts");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    let mut config: Value = serde_json::from_slice(&output.stdout).expect("Compose prints JSON");
    for service in config["services"].as_object_mut().expect("services").values_mut() {
        respell(service);
    }
    prune(&mut config);
    config
}

/// `mem_limit` and its like are the same in `deploy`.
fn respell(service: &mut Value) {
    for (old, path) in [
        ("mem_limit", ["resources", "limits", "memory"]),
        ("mem_reservation", ["resources", "reservations", "memory"]),
        ("cpus", ["resources", "limits", "cpus"]),
        ("pids_limit", ["resources", "limits", "pids"]),
    ] {
        if let Some(value) = service.as_object_mut().and_then(|service| service.remove(old)) {
            let place = path.iter().fold(&mut service["deploy"], |table, key| &mut table[*key]);
            *place = value;
        }
    }
    if let Some(count) = service.as_object_mut().and_then(|service| service.remove("scale")) {
        service["deploy"]["replicas"] = count;
    }
}

/// Remove empty tables and what is null, except in `environment`, where it is a value.
fn prune(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, value) in map.iter_mut().filter(|(key, _)| *key != "environment") {
                if !["networks", "command", "entrypoint"].contains(&key.as_str()) {
                    prune(value);
                }
            }
            map.retain(|_, value| {
                value.as_object().is_none_or(|inner| !inner.is_empty()) && !value.is_null()
            });
        }
        Value::Array(items) => items.iter_mut().for_each(prune),
        _ => {}
    }
}

#[test]
fn every_key_of_compose_has_a_place_in_stack_toml() {
    let pairs = pairs();
    for (table, keys) in KEYS {
        let said: Vec<&String> =
            pairs.iter().filter(|pair| pair.table == table).flat_map(|pair| pair.compose.keys()).collect();
        let missing: Vec<&str> =
            keys.split_whitespace().filter(|key| !said.iter().any(|said| said == key)).collect();
        assert_eq!(missing, [""; 0], "[{table}]");
    }
    let stack = document(&pairs, |pair| &pair.ours);
    let text = stack_toml(stack);
    let parsed = source::parse(text.as_bytes());
    let found: Vec<String> = parsed.diagnostics.iter().map(|found| found.message.clone()).collect();
    assert_eq!(found, [""; 0]);
}

/// The document as stack.toml: with the profiles that services name.
fn stack_toml(mut stack: Value) -> String {
    stack["profiles"] = json!({ "on": {}, "also": {} });
    let top = stack.as_object().expect("a table");
    top.iter().map(|(key, value)| format!("{} = {}\n", json!(key), literal(value))).collect()
}

#[test]
#[ignore = "needs the Compose CLI"]
fn compose_resolves_what_stack_toml_says_as_what_a_compose_file_says() {
    let pairs = pairs();
    let place = Place::new()
        .file("ctx/Dockerfile", "FROM scratch\n")
        .file("labels.env", "A=1\n")
        .file("a.env", "A=1\n")
        .file("b.env", "B=1\n")
        .file("token.txt", "x")
        .file("motd.txt", "x")
        .file("direct.json", document(&pairs, |pair| &pair.compose).to_string());
    let parsed = source::parse(stack_toml(document(&pairs, |pair| &pair.ours)).as_bytes());
    write_generated(&place, &parsed.stack);
    let ours = resolved(&place, &["--project-directory", ".", "-f", "generated/docker-compose.yml"]);
    let direct = resolved(&place, &["-f", "direct.json"]);
    let mut differ: BTreeMap<&str, String> = BTreeMap::new();
    for pair in &pairs {
        let (ours, direct) = (&ours[pair.table][&pair.name], &direct[pair.table][&pair.name]);
        if ours != direct {
            differ.insert(pair.line, format!("{ours}\n  a Compose file: {direct}"));
        }
    }
    assert!(
        differ.is_empty(),
        "{}",
        differ.iter().map(|(line, how)| format!("{line}\n  stack.toml: {how}\n")).collect::<String>()
    );
    for key in ["x-top", "name"] {
        assert_eq!(ours[key], direct[key]);
    }
}

/// Lists above and below tables, in `[defaults]` and in an overlay.
const LISTS: &str = r#"
name = "lists"
[defaults]
environment = { A = "1", B = "2" }
labels = ["x=1", "y=2"]
sysctls = { "net.core.somaxconn" = 1, "net.ipv4.ip_forward" = 0 }
extra_hosts = ["a=1.1.1.1", "b=2.2.2.2"]
annotations = ["p=1"]
[profiles.on.services.a]
environment = ["B=5", "${NAME}_C=6", "OTHER"]
[services.a]
image = "busybox:1"
environment = ["B=3", "${NAME}_C=4", "EMPTY=", "FROM_SHELL", "NOT_SET"]
labels = { y = "3", "literal$name" = "4" }
sysctls = ["net.core.somaxconn=${N:-5}"]
extra_hosts = { b = "3.3.3.3" }
build = { context = ".", args = ["A=1", "FROM_SHELL", "${NAME}=2"] }
[services.b]
image = "busybox:1"
"#;

#[test]
#[ignore = "needs the Compose CLI"]
fn lists_and_tables_merge_as_one_list() {
    let direct = json!({
        "name": "lists",
        "services": {
            "a": {
                "image": "busybox:1",
                "environment": ["A=1", "B=5", "${NAME}_C=6", "EMPTY=", "FROM_SHELL", "NOT_SET", "OTHER"],
                "labels": { "x": "1", "y": "3", "literal$name": "4" },
                "sysctls": { "net.core.somaxconn": 5, "net.ipv4.ip_forward": 0 },
                "extra_hosts": ["a=1.1.1.1", "b=3.3.3.3"],
                "annotations": { "p": "1" },
                "build": { "context": ".", "args": { "A": "1", "FROM_SHELL": "shell", "named": "2" } },
            },
            "b": {
                "image": "busybox:1",
                "environment": { "A": "1", "B": "2" },
                "labels": { "x": "1", "y": "2" },
                "sysctls": { "net.core.somaxconn": 1, "net.ipv4.ip_forward": 0 },
                "extra_hosts": ["a=1.1.1.1", "b=2.2.2.2"],
                "annotations": { "p": "1" },
            },
        },
    });
    let parsed = source::parse(LISTS.as_bytes());
    assert_eq!(parsed.diagnostics, []);
    let place = Place::new().file("direct.json", direct.to_string()).file("Dockerfile", "FROM scratch\n");
    write_generated(&place, &parsed.stack);
    let main = "generated/docker-compose.yml";
    let overlay = "generated/docker-compose.on.yml";
    let ours = resolved(&place, &["--project-directory", ".", "-f", main, "-f", overlay]);
    assert_eq!(ours, resolved(&place, &["-f", "direct.json"]));
}
