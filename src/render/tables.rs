//! Tables at the top of a file: volumes, secrets, configs.

use super::paths;
use crate::model::{
    Config, ConfigSource, Map, PathBase, Resource, Secret, SecretSource, Value, merge, secret_path,
};

/// A volume, its device moved.
pub fn volume(base: PathBase, volume: &Resource) -> Value {
    let mut rest = volume.rest.clone();
    paths::in_volume(base, &mut rest);
    entry(external(volume), volume.name.as_deref(), rest)
}

/// A network as it is declared.
pub fn network(network: &Resource) -> Value {
    entry(external(network), network.name.as_deref(), network.rest.clone())
}

/// A secret called `name`.
pub fn secret(base: PathBase, name: &str, secret: &Secret) -> Value {
    let source = match &secret.source {
        SecretSource::Generated { .. } => file(base, &secret_path(name)),
        SecretSource::File(path) => file(base, path),
        SecretSource::Environment(variable) => ("environment", Value::from(variable.as_str())),
        SecretSource::External => EXTERNAL,
    };
    entry(Some(source), secret.name.as_deref(), secret.rest.clone())
}

/// A config.
pub fn config(base: PathBase, config: &Config) -> Value {
    let source = match &config.source {
        ConfigSource::File(path) => file(base, path),
        ConfigSource::Content(text) => ("content", Value::from(text.as_str())),
        ConfigSource::Environment(variable) => ("environment", Value::from(variable.as_str())),
        ConfigSource::External => EXTERNAL,
    };
    entry(Some(source), config.name.as_deref(), config.rest.clone())
}

const EXTERNAL: (&str, Value) = ("external", Value::Bool(true));

fn external(resource: &Resource) -> Option<(&'static str, Value)> {
    resource.external.then_some(EXTERNAL)
}

fn file(base: PathBase, path: &str) -> (&'static str, Value) {
    ("file", Value::String(paths::relative(base, path).into_owned()))
}

fn entry(source: Option<(&str, Value)>, name: Option<&str>, rest: Map) -> Value {
    let mut map = Map::new();
    let keys = source.into_iter().chain(name.map(|name| ("name", Value::from(name))));
    map.extend(keys.map(|(key, value)| (key.to_owned(), value)));
    merge(&mut map, rest);
    Value::Map(map)
}
