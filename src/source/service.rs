//! `[services.NAME]` and `[defaults]`.

use indexmap::IndexMap;

use super::{
    build, command, compose_keys, depends, environment, grants, healthcheck, limits, logging, names,
    networks, passthrough, ports, profile,
    scalar::BAD_VALUE,
    table::{Item, Table},
    volumes,
};
use crate::model::{Service, variable};

/// The keys that are decoded into fields of their own.
pub(super) const KEYS: [&str; 32] = [
    "allow",
    "build",
    "command",
    "compose",
    "configs",
    "container_name",
    "depends_on",
    "entrypoint",
    "env_file",
    "environment",
    "files",
    "healthcheck",
    "image",
    "ipc",
    "limits",
    "links",
    "logging",
    "memswap_limit",
    "network_mode",
    "networks",
    "notes",
    "pid",
    "ports",
    "privileged",
    "profiles",
    "replicas",
    "reservations",
    "restart",
    "secrets",
    "tmpfs",
    "volumes",
    "volumes_from",
];

/// Whether a key means something in a service.
pub(super) fn is_known(key: &str) -> bool {
    KEYS.contains(&key) || compose_keys::shape(key).is_some() || compose_keys::instead(key).is_some()
}

/// Decode one service with its defaults beneath.
pub(super) fn decode(table: &Table<'_, '_>) -> Service {
    let mut service = Service::default();
    for item in table.items() {
        match item.key() {
            "image" => service.image = item.text().filter(|image| filled(&item, image)),
            "build" => service.build = build::decode(&item),
            "profiles" => service.profiles = profile::profile_names(&item),
            "container_name" => service.container_name = item.text().filter(|name| container(&item, name)),
            "limits" => service.limits = limits::limits(&item),
            "reservations" => service.reservations = limits::reservations(&item),
            "memswap_limit" => service.memswap_limit = limits::memswap_limit(&item),
            "replicas" => service.replicas = item.count(0),
            "restart" => service.restart = item.text(),
            "logging" => service.logging = logging::decode(&item),
            "healthcheck" => service.healthcheck = healthcheck::decode(&item),
            "depends_on" => service.depends_on = depends::decode(&item),
            "environment" => service.environment = environment::decode(&item),
            "env_file" => service.env_file = environment::env_file(&item),
            "command" => service.command = command::decode(&item),
            "entrypoint" => service.entrypoint = command::decode(&item),
            "ports" => service.ports = ports::decode(&item),
            "volumes" => service.volumes = volumes::decode(&item),
            "tmpfs" => service.tmpfs = item.text_or_texts().unwrap_or_default(),
            "networks" => service.networks = networks::decode(&item),
            "network_mode" => service.network_mode = item.text(),
            "ipc" => service.ipc = item.text(),
            "pid" => service.pid = item.text(),
            "links" => service.links = item.texts().unwrap_or_default(),
            "volumes_from" => service.volumes_from = item.texts().unwrap_or_default(),
            "secrets" => service.secrets = grants::decode(&item),
            "configs" => service.configs = grants::decode(&item),
            "files" => service.files = grants::files(&item),
            "privileged" => service.privileged = item.boolean().unwrap_or_default(),
            "notes" => service.notes = item.plain_text().map(str::to_owned),
            "allow" => service.allow = allow(&item),
            "compose" => service.compose = passthrough::decode(&item, table),
            key => rest(&item, key, &mut service),
        }
    }
    service
}

fn rest(item: &Item<'_, '_>, key: &str, service: &mut Service) {
    if let Some(shape) = compose_keys::shape(key) {
        if let Some(value) = compose_keys::shaped(item, shape) {
            service.rest.insert(key.to_owned(), value);
        }
    } else if let Some((code, help)) = compose_keys::instead(key) {
        item.report(|| {
            let message = if code == &compose_keys::OWNED_KEY {
                format!("`{key}` is written differently in stack.toml")
            } else {
                format!("`{key}` is not supported")
            };
            item.key_error(code, message).label("Compose's key").help(help)
        });
    } else {
        item.unknown(KEYS.into_iter().chain(compose_keys::REST.iter().map(|(key, _)| *key)));
    }
}

fn filled(item: &Item<'_, '_>, text: &str) -> bool {
    let filled = !text.trim().is_empty();
    if !filled {
        item.report(|| {
            item.error(&BAD_VALUE, format!("{} is empty", item.path()))
                .label("empty")
                .help("write the image, such as \"postgres:17-alpine\", or remove the key")
        });
    }
    filled
}

fn container(item: &Item<'_, '_>, name: &str) -> bool {
    variable::has_variable(name) || item.names(name, names::CONTAINER)
}

/// Decode `allow`: warnings to acknowledge, each with a reason.
pub(super) fn allow(item: &Item<'_, '_>) -> IndexMap<String, String> {
    let mut allowed = IndexMap::new();
    let Some(table) = item.table() else { return allowed };
    for item in table.items() {
        let Some(reason) = item.plain_text() else { continue };
        if reason.trim().is_empty() {
            item.report(|| {
                item.error(&BAD_VALUE, format!("{} gives no reason", item.path()))
                    .label("empty")
                    .help("write why the warning is fine here")
            });
        } else {
            allowed.insert(item.key().to_owned(), reason.to_owned());
        }
    }
    allowed
}
