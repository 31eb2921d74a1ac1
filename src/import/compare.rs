//! Where two resolved projects differ.

use indexmap::IndexMap;
use serde_json::Value;

use super::normal::normalise;
use crate::diag::{KeyPath, Segment};

/// One place where they do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The path in Compose's canonical JSON: `services.db.environment.POSTGRES_DB`.
    pub path: KeyPath,
    /// What the Compose files resolve to; `None` for nothing, `***` for a value of an environment.
    pub from: Option<String>,
    /// What stack.toml resolves to.
    pub to: Option<String>,
}

/// The differences between what the Compose files resolve to and what stack.toml does. `profiles` are the names of profiles in
/// Compose files with those in stack.toml.
pub fn differences(compose: &Value, stack: &Value, profiles: &IndexMap<String, String>) -> Vec<Difference> {
    let (mut compose, mut stack) = (compose.clone(), stack.clone());
    normalise(&mut compose, profiles);
    normalise(&mut stack, &IndexMap::new());
    let mut found = Vec::new();
    walk(Some(&compose), Some(&stack), &KeyPath::default(), &mut found);
    found
}

fn walk(from: Option<&Value>, to: Option<&Value>, path: &KeyPath, found: &mut Vec<Difference>) {
    match (from, to) {
        (Some(Value::Object(one)), Some(Value::Object(other))) => {
            let more = other.keys().filter(|key| !one.contains_key(*key));
            for key in one.keys().chain(more) {
                walk(one.get(key), other.get(key), &path.key(key), found);
            }
        }
        (Some(Value::Array(one)), Some(Value::Array(other))) if one.len() == other.len() => {
            for (index, (from, to)) in one.iter().zip(other).enumerate() {
                walk(Some(from), Some(to), &path.index(index), found);
            }
        }
        (from, to) if from == to => {}
        (from, to) => {
            let shown = |value: Option<&Value>| value.map(|value| shown(value, path));
            found.push(Difference { path: path.clone(), from: shown(from), to: shown(to) });
        }
    }
}

/// A value as a report shows it: nothing of an environment, and the names of its keys alone of a table that may hold one.
fn shown(value: &Value, path: &KeyPath) -> String {
    let is_secret = |key: &Segment| matches!(key.as_key(), Some("environment" | "args" | "content"));
    if path.0.iter().any(is_secret) {
        return if value.is_null() { "null".to_owned() } else { "***".to_owned() };
    }
    match value {
        Value::String(text) => text.clone(),
        Value::Object(map) => {
            let keys: Vec<&str> = map.keys().map(String::as_str).collect();
            format!("{{{}}}", keys.join(", "))
        }
        Value::Array(items) => format!("[{} items]", items.len()),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_each_place_and_no_value_of_an_environment() {
        let compose = json!({ "services": {
            "a": { "image": "x:1", "environment": { "P": "secret", "Q": null }, "ports": [{ "target": 80 }] },
            "b": { "image": "b" },
        } });
        let stack = json!({ "services": {
            "a": { "image": "x:2", "environment": { "P": "other" }, "ports": [{ "target": 81 }], "tty": true },
        } });
        let found = differences(&compose, &stack, &IndexMap::new());
        let lines: Vec<String> = found
            .iter()
            .map(|it| {
                let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
                format!("{} {} {}", it.path, text(&it.from), text(&it.to))
            })
            .collect();
        assert_eq!(
            lines,
            [
                "services.a.image x:1 x:2",
                "services.a.environment.P *** ***",
                "services.a.environment.Q null -",
                "services.a.ports[0].target 80 81",
                "services.a.tty - true",
                "services.b {image} -",
            ]
        );
    }
}
