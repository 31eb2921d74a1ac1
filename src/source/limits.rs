//! `limits`, `reservations`, `memswap_limit`.

use toml::de::DeValue;

use super::{compose_keys::UNSUPPORTED_KEY, table::Item};
use crate::model::{Resources, Swap};

/// Decode `limits`.
pub(super) fn limits(item: &Item<'_, '_>) -> Resources {
    decode(item, true)
}

/// Decode `reservations`: no `pids`.
pub(super) fn reservations(item: &Item<'_, '_>) -> Resources {
    decode(item, false)
}

fn decode(item: &Item<'_, '_>, limits: bool) -> Resources {
    let mut resources = Resources::default();
    let Some(table) = item.table() else { return resources };
    for item in table.items() {
        match item.key() {
            "memory" => resources.memory = item.bytes(),
            "cpus" => resources.cpus = item.cpus(),
            "pids" if limits => resources.pids = item.whole(-1, i64::MAX),
            "devices" | "generic_resources" if !limits => item.report(|| {
                item.key_error(&UNSUPPORTED_KEY, format!("{} is not supported", item.path()))
                    .label("not supported")
                    .help("write `gpus` in the service, which means the same outside Swarm")
            }),
            _ if limits => item.unknown(["memory", "cpus", "pids"]),
            _ => item.unknown(["memory", "cpus"]),
        }
    }
    resources
}

/// Decode `memswap_limit`: a size, or -1.
pub(super) fn memswap_limit(item: &Item<'_, '_>) -> Option<Swap> {
    let unlimited = match item.value.get_ref() {
        DeValue::Integer(number) => number.as_str() == "-1",
        DeValue::String(text) => text == "-1",
        _ => false,
    };
    if unlimited { Some(Swap::Unlimited) } else { item.bytes().map(Swap::Limit) }
}
