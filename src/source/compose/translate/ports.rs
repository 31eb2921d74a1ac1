//! `ports`: Compose publishes one without an address on every address, stack.toml on 127.0.0.1.

use super::tree::text;
use crate::source::compose::node::{Entry, Node, Value};

/// What stands for every address.
const EVERY: &str = "*";

/// The ports with every address written out; how many were without one.
pub(super) fn translate(mut node: Node) -> (Node, usize) {
    let mut changed = 0;
    if let Value::List(items) = &mut node.value {
        for item in items {
            changed += usize::from(port(item));
        }
    }
    (node, changed)
}

fn port(node: &mut Node) -> bool {
    let place = node.place.clone();
    let is_open = match &node.value {
        Value::Integer(_) => true,
        Value::Text(short) => !has_address(short),
        Value::Table(_) => node.get("host_ip").is_none_or(|ip| ip.text() == Some("")),
        _ => false,
    };
    if !is_open {
        return false;
    }
    match &mut node.value {
        Value::Integer(number) => node.value = Value::Text(format!("{EVERY}:{number}")),
        Value::Text(short) => *short = format!("{EVERY}:{short}"),
        Value::Table(entries) => {
            entries.retain(|entry| entry.key != "host_ip");
            entries.push(Entry::new("host_ip", text(EVERY, &place), &place));
        }
        _ => {}
    }
    true
}

/// Whether a port in the short syntax names an address: it does where two colons stand outside of variables and brackets. What a
/// variable brings, which may be nothing, the proof finds behind the `*:`.
fn has_address(short: &str) -> bool {
    let (mut depth, mut colons) = (0_usize, Vec::new());
    for (at, c) in short.char_indices() {
        match c {
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => colons.push(at),
            _ => {}
        }
    }
    colons.len() > 1 && !short[..colons[0]].contains('$')
}

#[cfg(test)]
mod tests {
    use super::has_address;

    #[test]
    fn an_address_is_what_stands_before_two_colons() {
        for short in
            ["80", "8080:80", "${PORT:-8080}:80", "${A:-1}-${B:-2}:80-81/udp", "$BIND:80", "${IP:-}:80:80"]
        {
            assert!(!has_address(short), "{short}");
        }
        for short in ["127.0.0.1:80:80", "[::1]:80:80", "127.0.0.1:${PORT:-80}:80", "127.0.0.1::80"] {
            assert!(has_address(short), "{short}");
        }
    }
}
