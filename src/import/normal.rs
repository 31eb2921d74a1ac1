//! Compose's canonical JSON with one spelling for what means the same.

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use crate::{model::Bytes, source::FIGURES};

/// Bring a resolved project into one spelling: figures of size stand in `deploy`, 0 means none; a disabled health check holds
/// nothing else; sizes of logs are bytes; binds say whether they create a path; profiles have the names of stack.toml (`profiles`: Compose's name to ours); `x-...`,
/// empty tables and nulls other than those of `environment` are gone.
pub fn normalise(project: &mut Value, profiles: &IndexMap<String, String>) {
    if let Some(services) = project.get_mut("services").and_then(Value::as_object_mut) {
        for service in services.values_mut().filter_map(Value::as_object_mut) {
            figures(service);
            health(service);
            logging(service);
            mounts(service);
            if let Some(Value::Array(names)) = service.get_mut("profiles") {
                for name in names.iter_mut() {
                    if let Some(ours) = name.as_str().and_then(|name| profiles.get(name)) {
                        *name = json!(ours);
                    }
                }
                names.sort_by(|one, other| one.as_str().cmp(&other.as_str()));
                names.dedup();
            }
        }
    }
    prune(project, false);
}

fn figures(service: &mut Map<String, Value>) {
    for (short, table, key) in FIGURES {
        if let Some(value) = service.remove(short) {
            put(service, &["resources", table, key], value);
        }
    }
    if let Some(value) = service.remove("scale") {
        put(service, &["replicas"], value);
    }
    let Some(resources) = service.get_mut("deploy").and_then(|deploy| deploy.get_mut("resources")) else {
        return;
    };
    for kind in ["limits", "reservations"] {
        let Some(figures) = resources.get_mut(kind).and_then(Value::as_object_mut) else { continue };
        figures.retain(|_, value| !means_none(value));
    }
}

/// 0, as a number or a text; a size below it too. Of processes, -1 is no limit, and is written.
fn means_none(value: &Value) -> bool {
    value.as_f64() == Some(0.0) || value.as_str().is_some_and(|text| text == "0" || text.starts_with('-'))
}

fn put(service: &mut Map<String, Value>, path: &[&str], value: Value) {
    let mut table = service.entry("deploy").or_insert_with(|| json!({}));
    let Some((last, tables)) = path.split_last() else { return };
    for key in tables {
        if !table.get(*key).is_some_and(Value::is_object) {
            table[*key] = json!({});
        }
        table = &mut table[*key];
    }
    table[*last] = value;
}

fn health(service: &mut Map<String, Value>) {
    let Some(check) = service.get_mut("healthcheck") else { return };
    let off = check["disable"] == json!(true) || check["test"] == json!(["NONE"]);
    if off {
        *check = json!({ "disable": true });
    }
}

fn logging(service: &mut Map<String, Value>) {
    let Some(size) = service.get_mut("logging").and_then(|logging| logging.pointer_mut("/options/max-size"))
    else {
        return;
    };
    if let Some(bytes) = size.as_str().and_then(|text| Bytes::parse(text).ok()) {
        *size = json!(bytes.0.to_string());
    }
}

/// A bind without options creates a path that is missing, as the short form does; one with options only where it says so.
fn mounts(service: &mut Map<String, Value>) {
    let mounts = service.get_mut("volumes").and_then(Value::as_array_mut).into_iter().flatten();
    for mount in
        mounts.filter_map(Value::as_object_mut).filter(|mount| mount.get("type") == Some(&json!("bind")))
    {
        match mount.get_mut("bind").and_then(Value::as_object_mut) {
            Some(options) => {
                options.entry("create_host_path").or_insert(json!(false));
            }
            None => {
                mount.insert("bind".to_owned(), json!({ "create_host_path": true }));
            }
        }
    }
}

/// Remove `x-...`, nulls and empty tables; whether nothing is left. `keeps_null`: a null is the caller's value.
fn prune(value: &mut Value, keeps_null: bool) -> bool {
    match value {
        Value::Null => !keeps_null,
        Value::Object(map) => {
            map.retain(|key, value| {
                let caller = matches!(key.as_str(), "environment" | "args");
                let keeps = match value {
                    Value::Object(inside) if caller => {
                        inside.retain(|_, value| !prune(value, true));
                        !inside.is_empty()
                    }
                    _ => !prune(value, keeps_null),
                };
                keeps && !key.starts_with("x-")
            });
            map.is_empty()
        }
        Value::Array(items) => {
            for item in items {
                prune(item, keeps_null);
            }
            false
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_thing_are_one() {
        let mut one = json!({ "x-a": 1, "services": { "a": {
            "command": null, "entrypoint": [], "mem_limit": "1024", "cpus": 0.5, "scale": 2, "pids_limit": 0,
            "environment": { "A": null, "B": "" }, "healthcheck": { "test": ["NONE"], "interval": "5s" },
            "logging": { "driver": "json-file", "options": { "max-size": "10M" } },
            "volumes": [{ "type": "bind", "source": "/a" }],
            "networks": { "default": null }, "profiles": ["x", "b"],
        } }, "networks": { "default": { "name": "t_default", "ipam": {} } } });
        let mut other = json!({ "services": { "a": {
            "entrypoint": [],
            "deploy": { "placement": {}, "replicas": 2, "resources": { "limits": { "memory": "1024", "cpus": 0.5 } } },
            "environment": { "A": null, "B": "" }, "healthcheck": { "disable": true },
            "logging": { "driver": "json-file", "options": { "max-size": "10240k" } },
            "volumes": [{ "type": "bind", "source": "/a", "bind": { "create_host_path": true } }],
            "networks": { "default": {} }, "profiles": ["b", "profile-x"],
        } }, "networks": { "default": { "name": "t_default" } } });
        let names = IndexMap::from([("x".to_owned(), "profile-x".to_owned())]);
        normalise(&mut one, &names);
        normalise(&mut other, &IndexMap::new());
        assert_eq!(one, other);
        assert!(one["services"]["a"]["environment"].as_object().unwrap().contains_key("A"));
    }
}
