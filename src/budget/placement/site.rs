//! A node, as far as placement looks at it.

use std::collections::BTreeMap;

use super::Share;

/// A node with what is free on it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Site {
    /// The swarm's identifier.
    pub id: String,
    /// Its host name.
    pub name: String,
    /// `manager` or `worker`.
    pub role: String,
    /// Its address in the swarm.
    pub address: String,
    /// `linux`, `windows`.
    pub os: String,
    /// `x86_64`, `aarch64`.
    pub architecture: String,
    /// `node.labels`: of the swarm.
    pub labels: BTreeMap<String, String>,
    /// `engine.labels`: of its engine's configuration.
    pub engine_labels: BTreeMap<String, String>,
    /// What no other stack reserves.
    pub room: Share,
    /// Why it takes no tasks: `drained`, `paused`, `down`; `None` when it does.
    pub closed: Option<&'static str>,
}
