//! `[budget]`.

use super::table::Item;
use crate::model::{Budget, Cpus};

const KEYS: [&str; 4] = ["memory", "cpus", "cpu_overcommit", "log_disk"];

/// Decode `[budget]`; `None` where `memory` or `cpus` could not be read.
pub(super) fn decode(item: &Item<'_, '_>) -> Option<Budget> {
    let table = item.table()?;
    let (mut memory, mut cpus, mut cpu_overcommit, mut log_disk) = (None, None, None, None);
    for item in table.items() {
        match item.key() {
            "memory" => memory = item.bytes(),
            "cpus" => cpus = item.cpus(),
            "cpu_overcommit" => cpu_overcommit = item.cpus(),
            "log_disk" => log_disk = item.bytes(),
            _ => item.unknown(KEYS),
        }
    }
    if table.get("memory").is_none() {
        table.missing("memory", "`memory = \"12G\"`, what this machine gives to the stack");
    }
    if table.get("cpus").is_none() {
        table.missing("cpus", "`cpus = 8.0`, what this machine gives to the stack");
    }
    let one = Cpus { nanos: 1_000_000_000 };
    Some(Budget { memory: memory?, cpus: cpus?, cpu_overcommit: cpu_overcommit.unwrap_or(one), log_disk })
}
