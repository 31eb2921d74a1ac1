//! `docker-compose.PROFILE.yml`: what enabling a profile changes, as a Compose override file. Compose's merge of it gives
//! what `resolve::apply` gives: tables merge deeply, `command` is replaced, a dependency carries all its keys.

use super::service::dependencies;
use crate::{
    model::{Map, Overlay, Service, Swap, Value},
    render::{
        resources,
        service_keys::{command, environment},
    },
};

/// The keys of one overlay. `base` decides whether the older memory keys have to follow (see [`resources::swap`]).
pub fn keys(overlay: &Overlay, base: Option<&Service>) -> Map {
    let mut map = Map::new();
    let mut set = |key: &str, value: Option<Value>| map.extend(value.map(|value| (key.to_owned(), value)));
    set("command", overlay.command.as_ref().map(command));
    set("depends_on", dependencies(&overlay.depends_on, &overlay.variables, true));
    set("environment", environment(&overlay.environment));
    let (limits, reservations, texts) = (&overlay.limits, &overlay.reservations, &overlay.variables);
    let deploy = resources::deploy(limits, reservations, &Map::new(), overlay.replicas, texts);
    set("deploy", deploy.map(Value::Map));
    let swap = base.and_then(|base| base.memswap_limit);
    let memory = || limits.memory.map(|memory| resources::memory_limit(memory, texts));
    if swap.is_some() {
        set("mem_limit", memory());
    }
    if swap == Some(Swap::Off) {
        set("memswap_limit", memory());
    }
    map
}
