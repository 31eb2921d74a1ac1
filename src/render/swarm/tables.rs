//! Top-level volumes, secrets and configs of a stack file, and the configs that carry side files.

use std::collections::HashSet;

use indexmap::IndexMap;
use sha2::{Digest, Sha256};

use super::names::BASE;
use crate::{
    model::{ConfigSource, Map, SecretSource, Service, Stack, Value},
    render::{
        loss::Losses,
        output::GeneratedFile,
        paths, sidefile, tables,
        tree::{map, text},
    },
    text::hex,
};

const SOURCE: &str = "`docker stack` supports only `file` and `external`; the containers will not have it";
/// The longest name of a config that Swarm takes.
const LONGEST: usize = 64;

const DEVICE: &str = "a relative path that Swarm passes to the node as it is";

/// The named volumes of these services, as declared.
pub fn volumes<'a>(stack: &Stack, services: impl Iterator<Item = &'a Service>, losses: &mut Losses) -> Map {
    let mut map = Map::new();
    for name in services.flat_map(Service::named_volumes) {
        if let Some(volume) = stack.volumes.get(name) {
            map.entry(name.to_owned()).or_insert_with(|| {
                let is_relative = volume.option("device").is_some_and(|path| !path.starts_with('/'));
                if volume.option("o") == Some("bind") && is_relative {
                    losses.add(None, format!("volume {name}: device"), DEVICE);
                }
                tables::volume(BASE, volume)
            });
        }
    }
    map
}

/// The secrets that these services are granted.
pub fn secrets<'a>(stack: &Stack, services: impl Iterator<Item = &'a Service>, losses: &mut Losses) -> Map {
    let mut map = Map::new();
    for name in services.flat_map(|service| &service.secrets).map(|grant| &grant.source) {
        let Some(secret) = stack.secrets.get(name).filter(|_| !map.contains_key(name)) else { continue };
        if matches!(secret.source, SecretSource::Environment(_)) {
            losses.add(None, format!("secret {name}"), SOURCE);
        } else {
            map.insert(name.clone(), tables::secret(BASE, name, secret));
        }
    }
    map
}

/// The configs that these services are granted.
pub fn configs<'a>(stack: &Stack, services: impl Iterator<Item = &'a Service>, losses: &mut Losses) -> Map {
    let mut map = Map::new();
    for name in services.flat_map(|service| &service.configs).map(|grant| &grant.source) {
        let Some(config) = stack.configs.get(name).filter(|_| !map.contains_key(name)) else { continue };
        if matches!(config.source, ConfigSource::Content(_) | ConfigSource::Environment(_)) {
            losses.add(None, format!("config {name}"), SOURCE);
        } else {
            map.insert(name.clone(), tables::config(BASE, config));
        }
    }
    map
}

/// Side files as configs: a bind mount would need the file on every node.
#[derive(Debug, Default)]
pub struct Carried {
    /// Top-level configs.
    pub tables: Map,
    /// Service to the grants of its files.
    pub grants: IndexMap<String, Vec<Value>>,
}

/// A config for each side file of these services. Swarm's configs never change: the text's fingerprint is part of the
/// name, so that a new text is a new config and its service is updated.
pub fn side_files<'a>(
    stack: &Stack,
    services: impl Iterator<Item = (&'a str, &'a Service)>,
    files: &[GeneratedFile],
) -> Carried {
    let mut carried = Carried::default();
    let mut taken: HashSet<String> = stack.configs.keys().cloned().collect();
    for (name, service) in services {
        for side in &service.files {
            let path = sidefile::output_path(name, &side.template);
            let Some(file) = files.iter().find(|file| file.path == path) else { continue };
            let plain = path.replace(|c: char| !(c.is_ascii_alphanumeric() || ".-_".contains(c)), "_");
            let key = (1..).map(|n| if n == 1 { plain.clone() } else { format!("{plain}_{n}") });
            let Some(key) = key.into_iter().find(|key| !taken.contains(key)) else { continue };
            taken.insert(key.clone());
            let table = map([
                ("file", Some(Value::String(paths::literal(BASE, &path)))),
                ("name", Some(Value::String(config_name(&stack.name, &key, &file.text)))),
            ]);
            carried.tables.insert(key.clone(), Value::Map(table));
            let grant = map([("source", Some(Value::String(key))), ("target", text(Some(&side.target)))]);
            carried.grants.entry(name.to_owned()).or_default().push(Value::Map(grant));
        }
    }
    carried
}

/// `PROJECT_KEY-FINGERPRINT`, cut where it would be too long.
fn config_name(project: &str, key: &str, text: &str) -> String {
    let digest = hex(&Sha256::digest(text.as_bytes())[..6]);
    let mut start = format!("{project}_{key}");
    // Only ASCII: see `side_files` and the rule of project names.
    start.truncate(LONGEST - 1 - digest.len());
    format!("{start}-{digest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_text_is_a_new_config_of_at_most_64_characters() {
        let long = "x".repeat(90);
        let (one, two) = (config_name("orders", &long, "a"), config_name("orders", &long, "b"));
        assert!(one != two && one.len() == LONGEST && two.len() == LONGEST);
        assert_eq!(config_name("orders", "nginx_nginx.conf", "a"), "orders_nginx_nginx.conf-ca978112ca1b");
    }
}
