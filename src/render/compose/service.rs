//! One service as Compose keys.

use super::mounts;
use crate::{
    model::{Build, Dependency, EnvFile, EnvFileSource, Map, PathBase, Service, Value, merge, secret_path},
    render::{
        image::Image,
        keys::{command, grant, healthcheck, logging, place, some, table, texts, variable},
        paths, resources,
    },
    resolve::Profiles,
};

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

/// A dependency with all its keys, so that Compose's deep merge of an override replaces the whole entry.
pub fn whole_dependency(dependency: Dependency) -> Value {
    Value::Map(Map::from([
        ("condition".to_owned(), Value::from(dependency.condition.compose_name())),
        ("required".to_owned(), Value::Bool(dependency.required)),
        ("restart".to_owned(), Value::Bool(dependency.restart)),
    ]))
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

fn short_dependency(of: Dependency) -> Value {
    let Value::Map(mut map) = whole_dependency(of) else { return Value::Null };
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
