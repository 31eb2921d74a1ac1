//! `limits`, `reservations`, `replicas` and swap as Compose keys.

use super::tree::{filled, map};
use crate::model::{Bytes, Map, Resources, Service, Swap, Value, merge};

/// `deploy`, holding only what is set; `None` when nothing is. `kept` is what else its `resources` hold.
pub fn deploy(
    limits: &Resources,
    reservations: &Resources,
    kept: &Map,
    replicas: Option<u32>,
) -> Option<Map> {
    let mut resources = map([("limits", table(limits)), ("reservations", table(reservations))]);
    merge(&mut resources, kept.clone());
    let replicas = replicas.map(|replicas| Value::Int(replicas.into()));
    let deploy = map([("replicas", replicas), ("resources", filled(resources))]);
    (!deploy.is_empty()).then_some(deploy)
}

/// `mem_limit` and `memswap_limit`: a swap limit can stand beside the `deploy` form only with an equal `mem_limit`
/// (COMPOSE_FACTS, memory). Compose does not ask the same of CPUs and processes (measured on 2.40.3).
pub fn swap(service: &Service) -> Vec<(&'static str, Value)> {
    let Some(swap) = service.memswap_limit else { return Vec::new() };
    let limit = match (swap, service.limits.memory) {
        (Swap::Unlimited, _) => Value::Int(-1),
        (Swap::Limit(bytes), _) | (Swap::Off, Some(bytes)) => size(bytes),
        (Swap::Off, None) => return Vec::new(),
    };
    let memory = service.limits.memory.map(|memory| ("mem_limit", size(memory)));
    memory.into_iter().chain([("memswap_limit", limit)]).collect()
}

/// The limits that `deploy` holds: without the CPUs that `cpu_quota` allows, which the engine does not take twice.
pub fn without_quota(service: &Service) -> Resources {
    let cpus = service.limits.cpus.filter(|_| !service.is_quota_limit);
    Resources { cpus, ..service.limits.clone() }
}

/// `cpu_quota` and `cpu_period`.
pub fn quota(service: &Service) -> [(&'static str, Option<Value>); 2] {
    [("cpu_quota", service.cpu_quota.map(Value::Int)), ("cpu_period", service.cpu_period.map(Value::Int))]
}

/// A size as a text of Docker's syntax, exact to the byte: the schema of `deploy` refuses a bare integer.
pub fn size(bytes: Bytes) -> Value {
    Value::String(bytes.exact())
}

fn table(resources: &Resources) -> Option<Value> {
    filled(map([
        ("cpus", resources.cpus.map(|cpus| Value::String(cpus.to_string()))),
        ("memory", resources.memory.map(size)),
        ("pids", resources.pids.map(Value::Int)),
    ]))
}
