//! One service as Compose keys.

use indexmap::IndexMap;

use super::{mounts, ports};
use crate::{
    model::{
        Build, Dependency, EnvFile, EnvFileSource, Map, PathBase, Service, Value, VariableTexts, merge,
        secret_path,
    },
    render::{
        image::Image,
        paths, resources,
        service_keys::{command, environment, grant, healthcheck, logging, place, table},
        tree::{flag, map, some, text, texts, with},
    },
    resolve::Profiles,
};

/// More keys than most services have.
const USUAL: usize = 24;

/// The label that holds the fingerprint of a service's side files. Compose compares labels and not the text behind a bind
/// mount: without it, a container would keep using the old file.
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
    let mut keys = Map::with_capacity(USUAL);
    if service.is_stackctl() {
        keys = image.keys(base, name);
    } else if let Some(image) = &service.image {
        keys.insert("image".to_owned(), Value::from(image.as_str()));
    }
    let mut set = |key: &str, value: Option<Value>| {
        keys.extend(value.map(|value| (key.to_owned(), value)));
    };
    set("build", service.build.as_ref().map(|it| build(base, it)));
    set("container_name", text(service.container_name.as_deref()));
    set("profiles", some(texts(profiles.rendered(service))));
    set("entrypoint", service.entrypoint.as_ref().map(command));
    set("command", service.command.as_ref().map(command));
    set("depends_on", dependencies(&service.depends_on, &service.variables, false));
    set("links", some(texts(&service.links)));
    set("environment", environment(&service.environment));
    set("env_file", some(service.env_file.iter().map(|it| env_file(base, it)).collect()));
    set("ports", some(service.ports.iter().map(ports::of).collect()));
    set("volumes", some(mounts::of(base, name, service)));
    set("volumes_from", some(texts(&service.volumes_from)));
    set("tmpfs", some(texts(&service.tmpfs)));
    set("network_mode", text(service.network_mode.as_deref()));
    set("networks", attached(&service.networks));
    set("models", attached(&service.models));
    set("secrets", some(service.secrets.iter().map(grant).collect()));
    set("configs", some(service.configs.iter().map(grant).collect()));
    set("healthcheck", service.healthcheck.as_ref().and_then(|check| healthcheck(check, &service.variables)));
    let limits = resources::without_quota(service);
    let (reservations, texts) = (&service.reservations, &service.variables);
    let deploy = resources::deploy(&limits, reservations, &service.resources, service.replicas, texts);
    set("deploy", deploy.map(Value::Map));
    resources::quota(service).into_iter().for_each(|(key, value)| set(key, value));
    resources::swap(service).into_iter().for_each(|(key, value)| set(key, Some(value)));
    set("restart", text(service.restart.as_deref()));
    set("logging", logging(&service.logging, &service.variables));
    set("privileged", text(service.variables.get(&["privileged"])).or(flag(service.privileged)));
    set("ipc", text(service.ipc.as_deref()));
    set("pid", text(service.pid.as_deref()));

    for other in [&service.rest, &service.compose] {
        let mut other = other.clone();
        paths::in_service(base, &mut other);
        merge(&mut keys, other);
    }
    if let Some(fingerprint) = files {
        label(&mut keys, fingerprint);
    }
    keys.sort_by_cached_key(|key, _| place(key));
    keys
}

/// `depends_on`. Names with variables stand in a list, where Compose interpolates them: all of them are those of a list, and
/// mean that the other service was started.
pub fn dependencies(all: &IndexMap<String, Dependency>, texts: &VariableTexts, whole: bool) -> Option<Value> {
    let text = |name: &str| texts.get(&["depends_on", name]);
    if all.keys().any(|name| text(name).is_some()) {
        return some(all.keys().map(|name| Value::from(text(name).unwrap_or(name))).collect());
    }
    table(all.iter().map(|(on, it)| (on, dependency(it, whole))))
}

/// A dependency without the keys that are Compose's defaults, or `whole`.
fn dependency(of: &Dependency, whole: bool) -> Value {
    with(
        map([
            ("condition", text(Some(of.condition.compose_name()))),
            ("required", (whole || !of.required).then_some(Value::Bool(of.required))),
            ("restart", (whole || of.restart).then_some(Value::Bool(of.restart))),
        ]),
        &of.rest,
    )
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

fn build(base: PathBase, build: &Build) -> Value {
    let mut map = map([
        ("context", text(Some(&paths::context(base, &build.context)))),
        ("dockerfile", text(build.dockerfile.as_deref())),
        ("dockerfile_inline", text(build.dockerfile_inline.as_deref())),
    ]);
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
    if required && file.format.is_none() && file.rest.is_empty() {
        return Value::String(path);
    }
    with(
        map([
            ("path", Some(Value::String(path))),
            ("required", Some(Value::Bool(required))),
            ("format", text(file.format.as_deref())),
        ]),
        &file.rest,
    )
}

/// Networks or models: their names, or a table where one has options.
fn attached(to: &IndexMap<String, Value>) -> Option<Value> {
    if to.values().all(|attachment| *attachment == Value::Null) {
        return some(texts(to.keys()));
    }
    table(to.iter().map(|(name, attachment)| (name, attachment.clone())))
}
