//! Options of a network attachment; fixed addresses have a rule of their own.

use std::collections::HashSet;

use super::{
    address,
    rule::{Fault, Judge},
};
use crate::model::Value;

/// The longest name that the kernel takes for an interface, in bytes.
const INTERFACE_NAME: usize = 15;

/// Judge `networks`.
pub(super) fn judge(judge: &mut Judge<'_, '_>) {
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
        if let Some(name) = name.and_then(|name| judge.value(name)).filter(|name| !interfaces.insert(name.clone())) {
            let problem = format!("`{name}` is the interface of another network too");
            judge.refuse(path.key("interface_name"), Fault::new(problem, "give each network its own"));
        }
        let addresses = options.get("link_local_ips").and_then(Value::as_list).unwrap_or_default();
        for (position, text) in addresses.iter().enumerate().filter_map(|(at, text)| Some((at, text.as_str()?))) {
            judge.text(|| path.key("link_local_ips").index(position), text, address::link_local);
        }
    }
}

fn interface_name(text: &str) -> Option<Fault> {
    let bad = |c: char| c.is_whitespace() || matches!(c, '/' | ':' | '%');
    if text.len() <= INTERFACE_NAME && !text.contains(bad) && !matches!(text, "." | ".." | "lo") {
        return None;
    }
    Some(Fault::new(
        format!("`{text}` is no name of an interface"),
        format!("write at most {INTERFACE_NAME} letters and digits, such as \"eth0\""),
    ))
}
