//! A stack with one value in one place, as stack.toml and as a Compose file.

use serde_json::{Map, Value, json};

use super::places::steps;

/// What every document holds beside the value: what services can refer to.
fn base() -> Value {
    json!({
        "name": "values",
        "budget": { "memory": "1000G", "cpus": 1000 },
        "profiles": { "on": {} },
        "services": { "other": service() },
        "networks": { "back": {} },
        "volumes": { "data": {} },
        "secrets": { "token": { "file": "token.txt" } },
        "configs": { "motd": { "file": "motd.txt" } },
        "models": { "small": { "model": "ai/small" } },
    })
}

/// The files that the documents name.
pub const FILES: [(&str, &str); 7] = [
    ("token.txt", "x"),
    ("motd.txt", "x"),
    ("a.env", "A=1\n"),
    ("labels.env", "A=1\n"),
    ("Dockerfile", "FROM scratch\n"),
    ("conf/app.conf", "x"),
    ("conf/Dockerfile", "FROM scratch\n"),
];

fn service() -> Value {
    json!({
        "image": "busybox:1",
        "limits": { "memory": "64M", "cpus": 0.1 },
        "logging": { "driver": "json-file", "max_size": "1m" },
    })
}

/// What a table holds beside a key, so that nothing but the key's value can be wrong.
fn beside(table: &str, key: &str) -> Value {
    let tail = table.strip_prefix("services.SERVICE.").unwrap_or(table);
    let tail = tail.strip_prefix("compose.").unwrap_or(tail);
    match tail {
        "services.SERVICE" if key == "provider" => {
            json!({ "limits": service()["limits"], "logging": service()["logging"] })
        }
        "services.SERVICE" | "profiles.PROFILE.services.SERVICE" => service(),
        "build.secrets[]" | "secrets[]" => json!({ "source": "token" }),
        "configs[]" => json!({ "source": "motd" }),
        "depends_on.SERVICE" => json!({ "condition": "started" }),
        "env_file" => json!({ "path": "a.env" }),
        "healthcheck" if key == "disable" => json!({}),
        "healthcheck" => json!({ "test": ["CMD", "true"] }),
        "limits" => service()["limits"].clone(),
        "logging" => service()["logging"].clone(),
        "ports[]" => json!({ "target": 80 }),
        "volumes[]" => match key {
            "tmpfs" => json!({ "type": "tmpfs", "target": "/x" }),
            "volume" => json!({ "type": "volume", "source": "data", "target": "/x" }),
            "image" => json!({ "type": "image", "source": "busybox:1", "target": "/x" }),
            _ => json!({ "type": "bind", "source": "./conf", "target": "/x" }),
        },
        "develop.watch[]" if key == "exec" => {
            json!({ "path": "./conf", "action": "sync+exec", "target": "/x" })
        }
        "develop.watch[]" => json!({ "path": "./conf", "action": "rebuild" }),
        "devices[]" => json!({ "source": "/dev/null", "target": "/dev/null" }),
        "develop.watch[].exec" | "post_start[]" | "pre_stop[]" => json!({ "command": ["x"] }),
        "provider" => json!({ "type": "x" }),
        "models.MODEL" => json!({ "model": "ai/x" }),
        "reservations.devices[]" => json!({ "capabilities": ["gpu"] }),
        "ulimits.NAME" | "build.ulimits.NAME" => json!({ "soft": 1, "hard": 2 }),
        "networks.NETWORK.ipam.config[]" => json!({ "subnet": "172.28.0.0/16" }),
        "secrets.SECRET" if !["environment", "external"].contains(&key) => json!({ "file": "token.txt" }),
        "configs.CONFIG" if !["content", "environment", "external"].contains(&key) => {
            json!({ "file": "motd.txt" })
        }
        _ if tail.starts_with("blkio_config.weight_device") => json!({ "path": "/dev/null", "weight": 100 }),
        _ if tail.starts_with("blkio_config.device") => json!({ "path": "/dev/null", "rate": "1mb" }),
        _ => json!({}),
    }
}

/// A value in its place, for the thing of that name: as stack.toml says it, without what is beside the thing.
pub fn part(place: &str, name: &str, value: &Value) -> Value {
    nest(&steps(place), "", name, value)
}

fn nest(steps: &[&str], table: &str, name: &str, value: &Value) -> Value {
    let Some((step, rest)) = steps.split_first() else { return value.clone() };
    if *step == "[]" {
        return json!([nest(rest, &format!("{table}[]"), name, value)]);
    }
    let below = if table.is_empty() { (*step).to_owned() } else { format!("{table}.{step}") };
    let inside = nest(rest, &below, name, value);
    let key = match *step {
        "NETWORK" if table.ends_with(".networks") => "back",
        "MODEL" if table.ends_with(".models") => "small",
        "SERVICE" if table.ends_with(".depends_on") => "other",
        "NAME" => "nofile",
        "PROFILE" => "on",
        "SERVICE" | "VOLUME" | "NETWORK" | "SECRET" | "CONFIG" | "MODEL" => name,
        step => step,
    };
    let mut map = match beside(table, step) {
        Value::Object(map) if !table.ends_with(".services") => map,
        _ => Map::new(),
    };
    map.insert(key.to_owned(), inside);
    Value::Object(map)
}

/// The stack of these parts.
pub fn stack<'p>(parts: impl IntoIterator<Item = &'p Value>) -> Value {
    let mut stack = base();
    for part in parts {
        merge(&mut stack, part, 3);
    }
    // An overlay changes a service, which has to be there.
    let overlays = stack["profiles"]["on"]["services"].as_object().cloned().unwrap_or_default();
    for (name, overlay) in overlays {
        stack["services"][&name] = service();
        let overlay = overlay.as_object().cloned().unwrap_or_default();
        let changed =
            overlay.into_iter().filter(|(key, _)| !["image", "logging"].contains(&key.as_str())).collect();
        stack["profiles"]["on"]["services"][&name] = Value::Object(changed);
    }
    stack
}

/// Tables of the first levels are joined; what lies deeper is a value.
fn merge(into: &mut Value, from: &Value, levels: usize) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) if levels > 0 => {
            for (key, value) in from {
                match into.get_mut(key) {
                    Some(there) => merge(there, value, levels - 1),
                    None => drop(into.insert(key.clone(), value.clone())),
                }
            }
        }
        (into, from) => *into = from.clone(),
    }
}

/// The stack as stack.toml: a line for each key of the top.
pub fn toml(stack: &Value) -> String {
    let top = stack.as_object().expect("a stack is a table");
    top.iter().map(|(key, value)| format!("{key} = {}\n", literal(value))).collect()
}

/// A value as TOML writes it.
pub fn literal(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let entries: Vec<String> =
                map.iter().map(|(key, value)| format!("{} = {}", json!(key), literal(value))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(literal).collect::<Vec<_>>().join(", ")),
        scalar => scalar.to_string(),
    }
}

/// The stack as a Compose file that says the same in Compose's words; a value of a wrong type stays what it is.
pub fn compose(stack: &Value) -> Value {
    let mut file = stack.clone();
    let top = file.as_object_mut().expect("a stack is a table");
    top.remove("budget");
    let overlays = top.remove("profiles").unwrap_or_default();
    let overlays = overlays["on"]["services"].as_object().cloned().unwrap_or_default();
    for (name, service) in top["services"].as_object_mut().expect("services are a table") {
        let Some(keys) = service.as_object_mut() else { continue };
        for (key, value) in overlays.get(name).and_then(Value::as_object).into_iter().flatten() {
            keys.insert(key.clone(), value.clone());
        }
        in_composes_words(keys);
    }
    file
}

fn in_composes_words(keys: &mut Map<String, Value>) {
    let mut resources = Map::new();
    for kind in ["limits", "reservations"] {
        resources.extend(keys.remove(kind).map(|value| (kind.to_owned(), value)));
    }
    let mut deploy = Map::from_iter([("resources".to_owned(), Value::Object(resources))]);
    deploy.extend(keys.remove("replicas").map(|value| ("replicas".to_owned(), value)));
    match keys.get_mut("deploy") {
        Some(Value::Object(own)) => own.extend(deploy),
        Some(_) => {}
        None => drop(keys.insert("deploy".to_owned(), Value::Object(deploy))),
    }
    if keys.get("healthcheck").is_some_and(|check| check == "image") {
        keys.remove("healthcheck");
    }
    match keys.remove("compose") {
        Some(Value::Object(compose)) => {
            compose.into_iter().for_each(|(key, value)| match keys.get_mut(&key) {
                Some(there) => merge(there, &value, 1),
                None => drop(keys.insert(key, value)),
            })
        }
        Some(other) => drop(keys.insert("compose".to_owned(), other)),
        None => {}
    }
    if let Some(Value::Object(logging)) = keys.get_mut("logging") {
        let mut options = Map::new();
        for (ours, theirs) in [("max_size", "max-size"), ("max_file", "max-file")] {
            options.extend(logging.remove(ours).map(|value| (theirs.to_owned(), value)));
        }
        match logging.get_mut("options") {
            Some(Value::Object(there)) => there.extend(options),
            Some(_) => {}
            None => drop(logging.insert("options".to_owned(), Value::Object(options))),
        }
    }
    if let Some(Value::Object(depends)) = keys.get_mut("depends_on") {
        for dependency in depends.values_mut() {
            if let Value::String(condition) = dependency {
                *dependency = json!({ "condition": condition });
            }
            if let Some(condition) = dependency.get_mut("condition") {
                let theirs = match condition.as_str() {
                    Some("started") => "service_started",
                    Some("healthy") => "service_healthy",
                    Some("completed") => "service_completed_successfully",
                    _ => continue,
                };
                *condition = json!(theirs);
            }
        }
    }
    if let Some(file @ Value::Object(_)) = keys.get_mut("env_file") {
        *file = json!([file.clone()]);
    }
}
