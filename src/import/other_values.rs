//! A second environment, in which every variable has another value of the same kind.

use std::collections::BTreeMap;

use crate::{
    model::variable::{self, Variable},
    source::compose::node::{Node, Value},
};

/// Variables that decide how `docker` itself works.
fn is_kept(name: &str) -> bool {
    matches!(name, "HOME" | "PATH" | "PWD" | "TMPDIR" | "USER" | "XDG_RUNTIME_DIR" | "SSH_AUTH_SOCK")
        || name.starts_with("COMPOSE_")
        || name.starts_with("DOCKER_")
        || name.starts_with("BUILDKIT_")
}

/// Another value for every variable of the Compose files, also for those that a container gets from the caller. `lookup` gives
/// the present ones.
pub fn other_values(tree: &Node, lookup: &dyn Fn(&str) -> Option<String>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    collect(tree, "", &mut found);
    found
        .into_iter()
        .filter(|(name, _)| !is_kept(name))
        .map(|(name, default)| {
            let present = lookup(&name).filter(|value| !value.is_empty()).or(default);
            (name, present.map_or_else(|| "other".to_owned(), |value| other(&value)))
        })
        .collect()
}

/// The variables below a value, each with a default. `key` is the key above.
fn collect(node: &Node, key: &str, found: &mut BTreeMap<String, Option<String>>) {
    let caller = matches!(key, "environment" | "args");
    match &node.value {
        Value::Text(text) => {
            for Variable { name, rest } in variable::variables(text).unwrap_or_default() {
                let default = rest.strip_prefix(":-").or_else(|| rest.strip_prefix('-'));
                let default = default.filter(|text| !text.contains('$')).map(str::to_owned);
                let known = found.entry(name).or_default();
                *known = known.take().or(default);
            }
        }
        Value::List(items) => {
            for item in items {
                if let (true, Value::Text(text)) = (caller, &item.value)
                    && !text.contains(['=', '$'])
                {
                    found.entry(text.clone()).or_default();
                }
                collect(item, "", found);
            }
        }
        Value::Table(entries) => {
            for entry in entries {
                if caller && entry.value.value == Value::Null {
                    found.entry(entry.key.clone()).or_default();
                }
                collect(&entry.value, &entry.key, found);
            }
        }
        _ => {}
    }
}

/// Another value of the same kind: what is a port, a size, a switch or an address stays one.
fn other(value: &str) -> String {
    let word = |text: &str, other: &str| {
        if text.chars().all(char::is_lowercase) { other.to_owned() } else { other.to_uppercase() }
    };
    match value.to_lowercase().as_str() {
        "true" => return word(value, "false"),
        "false" => return word(value, "true"),
        "yes" => return word(value, "no"),
        "no" => return word(value, "yes"),
        _ => {}
    }
    if let Ok(address) = value.parse::<std::net::Ipv4Addr>() {
        let [a, b, c, d] = address.octets();
        return std::net::Ipv4Addr::new(a, b, c, if d == 1 { 2 } else { 1 }).to_string();
    }
    if let Some((address, port)) = value.split_once(':')
        && address.parse::<std::net::Ipv4Addr>().is_ok()
    {
        return format!("{address}:{}", other(port));
    }
    // The first number of a port, a range, a size or a version.
    let digits = value.len() - value.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, rest) = value.split_at(digits);
    let is_quantity = rest.is_empty() || rest.len() <= 3 || rest.starts_with(['.', ':', '/']);
    match number.parse::<u32>() {
        // A lower one where a higher would leave the range of ports.
        Ok(number) if is_quantity && number >= 65_535 => format!("{}{rest}", number - 1),
        Ok(number) if is_quantity => format!("{}{rest}", number + 1),
        _ => format!("{value}-other"),
    }
}

#[cfg(test)]
mod tests {
    use super::other;

    #[test]
    fn another_value_is_of_the_same_kind() {
        for (value, another) in [
            ("8080", "8081"),
            ("512m", "513m"),
            ("0.5", "1.5"),
            ("true", "false"),
            ("127.0.0.1", "127.0.0.2"),
            ("127.0.0.1:9000", "127.0.0.1:9001"),
            ("./data", "./data-other"),
            ("30s", "31s"),
            ("latest", "latest-other"),
        ] {
            assert_eq!(other(value), another, "{value}");
        }
    }
}
