//! Options of a network attachment; fixed addresses have a rule of their own.

use std::{cmp::Reverse, collections::HashSet};

use super::{
    address,
    fault::{Fault, Judge},
};
use crate::model::Value;

/// The longest name that the kernel takes for an interface, in bytes.
const INTERFACE_NAME: usize = 15;

/// Judge `networks`.
pub(super) fn judge(judge: &mut Judge<'_, '_>) {
    first_address(judge);
    let mut interfaces = HashSet::new();
    for (network, options) in &judge.service.networks {
        let Some(options) = options.as_map().filter(|options| !options.is_empty()) else { continue };
        let path = judge.path().key("networks").key(network);
        for (key, fault) in [
            ("mac_address", address::hardware as fn(&str) -> Option<Fault>),
            ("interface_name", interface_name),
        ] {
            if let Some(text) = options.get(key).and_then(Value::as_str) {
                judge.text(|| path.key(key), text, fault);
            }
        }
        let name = options.get("interface_name").and_then(Value::as_str);
        if let Some(name) =
            name.and_then(|name| judge.value(name)).filter(|name| !interfaces.insert(name.clone()))
        {
            let problem = format!("another network has the interface `{name}` too");
            judge.refuse(path.key("interface_name"), Fault::new(problem, "give each network its own"));
        }
        let addresses = options.get("link_local_ips").and_then(Value::as_list).unwrap_or_default();
        for (position, text) in
            addresses.iter().enumerate().filter_map(|(at, text)| Some((at, text.as_str()?)))
        {
            judge.text(|| path.key("link_local_ips").index(position), text, address::link_local);
        }
    }
}

/// `mac_address` of the service is that of its first network, which may write the same one.
fn first_address(judge: &mut Judge<'_, '_>) {
    let Some(own) = judge.service.rest.get("mac_address").and_then(Value::as_str) else { return };
    let priority = |options: &Value| match options.as_map().and_then(|options| options.get("priority")) {
        Some(Value::Int(priority)) => *priority,
        _ => 0,
    };
    let networks = judge.service.networks.iter();
    let first = networks.min_by_key(|(name, options)| (Reverse(priority(options)), *name));
    let Some((network, options)) = first else { return };
    let Some(text) = options.as_map().and_then(|options| options.get("mac_address")).and_then(Value::as_str)
    else {
        return;
    };
    if let (Some(own), Some(other)) = (judge.value(own).as_deref(), judge.value(text).as_deref())
        && ![own, other].into_iter().any(|it| it.is_empty() || address::hardware(it).is_some())
        && own != other
    {
        let problem = format!(
            "`{other}` is not the `mac_address` of the service, `{own}`, which belongs to this network"
        );
        let fault = Fault::new(problem, "remove one of them, or write the same text");
        judge.refuse(judge.path().key("networks").key(network).key("mac_address"), fault);
    }
}

fn interface_name(text: &str) -> Option<Fault> {
    let bad = |c: char| c.is_whitespace() || matches!(c, '/' | ':' | '%');
    if text.len() <= INTERFACE_NAME && !text.contains(bad) && !matches!(text, "." | ".." | "lo") {
        return None;
    }
    Some(Fault::new(
        format!("`{text}` is not an interface name"),
        format!("write at most {INTERFACE_NAME} letters and digits, such as \"eth0\""),
    ))
}
