//! One service as Compose keys.

use super::{image::Image, mounts, paths, project::merge, resources};
use crate::{
    model::{
        Build, Command, Dependency, EnvFile, EnvFileSource, Grant, Healthcheck, Logging, Map, PathBase,
        Service, Value, secret_path,
    },
    resolve::Profiles,
};

/// The order in which keys are written: what it is, how it runs, what it talks to, what bounds it. Keys that are not named
/// here follow in the order of stack.toml.
const ORDER: [&str; 40] = [
    "image",
    "build",
    "pull_policy",
    "platform",
    "container_name",
    "hostname",
    "profiles",
    "user",
    "entrypoint",
    "command",
    "working_dir",
    "init",
    "depends_on",
    "links",
    "environment",
    "env_file",
    "ports",
    "expose",
    "volumes",
    "volumes_from",
    "tmpfs",
    "network_mode",
    "networks",
    "secrets",
    "configs",
    "healthcheck",
    "deploy",
    "mem_limit",
    "memswap_limit",
    "restart",
    "stop_signal",
    "stop_grace_period",
    "logging",
    "read_only",
    "privileged",
    "cap_add",
    "cap_drop",
    "security_opt",
    "ipc",
    "pid",
];

/// More keys than most services have.
const USUAL: usize = 24;

/// The label that holds the fingerprint of a service's side files. Compose compares labels and not the text behind a bind
/// mount: without it, a container would go on with the file of yesterday.
const FILES_LABEL: &str = "stackctl.files";

/// The Compose keys of a service, before any overlay; `files` is the fingerprint of its side files.
pub fn keys(
    base: PathBase,
    profiles: &Profiles<'_>,
    image: &Image<'_>,
    name: &str,
    service: &Service,
    files: Option<&str>,
) -> Map {
    let mut map = Map::with_capacity(USUAL);
    if service.is_stackctl() {
        map = image.keys(base, name);
    } else if let Some(image) = &service.image {
        map.insert("image".to_owned(), Value::from(image.as_str()));
    }
    let mut set = |key: &str, value: Option<Value>| {
        map.extend(value.map(|value| (key.to_owned(), value)));
    };
    set("build", service.build.as_ref().map(|it| build(base, it)));
    set("container_name", service.container_name.as_deref().map(Value::from));
    set("profiles", some(texts(profiles.rendered(service))));
    set("entrypoint", service.entrypoint.as_ref().map(command));
    set("command", service.command.as_ref().map(command));
    set(
        "depends_on",
        table(service.depends_on.iter().map(|(on, dependency)| (on, short_dependency(*dependency)))),
    );
    set("links", some(texts(&service.links)));
    set(
        "environment",
        table(service.environment.iter().map(|(key, value)| (key, variable(value.as_deref())))),
    );
    set("env_file", some(service.env_file.iter().map(|it| env_file(base, it)).collect()));
    set("ports", some(service.ports.iter().map(|port| Value::String(port.to_string())).collect()));
    set("volumes", some(mounts::of(base, name, service)));
    set("volumes_from", some(texts(&service.volumes_from)));
    set("tmpfs", some(texts(&service.tmpfs)));
    set("network_mode", service.network_mode.as_deref().map(Value::from));
    set("networks", networks(service));
    set("secrets", some(service.secrets.iter().map(grant).collect()));
    set("configs", some(service.configs.iter().map(grant).collect()));
    set("healthcheck", service.healthcheck.as_ref().map(healthcheck));
    set(
        "deploy",
        resources::deploy(&service.limits, &service.reservations, service.replicas).map(Value::Map),
    );
    resources::swap(service).into_iter().for_each(|(key, value)| set(key, Some(value)));
    set("restart", service.restart.as_deref().map(Value::from));
    set("logging", logging(&service.logging));
    set("privileged", service.privileged.then_some(Value::Bool(true)));
    set("ipc", service.ipc.as_deref().map(Value::from));
    set("pid", service.pid.as_deref().map(Value::from));

    for other in [&service.rest, &service.compose] {
        let mut other = other.clone();
        paths::in_service(base, &mut other);
        merge(&mut map, other);
    }
    if let Some(fingerprint) = files {
        label(&mut map, fingerprint);
    }
    map.sort_by_cached_key(|key, _| place(key));
    map
}

/// Where a key is written among the others.
pub fn place(key: &str) -> usize {
    ORDER.iter().position(|known| *known == key).unwrap_or(ORDER.len())
}

/// `command`, `entrypoint` or a test.
pub fn command(command: &Command) -> Value {
    match command {
        Command::Shell(text) => Value::from(text.as_str()),
        Command::Exec(arguments) => Value::List(texts(arguments)),
    }
}

/// A dependency with all its keys, so that Compose's deep merge of an override replaces the whole entry.
pub fn dependency(dependency: Dependency) -> Value {
    Value::Map(Map::from([
        ("condition".to_owned(), Value::from(dependency.condition.compose_name())),
        ("required".to_owned(), Value::Bool(dependency.required)),
        ("restart".to_owned(), Value::Bool(dependency.restart)),
    ]))
}

/// A variable of `environment`: null takes the caller's value.
pub fn variable(value: Option<&str>) -> Value {
    value.map_or(Value::Null, Value::from)
}

/// A table, or nothing where it would be empty.
pub fn table<'a>(entries: impl Iterator<Item = (&'a String, Value)>) -> Option<Value> {
    let map: Map = entries.map(|(key, value)| (key.clone(), value)).collect();
    (!map.is_empty()).then_some(Value::Map(map))
}

fn label(map: &mut Map, fingerprint: &str) {
    match map.entry("labels".to_owned()).or_insert_with(|| Value::Map(Map::new())) {
        Value::List(labels) => labels.push(Value::String(format!("{FILES_LABEL}={fingerprint}"))),
        Value::Map(labels) => {
            labels.insert(FILES_LABEL.to_owned(), Value::from(fingerprint));
        }
        _ => {}
    }
}

/// A list, or nothing where it would be empty.
pub fn some(list: Vec<Value>) -> Option<Value> {
    (!list.is_empty()).then_some(Value::List(list))
}

/// Texts as values.
pub fn texts(items: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<Value> {
    items.into_iter().map(|item| Value::from(item.as_ref())).collect()
}

fn short_dependency(of: Dependency) -> Value {
    let Value::Map(mut map) = dependency(of) else { return Value::Null };
    map.retain(|key, _| match key.as_str() {
        "required" => !of.required,
        "restart" => of.restart,
        _ => true,
    });
    Value::Map(map)
}

fn build(base: PathBase, build: &Build) -> Value {
    let mut map =
        Map::from([("context".to_owned(), Value::String(paths::context(base, &build.context).into_owned()))]);
    for (key, text) in [("dockerfile", &build.dockerfile), ("dockerfile_inline", &build.dockerfile_inline)] {
        map.extend(text.as_deref().map(|text| (key.to_owned(), Value::from(text))));
    }
    let mut rest = build.rest.clone();
    paths::in_build(base, &mut rest);
    merge(&mut map, rest);
    Value::Map(map)
}

fn env_file(base: PathBase, file: &EnvFile) -> Value {
    // `docker compose config` reads env files, and a generated one does not exist before `up` or `secrets init`.
    let (path, required) = match &file.source {
        EnvFileSource::Path(path) => (paths::relative(base, path).into_owned(), file.required),
        EnvFileSource::Secret(name) => (paths::relative(base, &secret_path(name)).into_owned(), false),
    };
    if required && file.format.is_none() {
        return Value::String(path);
    }
    let mut map =
        Map::from([("path".to_owned(), Value::String(path)), ("required".to_owned(), Value::Bool(required))]);
    map.extend(file.format.as_deref().map(|format| ("format".to_owned(), Value::from(format))));
    Value::Map(map)
}

fn networks(service: &Service) -> Option<Value> {
    if service.networks.values().all(|attachment| *attachment == Value::Null) {
        return some(texts(service.networks.keys()));
    }
    table(service.networks.iter().map(|(name, attachment)| (name, attachment.clone())))
}

/// One entry of `secrets` or `configs`.
pub fn grant(grant: &Grant) -> Value {
    let extras = [("target", &grant.target), ("uid", &grant.uid), ("gid", &grant.gid)];
    let mut map = Map::from([("source".to_owned(), Value::from(grant.source.as_str()))]);
    for (key, text) in extras {
        map.extend(text.as_deref().map(|text| (key.to_owned(), Value::from(text))));
    }
    // A text: YAML 1.1 and 1.2 write octal numbers differently, Compose reads the digits of a text as octal.
    map.extend(grant.mode.map(|mode| ("mode".to_owned(), Value::String(format!("{mode:04o}")))));
    if map.len() == 1 { Value::from(grant.source.as_str()) } else { Value::Map(map) }
}

/// `healthcheck`.
pub fn healthcheck(check: &Healthcheck) -> Value {
    let mut map = Map::with_capacity(6);
    if check.disable {
        map.insert("disable".to_owned(), Value::Bool(true));
        return Value::Map(map);
    }
    map.extend(check.test.as_ref().map(|test| ("test".to_owned(), command(test))));
    let duration = |map: &mut Map, key: &str, text: Option<&String>| {
        map.extend(text.map(|text| (key.to_owned(), Value::from(text.as_str()))));
    };
    duration(&mut map, "interval", check.interval.as_ref().map(|written| &written.text));
    duration(&mut map, "timeout", check.timeout.as_ref().map(|written| &written.text));
    map.extend(check.retries.map(|retries| ("retries".to_owned(), Value::Int(retries.into()))));
    duration(&mut map, "start_period", check.start_period.as_ref().map(|written| &written.text));
    duration(&mut map, "start_interval", check.start_interval.as_ref().map(|written| &written.text));
    Value::Map(map)
}

/// `logging`.
pub fn logging(logging: &Logging) -> Option<Value> {
    let mut options = Map::with_capacity(2 + logging.options.len());
    // Docker's lower-case form, as its documentation writes log sizes.
    options.extend(
        logging.max_size.map(|size| ("max-size".to_owned(), Value::String(size.exact().to_lowercase()))),
    );
    options.extend(logging.max_file.map(|count| ("max-file".to_owned(), Value::String(count.to_string()))));
    options.extend(logging.options.iter().map(|(key, value)| (key.clone(), Value::from(value.as_str()))));
    let mut map = Map::new();
    map.extend(logging.driver.as_deref().map(|driver| ("driver".to_owned(), Value::from(driver))));
    if !options.is_empty() {
        map.insert("options".to_owned(), Value::Map(options));
    }
    (!map.is_empty()).then_some(Value::Map(map))
}
