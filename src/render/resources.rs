//! `limits`, `reservations`, `replicas` and swap as Compose keys.

use super::tree::{filled, map};
use crate::model::{Bytes, Map, Resources, Service, Swap, Value, VariableTexts, merge};

/// `deploy`, holding only what is set; `None` when nothing is. `kept` is what else its `resources` hold; what a variable gives is
/// its text of `texts`.
pub fn deploy(
    limits: &Resources,
    reservations: &Resources,
    kept: &Map,
    replicas: Option<u32>,
    texts: &VariableTexts,
) -> Option<Map> {
    let mut resources = map([
        ("limits", table(limits, texts, "limits")),
        ("reservations", table(reservations, texts, "reservations")),
    ]);
    merge(&mut resources, kept.clone());
    let replicas = replicas.map(|replicas| or_text(texts, &["replicas"], Value::Int(replicas.into())));
    let deploy = map([("replicas", replicas), ("resources", filled(resources))]);
    (!deploy.is_empty()).then_some(deploy)
}

/// `mem_limit` and `memswap_limit`: a swap limit can stand beside the `deploy` form only with an equal `mem_limit`
/// (COMPOSE_FACTS, memory). Compose does not ask the same of CPUs and processes (measured on 2.40.3).
pub fn swap(service: &Service) -> Vec<(&'static str, Value)> {
    let Some(swap) = service.memswap_limit else { return Vec::new() };
    let texts = &service.variables;
    let limit = match (swap, service.limits.memory) {
        (Swap::Unlimited, _) => Value::Int(-1),
        (Swap::Limit(bytes), _) => or_text(texts, &["memswap_limit"], size(bytes)),
        (Swap::Off, Some(bytes)) => memory_limit(bytes, texts),
        (Swap::Off, None) => return Vec::new(),
    };
    let memory = service.limits.memory.map(|memory| ("mem_limit", memory_limit(memory, texts)));
    memory.into_iter().chain([("memswap_limit", limit)]).collect()
}

/// The limits that `deploy` holds: without the CPUs that `cpu_quota` allows, which the engine does not take twice.
pub fn without_quota(service: &Service) -> Resources {
    let cpus = service.limits.cpus.filter(|_| !service.is_quota_limit);
    Resources { cpus, ..service.limits.clone() }
}

/// `cpu_quota` and `cpu_period`.
pub fn quota(service: &Service) -> [(&'static str, Option<Value>); 2] {
    let of =
        |key, value: Option<i64>| (key, value.map(|it| or_text(&service.variables, &[key], Value::Int(it))));
    [of("cpu_quota", service.cpu_quota), of("cpu_period", service.cpu_period)]
}

/// The memory limit as `mem_limit` and `deploy` have it.
pub fn memory_limit(memory: Bytes, texts: &VariableTexts) -> Value {
    or_text(texts, &["limits", "memory"], size(memory))
}

/// The text with a variable that gives a value, or the value itself.
fn or_text(texts: &VariableTexts, path: &[&str], value: Value) -> Value {
    texts.get(path).map_or(value, Value::from)
}

/// A size as a text of Docker's syntax, exact to the byte: the schema of `deploy` refuses a bare integer.
fn size(bytes: Bytes) -> Value {
    Value::String(bytes.exact())
}

fn table(resources: &Resources, texts: &VariableTexts, name: &str) -> Option<Value> {
    let of = |key, value| or_text(texts, &[name, key], value);
    filled(map([
        ("cpus", resources.cpus.map(|cpus| of("cpus", Value::String(cpus.to_string())))),
        ("memory", resources.memory.map(|memory| of("memory", size(memory)))),
        ("pids", resources.pids.map(|pids| of("pids", Value::Int(pids)))),
    ]))
}
