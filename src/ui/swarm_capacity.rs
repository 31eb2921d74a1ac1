//! `budget check --against swarm`: what the nodes lack.

use serde_json::{Value, json};

use super::{Paint, Tone, counted, shortfall};
use crate::{
    budget::{Site, SwarmCapacity},
    model::{Bytes, Cpus},
    text::printable,
};

/// For people: a line for each node and one for each shortfall.
pub fn human(capacity: &SwarmCapacity, paint: Paint) -> String {
    let nodes = counted(capacity.sites.len(), "node");
    let mut text = format!("\nagainst the swarm of {nodes}, with what other stacks leave free\n");
    for Site { node, room } in &capacity.sites {
        let (name, memory) = (printable(&node.name), Bytes(room.memory));
        let cpus = Cpus { nanos: room.nanos };
        let closed = node.closed.map(|why| format!(", {why}")).unwrap_or_default();
        text.push_str(&format!("  {name}: {memory} of memory, {cpus} CPUs{closed}\n"));
    }
    for lack in &capacity.lacks {
        text.push_str(&shortfall::human(lack.is_error, &lack.combination, &lack.text, lack.more, paint));
    }
    if capacity.lacks.is_empty() {
        let all =
            "each combination has a placement that keeps reservations and memory limits within each node";
        text.push_str(&format!("  {}\n", paint.text(Tone::Good, all)));
    }
    text
}

/// For programs.
pub fn json(capacity: &SwarmCapacity) -> Value {
    let nodes = capacity.sites.iter().map(|Site { node, room }| {
        json!({
            "node": node.name,
            "state": node.closed.unwrap_or("ready"),
            "memory_bytes": node.memory,
            "free_memory_bytes": room.memory,
            "free_cpus": room.nanos as f64 / 1e9,
        })
    });
    let lacks = capacity.lacks.iter();
    let lacks = lacks.map(|it| shortfall::json(it.is_error, &it.combination, &it.text, it.more));
    json!({
        "nodes": nodes.collect::<Vec<_>>(),
        "fits": capacity.fits(),
        "lacks": lacks.collect::<Vec<_>>(),
    })
}
