//! What Compose would create: its own resolved configuration (`config --format json`), read into the terms in which the
//! engine's containers are observed.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use crate::{
    engine::{
        inspect_image::HealthSpec,
        observe::{Limits, Mounted, Published},
    },
    model::{Cpus, Duration},
};

/// Every service that Compose would run.
#[derive(Debug, Default)]
pub struct DesiredStack {
    /// The services by name.
    pub services: BTreeMap<String, DesiredService>,
}

/// One service as Compose would create its containers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DesiredService {
    /// Compose's hash of its configuration, the label of its containers; empty when it is not known.
    pub hash: String,
    /// How many containers.
    pub replicas: u32,
    /// The image's name.
    pub image: String,
    /// Variables; those of env files among them.
    pub environment: BTreeMap<String, String>,
    /// `None` takes the image's.
    pub command: Option<Vec<String>>,
    /// `None` takes the image's.
    pub entrypoint: Option<Vec<String>>,
    /// `None` takes the image's.
    pub user: Option<String>,
    /// `None` takes the image's.
    pub healthcheck: Option<HealthSpec>,
    /// Published ports, sorted; one that the engine chooses is not among them.
    pub ports: Vec<Published>,
    /// Mounts by target; the source of an anonymous volume is empty.
    pub mounts: BTreeMap<String, Mounted>,
    /// The engine's names of its networks, sorted.
    pub networks: Vec<String>,
    /// What it is held to.
    pub limits: Limits,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// The root file system is read-only.
    pub read_only: bool,
    /// Services with namespaces that it joins: it is recreated with their containers, and its hash holds their identifiers.
    pub joins: Vec<String>,
}

/// Why Compose's output is not understood.
#[derive(Debug, thiserror::Error)]
pub enum DesiredError {
    /// It is not JSON.
    #[error("`docker compose config` did not print JSON")]
    Json(#[from] serde_json::Error),
    /// `--hash` printed another line.
    #[error("`docker compose config --hash` printed {0:?}")]
    Hash(String),
}

impl DesiredStack {
    /// Read what `docker compose config --format json` and `docker compose config --hash '*'` printed.
    ///
    /// # Errors
    /// When either is not understood.
    pub fn parse(config: &str, hashes: &str) -> Result<Self, DesiredError> {
        // Compose prints a file that it could read again: every `$` in it is doubled.
        let config: Value = serde_json::from_str(&config.replace("$$", "$"))?;
        let mut known: HashMap<&str, &str> = HashMap::new();
        for line in hashes.lines().filter(|line| !line.trim().is_empty()) {
            let (name, hash) = line.split_once(' ').ok_or_else(|| DesiredError::Hash(line.to_owned()))?;
            known.insert(name, hash.trim());
        }
        let services = object(&config["services"]).map(|(name, service)| {
            let hash = known.get(name.as_str()).copied().unwrap_or_default().to_owned();
            let mut service = DesiredService { hash, ..one(service, &config) };
            if service.image.is_empty() {
                // Compose's own name for what it builds.
                service.image = format!("{}-{name}", text(&config["name"]));
            }
            (name.clone(), service)
        });
        Ok(Self { services: services.collect() })
    }

    /// Forget the hash of a service that reads an `env_file`: Compose labels its container with the hash of what the file
    /// holds, and prints the hash of the file's name. What it holds is compared variable by variable.
    pub fn forget_hash(&mut self, service: &str) {
        if let Some(service) = self.services.get_mut(service) {
            service.hash.clear();
        }
    }
}

fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn words(value: &Value) -> Option<Vec<String>> {
    value.as_array().map(|words| words.iter().map(text).collect())
}

fn bytes(value: &Value) -> Option<u64> {
    text(value).parse().ok().filter(|bytes| *bytes > 0)
}

fn one(service: &Value, config: &Value) -> DesiredService {
    let environment = object(&service["environment"]).filter(|(_, value)| !value.is_null());
    let labels = object(&service["labels"]).map(|(name, value)| (name.clone(), text(value)));
    let replicas = service["deploy"]["replicas"].as_u64().or_else(|| service["scale"].as_u64());
    let mut networks: Vec<String> =
        object(&service["networks"]).map(|(name, _)| resource(config, "networks", name)).collect();
    networks.sort_unstable();
    DesiredService {
        hash: String::new(),
        replicas: replicas.and_then(|count| u32::try_from(count).ok()).unwrap_or(1),
        image: text(&service["image"]),
        environment: environment.map(|(name, value)| (name.clone(), text(value))).collect(),
        command: words(&service["command"]),
        entrypoint: words(&service["entrypoint"]),
        user: service["user"].as_str().map(str::to_owned),
        healthcheck: healthcheck(&service["healthcheck"]),
        ports: ports(&service["ports"]),
        mounts: mounts(service, config),
        networks,
        limits: limits(service),
        labels: labels.collect(),
        read_only: service["read_only"].as_bool().unwrap_or(false),
        joins: joins(service),
    }
}

/// The engine's name of a network or volume.
fn resource(config: &Value, table: &str, key: &str) -> String {
    let name = config[table][key]["name"].as_str();
    name.unwrap_or(key).to_owned()
}

fn healthcheck(check: &Value) -> Option<HealthSpec> {
    if check.is_null() {
        return None;
    }
    if check["disable"].as_bool() == Some(true) {
        return Some(HealthSpec { test: vec!["NONE".to_owned()], ..HealthSpec::default() });
    }
    let nanos = |key: &str| {
        let duration = check[key].as_str().and_then(|text| Duration::parse(text).ok());
        duration.and_then(|it| i64::try_from(it.0.as_nanos()).ok()).unwrap_or(0)
    };
    Some(HealthSpec {
        test: words(&check["test"]).unwrap_or_default(),
        interval: nanos("interval"),
        timeout: nanos("timeout"),
        retries: check["retries"].as_i64().unwrap_or(0),
        start_period: nanos("start_period"),
        start_interval: nanos("start_interval"),
    })
}

fn ports(value: &Value) -> Vec<Published> {
    let port = |port: &Value| {
        Some(Published {
            address: text(&port["host_ip"]),
            port: text(&port["published"]).parse().ok()?,
            target: u16::try_from(port["target"].as_u64()?).ok()?,
            protocol: port["protocol"].as_str().unwrap_or("tcp").to_owned(),
        })
    };
    let mut ports: Vec<Published> = list(value).filter_map(port).collect();
    ports.sort_unstable();
    ports
}

/// Volumes, and the files of secrets and configs, which Compose binds.
fn mounts(service: &Value, config: &Value) -> BTreeMap<String, Mounted> {
    let mut mounts = BTreeMap::new();
    for mount in list(&service["volumes"]) {
        let kind = text(&mount["type"]);
        let source = match mount["source"].as_str() {
            Some(source) if kind == "volume" => resource(config, "volumes", source),
            source => source.unwrap_or_default().to_owned(),
        };
        let writable = mount["read_only"].as_bool() != Some(true);
        mounts.insert(text(&mount["target"]), Mounted { kind, source, writable });
    }
    for (table, folder) in [("secrets", "/run/secrets/"), ("configs", "/")] {
        for grant in list(&service[table]) {
            let name = text(&grant["source"]);
            // What has no file is copied into the container and not mounted.
            let Some(file) = config[table][&name]["file"].as_str() else { continue };
            let target = grant["target"].as_str().filter(|target| !target.is_empty()).unwrap_or(&name);
            let target =
                if target.starts_with('/') { target.to_owned() } else { format!("{folder}{target}") };
            let mounted = Mounted { kind: "bind".to_owned(), source: file.to_owned(), writable: false };
            mounts.insert(target, mounted);
        }
    }
    mounts
}

fn limits(service: &Value) -> Limits {
    let resources = &service["deploy"]["resources"];
    let memory = bytes(&resources["limits"]["memory"]).or_else(|| bytes(&service["mem_limit"]));
    let swap = text(&service["memswap_limit"]).parse::<i64>().ok().filter(|swap| *swap != 0);
    let cpus =
        resources["limits"]["cpus"].as_f64().or_else(|| text(&resources["limits"]["cpus"]).parse().ok());
    // Compose prints CPUs as a 32-bit float's shortest decimal.
    let nano_cpus = cpus.map(|cpus| (cpus * 1e9).round() as u64).filter(|nanos| *nanos > 0);
    let quota = || Cpus::of_quota(service["cpu_quota"].as_i64()?, service["cpu_period"].as_i64());
    let nano_cpus = nano_cpus.or_else(|| quota().map(|cpus| cpus.nanos));
    let double = || memory.and_then(|memory| i64::try_from(memory.saturating_mul(2)).ok());
    let options = object(&service["logging"]["options"]).map(|(name, value)| (name.clone(), text(value)));
    Limits {
        memory,
        memory_reservation: bytes(&resources["reservations"]["memory"]),
        // Without a setting, the engine allows as much swap as memory.
        memory_swap: swap.or_else(double),
        nano_cpus,
        pids: resources["limits"]["pids"].as_i64().filter(|pids| *pids > 0),
        restart: restart(service),
        log_driver: text(&service["logging"]["driver"]),
        log_options: options.collect(),
    }
}

fn restart(service: &Value) -> String {
    if let Some(policy) = service["restart"].as_str().filter(|policy| !policy.is_empty()) {
        return policy.trim_end_matches(":0").to_owned();
    }
    let policy = &service["deploy"]["restart_policy"];
    match (policy["condition"].as_str(), policy["max_attempts"].as_u64()) {
        (Some("any"), _) => "always".to_owned(),
        (Some("on-failure"), Some(attempts @ 1..)) => format!("on-failure:{attempts}"),
        (Some(condition), _) if condition != "none" => condition.to_owned(),
        _ => "no".to_owned(),
    }
}

fn joins(service: &Value) -> Vec<String> {
    let shared = ["network_mode", "ipc", "pid"].into_iter().filter_map(|key| {
        service[key].as_str().and_then(|mode| mode.strip_prefix("service:")).map(str::to_owned)
    });
    let from = list(&service["volumes_from"])
        .filter_map(Value::as_str)
        .filter(|text| !text.starts_with("container:"));
    let from = from.filter_map(|text| text.split(':').next()).map(str::to_owned);
    shared.chain(from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Compose 2.40.3 prints it.
    const CONFIG: &str = r#"{"name":"x","services":{"a":{
        "command":["sleep","$$T"],"entrypoint":null,"image":"debian:trixie-slim","environment":{"X":"1","N":null},
        "deploy":{"resources":{"limits":{"cpus":0.7,"memory":"68157440","pids":10},
            "reservations":{"cpus":0.1,"memory":"8388608"}},"placement":{}},
        "healthcheck":{"test":["CMD","true"],"interval":"1m30s","retries":3},
        "networks":{"default":null},"logging":{"driver":"json-file","options":{"max-size":"10m"}},
        "ports":[{"mode":"ingress","host_ip":"127.0.0.1","target":80,"published":"18345","protocol":"tcp"}],
        "restart":"unless-stopped","secrets":[{"source":"s"},{"source":"t","target":"/etc/t"}],
        "volumes":[{"type":"bind","source":"/p/d","target":"/d","read_only":true},
            {"type":"volume","source":"v","target":"/v","volume":{}},{"type":"volume","target":"/w","volume":{}}]},
      "b":{"image":"i","network_mode":"service:a","command":null,"deploy":{"replicas":2,"resources":{},"placement":{}}}},
     "networks":{"default":{"name":"x_default"}},"volumes":{"v":{"name":"x_v"}},
     "secrets":{"s":{"name":"x_s","file":"/p/s"},"t":{"name":"x_t","environment":"T"}}}"#;

    #[test]
    fn compose_is_understood() {
        let wanted = DesiredStack::parse(CONFIG, "a 12ab\nb 34cd\n").unwrap();
        let a = &wanted.services["a"];
        assert_eq!((a.hash.as_str(), a.replicas, a.environment.len()), ("12ab", 1, 1));
        assert_eq!(a.command.as_deref(), Some(&["sleep".to_owned(), "$T".to_owned()][..]));
        assert_eq!(a.limits.nano_cpus, Some(700_000_000));
        assert_eq!((a.limits.memory, a.limits.memory_swap), (Some(68_157_440), Some(136_314_880)));
        assert_eq!((a.networks[0].as_str(), a.ports[0].port), ("x_default", 18345));
        assert_eq!(a.healthcheck.as_ref().unwrap().interval, 90_000_000_000);
        let sources: Vec<(&str, &str, bool)> = a
            .mounts
            .iter()
            .map(|(target, mount)| (target.as_str(), mount.source.as_str(), mount.writable))
            .collect();
        assert_eq!(
            sources,
            [("/d", "/p/d", false), ("/run/secrets/s", "/p/s", false), ("/v", "x_v", true), ("/w", "", true)]
        );
        let b = &wanted.services["b"];
        assert_eq!((b.replicas, b.joins.as_slice(), b.command.as_ref()), (2, &["a".to_owned()][..], None));
        assert_eq!(b.limits.restart, "no");
    }

    #[test]
    fn what_is_not_compose_is_an_error() {
        assert!(matches!(DesiredStack::parse("x", ""), Err(DesiredError::Json(_))));
        assert!(matches!(DesiredStack::parse("{}", "a"), Err(DesiredError::Hash(_))));
    }
}
