//! Networks that span nodes.

use crate::{
    model::{Map, Resource, Service, Stack, Value},
    render::loss::Losses,
};

/// Keys of a network that `docker stack` knows.
const KNOWN: [&str; 6] = ["driver", "driver_opts", "internal", "attachable", "ipam", "labels"];
const KEY: &str = "a key that networks of `docker stack` do not have";
const ATTACHMENT: &str = "an attachment to a network has nothing but aliases in Swarm";

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
        return Value::Map(Map::from([("driver".to_owned(), Value::from("overlay"))]));
    };
    let mut map = Map::new();
    map.extend(network.name.as_deref().map(|name| ("name".to_owned(), Value::from(name))));
    if network.external {
        map.insert("external".to_owned(), Value::Bool(true));
        losses.add(None, format!("network {name}"), "must exist as an overlay network of the swarm");
        return Value::Map(map);
    }
    map.insert("driver".to_owned(), Value::from("overlay"));
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
    (!kept.is_empty()).then_some(Value::Map(kept))
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
        map.insert(network.clone(), if kept.is_empty() { Value::Null } else { Value::Map(kept) });
    }
    Some(Value::Map(map))
}
