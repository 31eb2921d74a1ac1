//! `budget check --services`: what each service may take of the budget's memory.

use serde_json::{Value, json};

use super::table::table;
use crate::budget::{Measure, ServiceShare};

/// For people: a table, the largest limit first.
pub fn human(shares: &[ServiceShare]) -> String {
    let headings = ["service", ">memory limit", ">of the budget", ">headroom", "in"];
    let rows = shares.iter().map(|it| {
        vec![
            it.service.clone(),
            it.memory.map_or_else(|| "none".to_owned(), |memory| Measure::Memory.text(memory)),
            it.share.map_or_else(String::new, |share| format!("{:.1} %", share * 100.0)),
            it.headroom.map_or_else(String::new, |headroom| {
                let sign = if headroom < 0 { "-" } else { "" };
                format!("{sign}{}", Measure::Memory.text(headroom.unsigned_abs()))
            }),
            it.combination.clone(),
        ]
    });
    let mut text = format!("\n{}", table(headings, rows));
    text.push_str(
        "limits of all containers of a service, in the largest combination that holds it; headroom is what that leaves\n",
    );
    text
}

/// For programs. A number beyond 64 bits, which no machine has, is the largest that there is.
pub fn json(shares: &[ServiceShare]) -> Value {
    let one = |it: &ServiceShare| {
        let headroom = it
            .headroom
            .map(|bytes| i64::try_from(bytes).unwrap_or(if bytes < 0 { i64::MIN } else { i64::MAX }));
        json!({
            "service": it.service,
            "memory_limit_bytes": it.memory.map(|memory| u64::try_from(memory).unwrap_or(u64::MAX)),
            "share": it.share,
            "headroom_bytes": headroom,
        })
    };
    shares.iter().map(one).collect()
}
