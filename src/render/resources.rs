//! `limits`, `reservations`, `replicas` and swap as Compose keys.

use crate::model::{Bytes, Map, Resources, Service, Swap, Value};

/// `deploy`, holding only what is set; `None` when nothing is.
pub fn deploy(limits: &Resources, reservations: &Resources, replicas: Option<u32>) -> Option<Map> {
    let mut resources = Map::with_capacity(2);
    resources.extend(table(limits).map(|table| ("limits".to_owned(), table)));
    resources.extend(table(reservations).map(|table| ("reservations".to_owned(), table)));
    let mut deploy = Map::with_capacity(2);
    deploy.extend(replicas.map(|replicas| ("replicas".to_owned(), Value::Int(replicas.into()))));
    if !resources.is_empty() {
        deploy.insert("resources".to_owned(), Value::Map(resources));
    }
    (!deploy.is_empty()).then_some(deploy)
}

/// `mem_limit` and `memswap_limit`: a swap limit can stand beside the `deploy` form only with an equal `mem_limit`
/// (COMPOSE_FACTS, memory). Compose does not ask the same of CPUs and processes (measured on 2.40.3).
pub fn swap(service: &Service) -> Vec<(&'static str, Value)> {
    let Some(swap) = service.memswap_limit else { return Vec::new() };
    let limit = match swap {
        Swap::Unlimited => Value::Int(-1),
        Swap::Limit(bytes) => size(bytes),
    };
    let memory = service.limits.memory.map(|memory| ("mem_limit", size(memory)));
    memory.into_iter().chain([("memswap_limit", limit)]).collect()
}

/// A size as a text of Docker's syntax, exact to the byte: the schema of `deploy` refuses a bare integer.
pub fn size(bytes: Bytes) -> Value {
    Value::String(bytes.exact())
}

fn table(resources: &Resources) -> Option<Value> {
    let mut map = Map::with_capacity(3);
    map.extend(resources.cpus.map(|cpus| ("cpus".to_owned(), Value::String(cpus.to_string()))));
    map.extend(resources.memory.map(|memory| ("memory".to_owned(), size(memory))));
    map.extend(resources.pids.map(|pids| ("pids".to_owned(), Value::Int(pids))));
    (!map.is_empty()).then_some(Value::Map(map))
}
