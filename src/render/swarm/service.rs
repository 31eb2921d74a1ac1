//! One service of a stack file.

use super::{mounts, names::BASE, networks, ports, variables};
use crate::{
    model::{
        Command, EnvFile, EnvFileSource, Grant, Healthcheck, Logging, Map, Service, Stack, Value, secret_path,
    },
    render::{
        image::Image,
        loss::Losses,
        paths, resources,
        service_keys::{self, command, environment, healthcheck, logging},
        tree::{map, some, text},
    },
};

/// Keys with the same meaning in Swarm and Compose.
const HELD: [&str; 18] = [
    "cap_add",
    "cap_drop",
    "credential_spec",
    "dns",
    "dns_search",
    "extra_hosts",
    "hostname",
    "init",
    "isolation",
    "labels",
    "read_only",
    "stdin_open",
    "stop_grace_period",
    "stop_signal",
    "sysctls",
    "tty",
    "ulimits",
    "user",
];
/// Keys that can be left out without effect: `expose` publishes nothing, `pull_policy` and `attach` concern only Compose,
/// `shm_size` becomes a mount.
const WITHOUT_EFFECT: [&str; 5] = ["attach", "develop", "expose", "pull_policy", "shm_size"];
/// Keys of `deploy` that `docker stack` knows, beside those that stackctl writes.
const DEPLOY: [&str; 7] =
    ["mode", "labels", "update_config", "rollback_config", "placement", "endpoint_mode", "restart_policy"];

/// Keys of tables that hold names chosen by a user.
const NAMED: [&str; 5] = ["environment", "extra_hosts", "labels", "networks", "sysctls"];

const NO_KEY: &str = "`docker stack deploy` ignores or refuses the key";
const ORDER: &str = "Swarm starts services in no particular order; each must wait for its dependencies or tolerate their absence";
const NAME: &str = "Swarm names the containers of its tasks";
const SWAP: &str = "Swarm does not limit swap: a container may use as much again as its memory limit";
const LOCAL_IMAGE: &str = "an image of this machine only; nodes without it reject the task (push it to a registry, or load it there)";
const IMAGES_OWN: &str = "Swarm cannot clear the value of the image";
const NUMBER: &str =
    "`docker stack` takes no variable here; the value that .env or the default gives is written";
const BUILT: &str = "`docker stack deploy` does not build; the image must exist";

/// The parts of the stack that a service depends on.
#[derive(Debug)]
pub struct ServiceContext<'a> {
    pub stack: &'a Stack,
    pub image: &'a Image<'a>,
    /// Top-level secrets and configs that the file holds.
    pub secrets: &'a Map,
    pub configs: &'a Map,
    /// Grants of its side files.
    pub files: &'a [Value],
    pub publish_all: bool,
}

/// The keys of a service with its overlays applied.
pub fn keys(name: &str, service: &Service, context: &ServiceContext<'_>, losses: &mut Losses) -> Map {
    let mut map = Map::new();
    let mut set = |key: &str, value: Option<Value>| {
        map.extend(value.map(|value| (key.to_owned(), value)));
    };
    set("image", Some(Value::String(image(name, service, context, losses))));
    for (key, words) in [("entrypoint", &service.entrypoint), ("command", &service.command)] {
        set(key, words.as_ref().map(command));
        if matches!(words, Some(Command::Exec(words)) if words.is_empty()) {
            losses.add(Some(name), format!("{key} = []"), IMAGES_OWN);
        }
    }
    set("environment", environment(&service.environment));
    set("env_file", env_files(name, service, losses));
    set("ports", ports::of(name, service, context.publish_all, losses));
    set("volumes", mounts::of(name, service, &context.stack.volumes, losses));
    set("networks", networks::of(name, service, losses));
    let known = |table: &Map, source: &str| table.contains_key(source);
    let secrets = service.secrets.iter().filter(|it| known(context.secrets, &it.source));
    set("secrets", some(secrets.map(grant).collect()));
    let configs = service.configs.iter().filter(|it| known(context.configs, &it.source)).map(grant);
    set("configs", some(configs.chain(context.files.iter().cloned()).collect()));
    let check = service.healthcheck.as_ref().map(|it| Healthcheck { rest: Map::new(), ..it.clone() });
    set("healthcheck", check.as_ref().and_then(|check| healthcheck(check, &service.variables)));
    set("logging", logging(&Logging { rest: Map::new(), ..service.logging.clone() }, &service.variables));
    let mut rest = service.rest.clone();
    rest.extend(service.compose.clone());
    paths::in_service(BASE, &mut rest);
    let deploy = deploy(name, service, rest.shift_remove("deploy"), losses);
    set("deploy", Some(Value::Map(deploy)));
    for (key, value) in rest {
        if HELD.contains(&key.as_str()) || key == "working_dir" {
            set(&key, Some(value));
        } else if !WITHOUT_EFFECT.contains(&key.as_str()) && !key.starts_with("x-") {
            losses.add(Some(name), key, NO_KEY);
        }
    }
    note_unsupported(name, service, losses);
    // `docker stack` takes extension keys at the top of a file and of a service only.
    map.iter_mut().filter(|(key, _)| !NAMED.contains(&key.as_str())).for_each(|(_, value)| strip(value));
    map.values_mut().for_each(|value| variables::adapt(value, Some(name), losses));
    map.sort_by_cached_key(|key, _| service_keys::place(key));
    map
}

/// Remove the extension keys of a table and of those below it.
fn strip(value: &mut Value) {
    match value {
        Value::Map(map) => {
            map.retain(|key, _| !key.starts_with("x-"));
            map.iter_mut()
                .filter(|(key, _)| !NAMED.contains(&key.as_str()))
                .for_each(|(_, value)| strip(value));
        }
        Value::List(list) => list.iter_mut().for_each(strip),
        _ => {}
    }
}

/// Note what is kept for Compose in a table that `docker stack` knows.
fn note_kept(name: &str, table: &str, kept: &Map, losses: &mut Losses) {
    for key in kept.keys().filter(|key| !key.starts_with("x-")) {
        losses.add(Some(name), format!("{table}.{key}"), NO_KEY);
    }
}

/// Note the typed keys that a stack file does not support.
fn note_unsupported(name: &str, service: &Service, losses: &mut Losses) {
    let gone = [
        ("links", !service.links.is_empty()),
        ("volumes_from", !service.volumes_from.is_empty()),
        ("network_mode", service.network_mode.is_some()),
        ("ipc", service.ipc.is_some()),
        ("pid", service.pid.is_some()),
        ("privileged", service.privileged),
        ("models", !service.models.is_empty()),
    ];
    for (key, _) in gone.into_iter().filter(|(_, used)| *used) {
        losses.add(Some(name), key, NO_KEY);
    }
    if let Some(check) = &service.healthcheck {
        note_kept(name, "healthcheck", &check.rest, losses);
    }
    note_kept(name, "logging", &service.logging.rest, losses);
    for grant in service.secrets.iter().chain(&service.configs) {
        note_kept(name, &grant.source, &grant.rest, losses);
    }
    if !service.depends_on.is_empty() {
        losses.add(Some(name), "depends_on", ORDER);
    }
    if service.container_name.is_some() {
        losses.add(Some(name), "container_name", NAME);
    }
    if service.memswap_limit.is_some() {
        losses.add(Some(name), "memswap_limit", SWAP);
    }
}

fn image(name: &str, service: &Service, context: &ServiceContext<'_>, losses: &mut Losses) -> String {
    if service.is_stackctl() {
        losses.add(Some(name), format!("image {}", context.image.name), LOCAL_IMAGE);
        return context.image.name.clone();
    }
    if service.build.is_some() {
        losses.add(Some(name), "build", BUILT);
    }
    // Compose's own name for an image that it builds.
    service.image.clone().unwrap_or_else(|| format!("{}-{name}", context.stack.name))
}

fn env_files(name: &str, service: &Service, losses: &mut Losses) -> Option<Value> {
    let mut list = Vec::new();
    for EnvFile { source, required, format, rest: _ } in &service.env_file {
        let path = match source {
            EnvFileSource::Path(path) => paths::relative(BASE, path),
            EnvFileSource::Secret(secret) => paths::relative(BASE, &secret_path(secret)).into_owned().into(),
        };
        if format.is_some() {
            losses.add(
                Some(name),
                format!("env_file {path}: format"),
                "`docker stack` reads one format of env files",
            );
        }
        if !required {
            let why = "must exist, since `docker stack` has no optional env files";
            losses.add(Some(name), format!("env_file {path}"), why);
        }
        list.push(Value::String(path.into_owned()));
    }
    some(list)
}

/// A granted secret or config: `mode` is a number here, where Compose wants a text.
fn grant(grant: &Grant) -> Value {
    let mut value = service_keys::grant(&Grant { rest: Map::new(), ..grant.clone() });
    if let (Value::Map(map), Some(mode)) = (&mut value, grant.mode) {
        map.insert("mode".to_owned(), Value::Int(mode.into()));
    }
    value
}

/// Limits, reservations (which decide where a task may run), replicas and the restart policy.
fn deploy(name: &str, service: &Service, own: Option<Value>, losses: &mut Losses) -> Map {
    let mut deploy = Map::new();
    if let Some(Value::Map(own)) = own {
        for (key, value) in own {
            if DEPLOY.contains(&key.as_str()) {
                deploy.insert(key, value);
            } else if let ("resources", Value::Map(kept)) = (key.as_str(), &value) {
                note_kept(name, "deploy.resources", kept, losses);
            } else if !key.starts_with("x-") {
                losses.add(Some(name), format!("deploy.{key}"), NO_KEY);
            }
        }
    }
    let mut texts = service.variables.clone();
    if texts.get(&["limits", "pids"]).is_some() {
        losses.add(Some(name), "limits.pids: its variable", NUMBER);
        texts.retain(|path| path != ["limits", "pids"]);
    }
    let resources = generic_resources(name, &service.resources, losses);
    let ours =
        resources::deploy(&service.limits, &service.reservations, &resources, service.replicas, &texts);
    deploy.extend(ours.into_iter().flatten());
    let policy = Value::Map(restart_policy(service.restart.as_deref().unwrap_or("no")));
    deploy.entry("restart_policy".to_owned()).or_insert(policy);
    let first = ["mode", "replicas", "resources", "restart_policy"];
    deploy.sort_by_cached_key(|key, _| first.iter().position(|known| known == key).unwrap_or(first.len()));
    deploy
}

/// What `docker stack` knows of what else `limits` and `reservations` hold: the generic resources of a node.
fn generic_resources(name: &str, kept: &Map, losses: &mut Losses) -> Map {
    let mut known = Map::new();
    for (table, of) in kept {
        let mut of = of.as_map().cloned().unwrap_or_default();
        let generic = of.shift_remove("generic_resources").filter(|_| table == "reservations");
        note_kept(name, table, &of, losses);
        known.extend(
            generic.map(|generic| (table.clone(), Value::Map(map([("generic_resources", Some(generic))])))),
        );
    }
    known
}

/// Compose's `restart` as Swarm's policy; without one a container is not restarted; Swarm's own default is `any`.
fn restart_policy(restart: &str) -> Map {
    let (condition, attempts) = match restart.split_once(':').unwrap_or((restart, "")) {
        ("on-failure", attempts) => ("on-failure", attempts.parse::<i64>().ok()),
        ("always" | "unless-stopped", _) => ("any", None),
        _ => ("none", None),
    };
    map([("condition", text(Some(condition))), ("max_attempts", attempts.map(Value::Int))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn restart_becomes_a_policy() {
        let policy = |text: &str| {
            let map = restart_policy(text);
            (map["condition"].as_str().unwrap().to_owned(), map.get("max_attempts").cloned())
        };
        assert_eq!(policy("no"), ("none".to_owned(), None));
        assert_eq!(policy("always").0, "any");
        assert_eq!(policy("unless-stopped").0, "any");
        assert_eq!(policy("on-failure"), ("on-failure".to_owned(), None));
        assert_eq!(policy("on-failure:3"), ("on-failure".to_owned(), Some(Value::Int(3))));
    }
}
