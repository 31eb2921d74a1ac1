//! The top-level tables: `volumes`, `networks`, `secrets`, `configs`.

use super::{paths, project::merge};
use crate::model::{Config, ConfigSource, Map, Resource, Secret, SecretSource, Stack, Value, secret_path};

/// Every declared table, empty ones left out, in the order in which they are written.
pub fn tables(stack: &Stack) -> Vec<(&'static str, Map)> {
    let mut tables = vec![
        (
            "networks",
            stack.networks.iter().map(|(name, network)| (name.clone(), resource(network, false))).collect(),
        ),
        (
            "volumes",
            stack.volumes.iter().map(|(name, volume)| (name.clone(), resource(volume, true))).collect(),
        ),
        ("secrets", stack.secrets.iter().map(|(name, it)| (name.clone(), secret(name, it))).collect()),
        ("configs", stack.configs.iter().map(|(name, it)| (name.clone(), config(it))).collect::<Map>()),
    ];
    tables.retain(|(_, table)| !table.is_empty());
    tables
}

fn resource(resource: &Resource, volume: bool) -> Value {
    let mut map = Map::new();
    if resource.external {
        map.insert("external".to_owned(), Value::Bool(true));
    }
    finish(map, resource.name.as_deref(), &resource.rest, volume)
}

fn secret(name: &str, secret: &Secret) -> Value {
    let source = match &secret.source {
        SecretSource::Generated { .. } => file(&secret_path(name)),
        SecretSource::File(path) => file(path),
        SecretSource::Environment(variable) => ("environment", Value::from(variable.as_str())),
        SecretSource::External => ("external", Value::Bool(true)),
    };
    finish(Map::from([(source.0.to_owned(), source.1)]), secret.name.as_deref(), &secret.rest, false)
}

fn config(config: &Config) -> Value {
    let source = match &config.source {
        ConfigSource::File(path) => file(path),
        ConfigSource::Content(text) => ("content", Value::from(text.as_str())),
        ConfigSource::Environment(variable) => ("environment", Value::from(variable.as_str())),
        ConfigSource::External => ("external", Value::Bool(true)),
    };
    finish(Map::from([(source.0.to_owned(), source.1)]), config.name.as_deref(), &config.rest, false)
}

fn file(path: &str) -> (&'static str, Value) {
    ("file", Value::String(paths::from_generated(path).into_owned()))
}

fn finish(mut map: Map, name: Option<&str>, rest: &Map, volume: bool) -> Value {
    map.extend(name.map(|name| ("name".to_owned(), Value::from(name))));
    let mut rest = rest.clone();
    if volume {
        paths::in_volume(&mut rest);
    }
    merge(&mut map, rest);
    Value::Map(map)
}
