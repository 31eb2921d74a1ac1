//! `budget check --against engine`: what the engine's machine lacks.

use serde_json::{Value, json};

use super::{Paint, Tone, counted, shortfall};
use crate::budget::{Capacity, Machine};

/// For people: a line for the machine of the engine at `host` and one for each shortfall.
/// `all` is whether every service has its limits.
pub fn human(host: &str, capacity: &Capacity, all: bool, paint: Paint) -> String {
    let Machine { memory, cpus } = capacity.machine;
    let mut text = format!("\nagainst the engine at {host}: {memory} of memory, {cpus} CPUs\n");
    for lack in &capacity.lacks {
        let is_error = lack.shortfall.is_error();
        let (word, tone) = if is_error { ("error", Tone::Bad) } else { ("warning", Tone::Near) };
        let more = match lack.more {
            0 => String::new(),
            more => format!(" (and in {} more)", counted(more, "combination")),
        };
        let (word, combination) = (paint.text(tone, word), &lack.combination);
        let lack = shortfall::text(&lack.shortfall, &capacity.machine);
        text.push_str(&format!("  {word}: {combination}: {lack}{more}\n"));
    }
    if capacity.lacks.is_empty() {
        text.push_str(&match all {
            true => format!("  {}\n", paint.text(Tone::Good, "the machine has enough of everything")),
            false => "  the machine has enough for the limits that there are\n".to_owned(),
        });
    }
    text
}

/// For programs.
pub fn json(host: &str, capacity: &Capacity) -> Value {
    let lacks = capacity.lacks.iter().map(|lack| {
        json!({
            "severity": if lack.shortfall.is_error() { "error" } else { "warning" },
            "message": shortfall::text(&lack.shortfall, &capacity.machine),
            "combination": lack.combination,
            "more_combinations": lack.more,
        })
    });
    json!({
        "host": host,
        "memory_bytes": capacity.machine.memory.0,
        "cpus": capacity.machine.cpus,
        "fits": capacity.fits(),
        "lacks": lacks.collect::<Vec<_>>(),
    })
}
