//! A node of a swarm.

use std::collections::BTreeMap;

/// What a node has, and what placement constraints ask of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Node {
    /// The swarm's identifier.
    pub id: String,
    /// Its host name.
    pub name: String,
    /// Its memory in bytes.
    pub memory: u64,
    /// Its CPUs in billionths.
    pub nanos: u64,
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
    /// Why it takes no tasks: `drained`, `paused`, `down`; `None` when it does.
    pub closed: Option<&'static str>,
}
