//! The top-level tables: `volumes`, `networks`, `secrets`, `configs`.

use crate::{
    model::{
        Config, ConfigSource, Map, PathBase, Resource, Secret, SecretSource, Stack, Value, merge, secret_path,
    },
    render::paths,
};

/// Every declared table, empty ones left out, in the order in which they are written.
pub fn tables(base: PathBase, stack: &Stack) -> Vec<(&'static str, Map)> {
    let mut tables = vec![
        (
            "networks",
            stack
                .networks
                .iter()
                .map(|(name, network)| (name.clone(), resource(base, network, false)))
                .collect(),
        ),
        (
            "volumes",
            stack.volumes.iter().map(|(name, volume)| (name.clone(), resource(base, volume, true))).collect(),
        ),
        ("secrets", stack.secrets.iter().map(|(name, it)| (name.clone(), secret(base, name, it))).collect()),
        ("configs", stack.configs.iter().map(|(name, it)| (name.clone(), config(base, it))).collect::<Map>()),
    ];
    tables.retain(|(_, table)| !table.is_empty());
    tables
}

fn resource(base: PathBase, resource: &Resource, volume: bool) -> Value {
    let mut map = Map::new();
    if resource.external {
        map.insert("external".to_owned(), Value::Bool(true));
    }
    finish(base, map, resource.name.as_deref(), &resource.rest, volume)
}

fn secret(base: PathBase, name: &str, secret: &Secret) -> Value {
    let source = match &secret.source {
        SecretSource::Generated { .. } => file(base, &secret_path(name)),
        SecretSource::File(path) => file(base, path),
        SecretSource::Environment(variable) => ("environment", Value::from(variable.as_str())),
        SecretSource::External => ("external", Value::Bool(true)),
    };
    finish(base, Map::from([(source.0.to_owned(), source.1)]), secret.name.as_deref(), &secret.rest, false)
}

fn config(base: PathBase, config: &Config) -> Value {
    let source = match &config.source {
        ConfigSource::File(path) => file(base, path),
        ConfigSource::Content(text) => ("content", Value::from(text.as_str())),
        ConfigSource::Environment(variable) => ("environment", Value::from(variable.as_str())),
        ConfigSource::External => ("external", Value::Bool(true)),
    };
    finish(base, Map::from([(source.0.to_owned(), source.1)]), config.name.as_deref(), &config.rest, false)
}

fn file(base: PathBase, path: &str) -> (&'static str, Value) {
    ("file", Value::String(paths::relative(base, path).into_owned()))
}

fn finish(base: PathBase, mut map: Map, name: Option<&str>, rest: &Map, volume: bool) -> Value {
    map.extend(name.map(|name| ("name".to_owned(), Value::from(name))));
    let mut rest = rest.clone();
    if volume {
        paths::in_volume(base, &mut rest);
    }
    merge(&mut map, rest);
    Value::Map(map)
}
