//! `node.labels.disk == ssd`: where a task may run, as Swarm understands it.

use std::{collections::BTreeMap, net::IpAddr, str::FromStr};

use crate::model::{Node, Subnet};

/// A condition that a node must satisfy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraint {
    /// One of [`KEYS`], or one of [`LABELS`] and a name.
    key: String,
    is_equal: bool,
    value: String,
}

const KEYS: [&str; 6] =
    ["node.id", "node.hostname", "node.role", ADDRESS, "node.platform.os", "node.platform.arch"];
const ADDRESS: &str = "node.ip";
const LABELS: [&str; 2] = ["node.labels.", "engine.labels."];

/// Why a text is not a constraint, which Swarm refuses too or which no node satisfies.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConstraintError {
    /// There is no operator, or nothing on one side.
    #[error("{0:?} is not a constraint: it takes `KEY == VALUE` or `KEY != VALUE`")]
    Shape(String),
    /// The key is unknown.
    #[error(
        "{0:?} is not satisfied by any node: the keys are node.id, node.hostname, node.role, node.ip, node.platform.os, \
         node.platform.arch, node.labels.NAME and engine.labels.NAME"
    )]
    Key(String),
}

impl FromStr for Constraint {
    type Err = ConstraintError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shape = || ConstraintError::Shape(text.to_owned());
        // As Swarm: `==` is looked for first.
        let split = text.split_once("==").map(|parts| (parts, true));
        let split = split.or_else(|| text.split_once("!=").map(|parts| (parts, false)));
        let ((key, value), is_equal) = split.ok_or_else(shape)?;
        let (key, value) = (key.trim(), value.trim());
        if key.is_empty() || value.is_empty() || value.contains(['=', '!', '<', '>', '~']) {
            return Err(shape());
        }
        let lower = key.to_ascii_lowercase();
        let is_label = |prefix: &&str| lower.starts_with(prefix) && lower.len() > prefix.len();
        let key = match LABELS.into_iter().find(is_label) {
            Some(prefix) => format!("{prefix}{}", &key[prefix.len()..]),
            None if KEYS.contains(&lower.as_str()) => lower,
            None => return Err(ConstraintError::Key(text.to_owned())),
        };
        Ok(Self { key, is_equal, value: value.to_owned() })
    }
}

impl std::fmt::Display for Constraint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let operator = if self.is_equal { "==" } else { "!=" };
        write!(f, "{} {operator} {}", self.key, self.value)
    }
}

impl Constraint {
    /// Whether a node satisfies it. Values are compared without case, and a missing label is empty, as in Swarm.
    pub fn holds(&self, node: &Node) -> bool {
        let found = self.found(node);
        let matches = match self.key.as_str() {
            ADDRESS => is_within(found, &self.value),
            _ => found.to_lowercase() == self.value.to_lowercase(),
        };
        matches == self.is_equal
    }

    /// What the node has there; empty for nothing.
    pub fn found<'a>(&self, node: &'a Node) -> &'a str {
        let label = |labels: &'a BTreeMap<String, String>, prefix: &str| {
            labels.get(self.key.strip_prefix(prefix)?).map(String::as_str)
        };
        match self.key.as_str() {
            "node.id" => &node.id,
            "node.hostname" => &node.name,
            "node.role" => &node.role,
            ADDRESS => &node.address,
            "node.platform.os" => &node.os,
            "node.platform.arch" => &node.architecture,
            _ => label(&node.labels, LABELS[0])
                .or_else(|| label(&node.engine_labels, LABELS[1]))
                .unwrap_or_default(),
        }
    }
}

/// Whether an address is this address, or one of this network, `10.0.0.0/8`.
fn is_within(address: &str, network: &str) -> bool {
    let Ok(address) = address.parse::<IpAddr>() else { return false };
    match Subnet::parse(network) {
        Some(network) => network.contains(address),
        None => network.parse() == Ok(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(constraint: &str) -> bool {
        let node = Node {
            id: "n1".into(),
            name: "Alpha".into(),
            role: "manager".into(),
            address: "10.1.2.3".into(),
            os: "linux".into(),
            architecture: "x86_64".into(),
            labels: [("disk".to_owned(), "SSD".to_owned())].into(),
            engine_labels: [("zone".to_owned(), "a".to_owned())].into(),
            ..Node::default()
        };
        constraint.parse::<Constraint>().unwrap().holds(&node)
    }

    #[test]
    fn every_key_and_both_operators() {
        for held in [
            "node.id==n1",
            "node.hostname == alpha",
            "NODE.ROLE==Manager",
            "node.role != worker",
            "node.ip == 10.1.2.3",
            "node.ip == 10.1.0.0/16",
            "node.ip != 10.2.0.0/16",
            "node.ip != fd00::/8",
            "node.ip == 0.0.0.0/0",
            "node.platform.os==linux",
            "node.platform.arch == x86_64",
            "node.labels.disk == ssd",
            "node.labels.Disk != ssd",
            "engine.labels.zone == a",
            "engine.labels.absent != a",
        ] {
            assert!(holds(held), "{held}");
            let opposite = match held.contains("==") {
                true => held.replace("==", "!="),
                false => held.replace("!=", "=="),
            };
            assert!(!holds(&opposite), "{opposite}");
        }
    }

    #[test]
    fn what_is_no_constraint_is_reported() {
        for (text, shape) in [
            ("node.role = manager", true),
            ("node.role ==", true),
            ("== manager", true),
            ("node.role == a == b", true),
            ("node.labels. == a", false),
            ("node.rôle == a", false),
            ("rack == a", false),
        ] {
            let error = text.parse::<Constraint>().unwrap_err();
            assert_eq!(matches!(error, ConstraintError::Shape(_)), shape, "{error}");
        }
        assert_eq!(
            "node.labels.Disk!=ssd".parse::<Constraint>().unwrap().to_string(),
            "node.labels.Disk != ssd"
        );
    }
}
