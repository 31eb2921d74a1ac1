//! The repository's own stack: the order shop is what its contract says it is, and Compose agrees in every combination.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value as Json;
use stackctl::internals::{
    model::{Resources, Stack, Value},
    source,
};

/// Service, image, memory limit and reservation in MiB, CPU limit and reservation, profile.
type Row = (&'static str, &'static str, u64, u64, f64, f64, Option<&'static str>);

#[rustfmt::skip]
const TABLE: [Row; 14] = [
    ("postgres", "postgres:17-alpine", 2048, 1024, 2.0, 1.0, None),
    ("redis", "redis:8-alpine", 512, 256, 1.0, 0.5, None),
    ("nginx", "nginx:1.30-alpine", 128, 64, 0.5, 0.25, None),
    ("web-gateway", "stackctl", 512, 256, 1.0, 0.5, None),
    ("order-api", "stackctl", 1024, 512, 1.0, 0.5, None),
    ("fulfillment-worker", "stackctl", 512, 256, 1.0, 0.5, None),
    ("traffic-generator", "stackctl", 256, 128, 0.5, 0.25, None),
    ("jaeger", "jaegertracing/jaeger:2.19.0", 1024, 512, 1.0, 0.5, Some("tracing")),
    ("otel-collector", "otel/opentelemetry-collector-contrib:0.159.0", 512, 256, 0.5, 0.25, Some("tracing")),
    ("kafka", "apache/kafka:4.1.1", 2048, 1024, 1.0, 0.5, Some("kafka")),
    ("kafka-ui", "kafbat/kafka-ui:v1.5.0", 768, 384, 0.5, 0.25, Some("kafka")),
    ("gitea", "gitea/gitea:1.26.1", 1024, 512, 1.0, 0.5, Some("cicd")),
    ("drone", "drone/drone:2", 512, 256, 0.5, 0.25, Some("cicd")),
    ("drone-runner", "drone/drone-runner-docker:1.8.2", 512, 256, 0.5, 0.25, Some("cicd")),
];

/// Everything that the machine publishes.
const PUBLISHED: [(&str, &str); 6] = [
    ("nginx", "127.0.0.1:8080"),
    ("traffic-generator", "127.0.0.1:8089"),
    ("jaeger", "127.0.0.1:16686"),
    ("kafka-ui", "127.0.0.1:8085"),
    ("gitea", "127.0.0.1:3000"),
    ("drone", "127.0.0.1:8000"),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn stack() -> Stack {
    source::parse(&std::fs::read(root().join("stack.toml")).unwrap()).stack
}

fn stackctl(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_stackctl")).args(arguments).current_dir(root()).output().unwrap()
}

fn json(output: &Output) -> Json {
    let said = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"))
}

#[test]
fn the_services_are_those_of_the_contract() {
    let stack = stack();
    let known: Vec<&str> = stack.services.keys().map(String::as_str).collect();
    assert_eq!(known, TABLE.map(|row| row.0), "the same services, in the same order");
    for (name, image, memory, reserved, cpus, reserved_cpus, profile) in TABLE {
        let service = &stack.services[name];
        let is = |resources: &Resources, mebibytes: u64, cpus: f64| {
            resources.memory.unwrap().0 == mebibytes << 20 && resources.cpus.unwrap().as_f64() == cpus
        };
        assert_eq!(service.image.as_deref(), Some(image), "{name}");
        assert!(is(&service.limits, memory, cpus), "{name}: {:?}", service.limits);
        assert!(is(&service.reservations, reserved, reserved_cpus), "{name}: {:?}", service.reservations);
        assert_eq!(service.profiles.first().map(String::as_str), profile, "{name}");
        let all = Value::List(vec![Value::from("ALL")]);
        assert_eq!(service.rest.get("cap_drop"), Some(&all), "{name} keeps capabilities");
    }
}

#[test]
fn it_validates_without_a_finding() {
    let output = stackctl(&["validate", "--format", "json"]);
    assert_eq!(json(&output), Json::Array(Vec::new()));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn its_budget_is_that_of_the_contract() {
    let proof = json(&stackctl(&["budget", "check", "--format", "json"]));
    assert_eq!(proof["fits"], true);
    assert_eq!(proof["combinations_checked"], 8);
    let core = &proof["combinations"][0];
    assert_eq!(core["profiles"], Json::Array(Vec::new()));
    assert_eq!(core["services"], 7);
    assert_eq!(core["memory_limit_bytes"], 5_234_491_392_u64);
    assert_eq!(core["memory_reservation_bytes"], 2_617_245_696_u64);
    assert_eq!((&core["cpu_limit"], &core["cpu_reservation"]), (&Json::from(7.0), &Json::from(3.5)));
    assert_eq!(core["log_disk_bytes"], 220_200_960_u64);
    let full = &proof["combinations"][1];
    assert_eq!(full["profiles"], proof["worst"]["profiles"]);
    assert_eq!(full["services"], 14);
    assert_eq!(full["memory_limit_bytes"], 11_945_377_792_u64, "11.125 GiB");
    assert_eq!(full["cpu_limit"], 12.0, "8 CPUs, overcommitted by half");
}

#[test]
fn the_committed_files_are_fresh() {
    let output = stackctl(&["render", "--check"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
    let generated = |path: &str| std::fs::read_to_string(root().join("generated").join(path)).unwrap();
    // Three quarters and a quarter of the limits; 80 and 20 % in the collector.
    assert!(generated("redis/redis.conf").contains("\nmaxmemory 402653184\n"));
    assert!(generated("postgres/postgresql.conf").contains("\nshared_buffers = '512MB'\n"));
    assert!(
        generated("otel-collector/otel-collector.yaml")
            .contains("limit_mib: 409\n    spike_limit_mib: 102\n")
    );
}

/// What `docker compose config` makes of a combination, with the overlay files that `stackctl up` would add.
fn compose(profiles: &[&str]) -> Json {
    let mut command = Command::new("docker");
    command.args(["compose", "-p", "orders", "-f", "generated/docker-compose.yml"]).current_dir(root());
    for profile in ["tracing", "kafka", "cicd"] {
        let overlay = format!("generated/docker-compose.{profile}.yml");
        let enabled = profiles.contains(&profile) || profiles.contains(&"full");
        if enabled && Path::new(&root()).join(&overlay).exists() {
            command.args(["-f", &overlay]);
        }
    }
    for profile in profiles {
        command.args(["--profile", profile]);
    }
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("COMPOSE_")) {
        command.env_remove(name);
    }
    let output = command.args(["config", "--format", "json"]).output().unwrap();
    assert!(output.status.success(), "{profiles:?}: {}", String::from_utf8_lossy(&output.stderr));
    json(&output)
}

#[test]
#[ignore = "needs the Compose CLI"]
fn compose_accepts_and_sums_up_every_combination() {
    let proof = json(&stackctl(&["budget", "check", "--format", "json"]));
    let rows: BTreeMap<Vec<String>, &Json> = proof["combinations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (serde_json::from_value(row["profiles"].clone()).unwrap(), row))
        .collect();
    let all = ["cicd", "full", "kafka", "tracing"];
    for bits in 0..1_u32 << all.len() {
        let selected: Vec<&str> =
            (0..all.len()).filter(|bit| bits >> bit & 1 == 1).map(|bit| all[bit]).collect();
        let full = selected.contains(&"full");
        let same: Vec<String> = all
            .iter()
            .filter(|name| **name != "full" && (full || selected.contains(name)))
            .map(|name| (*name).to_owned())
            .collect();
        let config = compose(&selected);
        let services = config["services"].as_object().unwrap();
        let row = rows[&same];
        assert_eq!(row["services"], services.len(), "{selected:?}");
        for (ours, theirs) in [("memory_limit_bytes", "limits"), ("memory_reservation_bytes", "reservations")]
        {
            let sum: u64 = services
                .values()
                .map(|service| {
                    service["deploy"]["resources"][theirs]["memory"].as_str().unwrap().parse::<u64>().unwrap()
                })
                .sum();
            assert_eq!(row[ours], sum, "{selected:?} {ours}");
        }
        for (name, service) in services {
            let published = service["ports"].as_array().into_iter().flatten().map(|port| {
                format!(
                    "{}:{}",
                    port["host_ip"].as_str().unwrap_or("*"),
                    port["published"].as_str().unwrap_or("*")
                )
            });
            let expected =
                PUBLISHED.iter().filter(|(service, _)| service == name).map(|(_, address)| *address);
            assert!(published.eq(expected), "{name} publishes {}", service["ports"]);
        }
    }
}

#[test]
#[ignore = "needs the Compose CLI"]
fn tracing_and_kafka_change_the_shop_only_where_they_are_enabled() {
    let variable = |config: &Json, service: &str, name: &str| {
        config["services"][service]["environment"][name].as_str().map(ToOwned::to_owned)
    };
    const OTLP: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
    let (core, tracing, full) = (compose(&[]), compose(&["tracing"]), compose(&["full"]));
    for service in ["web-gateway", "order-api", "fulfillment-worker"] {
        assert_eq!(variable(&core, service, OTLP), None);
        for config in [&tracing, &full] {
            assert_eq!(variable(config, service, OTLP).as_deref(), Some("http://otel-collector:4317"));
            assert!(config["services"][service]["depends_on"]["otel-collector"].is_object());
        }
    }
    assert_eq!(variable(&tracing, "order-api", "KAFKA_BROKERS"), None);
    assert_eq!(variable(&full, "order-api", "KAFKA_BROKERS").as_deref(), Some("kafka:9092"));
}
