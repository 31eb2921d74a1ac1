//! Networks that span nodes.

use crate::{
    model::{Map, Resource, Service, Stack, Value},
    render::{
        loss::Losses,
        tree::{filled, flag, map, text},
    },
};

/// Keys of a network that `docker stack` knows.
const KNOWN: [&str; 6] = ["driver", "driver_opts", "internal", "attachable", "ipam", "labels"];
const KEY: &str = "a network key that `docker stack` does not support";
const ATTACHMENT: &str = "Swarm supports only aliases in the networks of a service";

/// The top-level networks that `services` use. A bridge spans one node only: every network of the stack is an overlay.
pub fn tables<'a>(stack: &Stack, services: impl Iterator<Item = &'a Service>, losses: &mut Losses) -> Map {
    let mut map = Map::new();
    for service in services {
        if service.networks.is_empty() {
            map.entry("default".to_owned()).or_insert(Value::Null);
        }
        for name in service.networks.keys() {
            map.entry(name.clone()).or_insert(Value::Null);
        }
    }
    for (name, value) in &mut map {
        *value = network(name, stack.networks.get(name), losses);
    }
    map
}

fn network(name: &str, network: Option<&Resource>, losses: &mut Losses) -> Value {
    let Some(network) = network else {
        return Value::Map(map([("driver", text(Some("overlay")))]));
    };
    let driver = text(Some("overlay").filter(|_| !network.external));
    let mut map = map([
        ("name", text(network.name.as_deref())),
        ("external", flag(network.external)),
        ("driver", driver),
    ]);
    if network.external {
        losses.add(None, format!("network {name}"), "must exist as an overlay network of the swarm");
        return Value::Map(map);
    }
    let bridge = network.rest.get("driver").is_none_or(|driver| driver.as_str() == Some("bridge"));
    for (key, value) in &network.rest {
        match key.as_str() {
            "driver" if bridge => {}
            // The options of a bridge mean nothing to an overlay.
            "driver_opts" if bridge => losses.add(
                None,
                format!("network {name}: {key}"),
                "an option of a bridge, which spans one node: the network is an overlay",
            ),
            "ipam" => map.extend(subnets(name, value, losses).map(|ipam| (key.clone(), ipam))),
            key if KNOWN.contains(&key) => {
                map.insert(key.to_owned(), value.clone());
            }
            key => losses.add(None, format!("network {name}: {key}"), KEY),
        }
    }
    Value::Map(map)
}

/// `ipam` with what `docker stack` knows of it: the driver, and a subnet for each entry.
fn subnets(name: &str, ipam: &Value, losses: &mut Losses) -> Option<Value> {
    let ipam = ipam.as_map()?;
    let mut kept = Map::new();
    for (key, value) in ipam {
        match (key.as_str(), value) {
            ("driver", driver) => {
                kept.insert(key.clone(), driver.clone());
            }
            ("config", Value::List(entries)) => {
                let mut list = Vec::new();
                for entry in entries.iter().filter_map(Value::as_map) {
                    for key in entry.keys().filter(|key| *key != "subnet") {
                        losses.add(None, format!("network {name}: ipam {key}"), KEY);
                    }
                    let subnet = entry.get("subnet").map(|it| ("subnet".to_owned(), it.clone()));
                    list.extend(subnet.map(|subnet| Value::Map(Map::from([subnet]))));
                }
                kept.insert(key.clone(), Value::List(list));
            }
            _ => losses.add(None, format!("network {name}: ipam {key}"), KEY),
        }
    }
    filled(kept)
}

/// A service's attachments.
pub fn of(name: &str, service: &Service, losses: &mut Losses) -> Option<Value> {
    if service.networks.is_empty() {
        return None;
    }
    let mut map = Map::new();
    for (network, attachment) in &service.networks {
        let mut kept = Map::new();
        for (key, value) in attachment.as_map().into_iter().flatten() {
            if key == "aliases" {
                kept.insert(key.clone(), value.clone());
            } else {
                losses.add(Some(name), format!("network {network}: {key}"), ATTACHMENT);
            }
        }
        map.insert(network.clone(), filled(kept).unwrap_or(Value::Null));
    }
    Some(Value::Map(map))
}
