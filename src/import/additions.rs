//! What `--limits` and `--harden` add: never by themselves, and each addition is reported.

use crate::{
    model::{Bytes, Cpus},
    source::compose::{
        node::{Entry, Node, Place, Value},
        translate::{ADDED, Action, Decision},
    },
};

/// What is added on request.
#[derive(Debug, Clone, Default)]
pub struct Additions {
    /// `--limits M,C`: limits of every service that has none.
    pub limits: Option<(Bytes, Cpus)>,
    /// `--harden`: log rotation, and no new privileges.
    pub harden: bool,
}

/// Options that `--harden` adds to `security_opt`.
const NO_NEW_PRIVILEGES: &str = "no-new-privileges:true";

/// Add it to every service.
pub(super) fn add(tree: &mut Node, additions: &Additions, decisions: &mut Vec<Decision>) {
    let defaults = tree.get("defaults").map(Node::entries).unwrap_or_default();
    let defaults: Vec<String> = defaults.iter().map(|entry| entry.key.clone()).collect();
    let Some(services) = tree.get_mut("services") else { return };
    for service in services.entries_mut() {
        let Entry { key: name, key_place: place, value: Node { value: Value::Table(entries), .. } } = service
        else {
            continue;
        };
        let has = |entries: &[Entry], key: &str| {
            entries.iter().any(|entry| entry.key == key) || defaults.iter().any(|known| known == key)
        };
        let mut added = |key: &str, value: &str| {
            let path = format!("services.{name}.{key}");
            let message = format!("service `{name}` gets `{key} = {value}`");
            decisions.push(Decision::new(Action::Added, &ADDED, path, message).to(value).at(place));
        };
        // A provider runs no container.
        if has(entries, "provider") {
            continue;
        }
        if let Some((memory, cpus)) = additions.limits {
            for (key, value, shown) in [
                ("memory", Value::Text(memory.exact()), format!("\"{}\"", memory.exact())),
                ("cpus", Value::Float(cpus.as_f64()), cpus.to_string()),
            ] {
                let Some(limits) = table(entries, "limits", place) else { continue };
                if !limits.iter().any(|entry| entry.key == key) {
                    limits.push(entry(key, value, place));
                    added(&format!("limits.{key}"), &shown);
                }
            }
        }
        if additions.harden && !has(entries, "logging") {
            let rotation = vec![
                entry("max_size", Value::Text("10m".to_owned()), place),
                entry("max_file", Value::Integer(3), place),
            ];
            entries.push(entry("logging", Value::Table(rotation), place));
            added("logging", "{ max_size = \"10m\", max_file = 3 }");
        }
        let privileged =
            entries.iter().any(|it| it.key == "privileged" && it.value.value == Value::Boolean(true));
        if additions.harden && !privileged && !has(entries, "security_opt") {
            let option = Node::new(Value::Text(NO_NEW_PRIVILEGES.to_owned()), place.clone());
            entries.push(entry("security_opt", Value::List(vec![option]), place));
            added("security_opt", &format!("[\"{NO_NEW_PRIVILEGES}\"]"));
        }
    }
}

fn entry(key: &str, value: Value, place: &Place) -> Entry {
    Entry::new(key, Node::new(value, place.clone()), place)
}

/// The entries of a table that is added where it is missing; `None` where it is something else.
fn table<'e>(entries: &'e mut Vec<Entry>, key: &str, place: &Place) -> Option<&'e mut Vec<Entry>> {
    if !entries.iter().any(|entry| entry.key == key) {
        entries.push(entry(key, Value::Table(Vec::new()), place));
    }
    match &mut entries.iter_mut().find(|entry| entry.key == key)?.value.value {
        Value::Table(inside) => Some(inside),
        _ => None,
    }
}
