//! Lists of which Compose keeps one element each: the last one, at the place of the first. Elements that a variable may make
//! equal both stay: Compose compares them again, with the values of the moment.

use super::{
    node::{Node, Value},
    pairs::last_of_each,
    plain::text_of,
    short,
};

/// Keep one of each in the lists of a project.
pub(super) fn unique(root: &mut Node) {
    root.get_mut("services").into_iter().flat_map(Node::children_mut).for_each(service_lists);
}

fn service_lists(service: &mut Node) {
    for entry in service.entries_mut() {
        let value = &mut entry.value;
        match entry.key.as_str() {
            "cap_add" | "cap_drop" | "dns" | "dns_opt" | "dns_search" | "expose" | "links" | "profiles"
            | "tmpfs" | "label_file" => keep(value, text),
            "environment" | "labels" | "annotations" | "sysctls" => keep(value, pair),
            "env_file" => keep(value, |element| text(element.get("path").unwrap_or(element))),
            "ports" => keep(value, port),
            "volumes" => keep(value, mount_target),
            "devices" => keep(value, device_target),
            "secrets" => keep(value, |element| grant(element, "/run/secrets/")),
            "configs" => keep(value, |element| grant(element, "/")),
            "build" => {
                for (key, of) in [
                    ("args", pair as fn(&Node) -> Option<String>),
                    ("labels", pair),
                    ("additional_contexts", pair),
                    ("tags", text),
                ] {
                    value.get_mut(key).into_iter().for_each(|list| keep(list, of));
                }
            }
            "deploy" => value.get_mut("labels").into_iter().for_each(|list| keep(list, pair)),
            "networks" => {
                for network in value.entries_mut() {
                    for key in ["aliases", "link_local_ips"] {
                        network.value.get_mut(key).into_iter().for_each(|list| keep(list, text));
                    }
                }
            }
            _ => {}
        }
    }
}

fn keep(list: &mut Node, key: fn(&Node) -> Option<String>) {
    if let Value::List(elements) = &mut list.value
        && elements.len() > 1
    {
        *elements = last_of_each(std::mem::take(elements), key);
    }
}

fn text(element: &Node) -> Option<String> {
    text_of(&element.value)
}

fn pair(element: &Node) -> Option<String> {
    let text = element.text()?;
    Some(text.split('=').next().unwrap_or_default().to_owned())
}

/// Address, published port, target and protocol. One with a variable or a range is equal to one that is written alike.
fn port(element: &Node) -> Option<String> {
    if let Some(text) = text_of(&element.value) {
        if text.contains('$') || text.contains('-') {
            return Some(text);
        }
        let (rest, protocol) = text.rsplit_once('/').unwrap_or((&text, "tcp"));
        let mut parts = rest.rsplitn(3, ':');
        let (target, published, address) = (parts.next()?, parts.next(), parts.next());
        let published = published.unwrap_or_default();
        return Some(format!("{}:{published}:{target}/{protocol}", address.unwrap_or_default()));
    }
    let get = |key: &str| element.get(key).and_then(|value| text_of(&value.value)).unwrap_or_default();
    let (address, published, target, protocol) =
        (get("host_ip"), get("published"), get("target"), get("protocol"));
    let protocol = if protocol.is_empty() { "tcp" } else { &protocol };
    Some(format!("{address}:{published}:{target}/{protocol}"))
}

fn mount_target(element: &Node) -> Option<String> {
    let target = match element.text() {
        Some(text) => {
            let parts = short::parts(text);
            parts.get(1).or_else(|| parts.first()).copied()?
        }
        None => element.get("target")?.text()?,
    };
    let shorter = target.trim_end_matches('/');
    Some(if shorter.is_empty() { target } else { shorter }.to_owned())
}

fn device_target(element: &Node) -> Option<String> {
    match element.text() {
        Some(text) => {
            let parts = short::parts(text);
            parts.get(1).or_else(|| parts.first()).map(|part| (*part).to_owned())
        }
        None => Some(element.get("target").or_else(|| element.get("source"))?.text()?.to_owned()),
    }
}

/// Where a secret or config is mounted.
fn grant(element: &Node, folder: &str) -> Option<String> {
    match element.text() {
        Some(name) => Some(format!("{folder}{name}")),
        None => match element.get("target").and_then(Node::text) {
            Some(target) => Some(target.to_owned()),
            None => Some(format!("{folder}{}", element.get("source")?.text()?)),
        },
    }
}
