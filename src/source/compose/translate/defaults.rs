//! `[defaults]`: what all services share, where there are at least three.

use super::tree::{self, is_bare};
use crate::source::compose::node::{Entry, Node, Value};

/// The fewest services that are worth a table of their own.
const FEWEST: usize = 3;

/// Keys that a reader expects there, and that mean the same there as in each service.
const SHARED: [&str; 17] = [
    "cap_add",
    "cap_drop",
    "dns",
    "env_file",
    "environment",
    "extra_hosts",
    "init",
    "labels",
    "logging",
    "networks",
    "platform",
    "pull_policy",
    "read_only",
    "restart",
    "security_opt",
    "stop_grace_period",
    "user",
];

/// Take out of the services what all of them hold alike; `None` where there is nothing.
pub(super) fn extract(services: &mut Node) -> Option<Node> {
    let Value::Table(services) = &mut services.value else { return None };
    let first = services.first().filter(|_| services.len() >= FEWEST)?;
    let shared = first.value.entries().iter().filter(|entry| {
        SHARED.contains(&entry.key.as_str()) && services.iter().all(|service| holds(&service.value, entry))
    });
    let shared: Vec<Entry> = shared.cloned().collect();
    let place = shared.first()?.key_place.clone();
    for service in services {
        if let Value::Table(entries) = &mut service.value.value {
            entries.retain(|entry| !shared.iter().any(|known| known.key == entry.key));
        }
    }
    Some(tree::node(Value::Table(shared), &place))
}

/// Whether a service has the entry, with the same comments or none.
fn holds(service: &Node, entry: &Entry) -> bool {
    service.get(&entry.key).is_some_and(|value| alike(value, &entry.value))
}

/// Whether two values are the same, wherever they are written.
fn alike(one: &Node, first: &Node) -> bool {
    (is_bare(&one.comments) || one.comments == first.comments)
        && match (&one.value, &first.value) {
            (Value::List(one), Value::List(first)) => {
                one.len() == first.len() && one.iter().zip(first).all(|(one, first)| alike(one, first))
            }
            (Value::Table(one), Value::Table(first)) => {
                one.len() == first.len()
                    && one
                        .iter()
                        .zip(first)
                        .all(|(one, first)| one.key == first.key && alike(&one.value, &first.value))
            }
            (one, first) => one == first,
        }
}
