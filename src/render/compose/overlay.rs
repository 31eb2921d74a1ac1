//! `docker-compose.PROFILE.yml`: what enabling a profile changes, as a Compose override file. Compose's merge of it gives
//! what `resolve::apply` gives: tables merge deeply, `command` is replaced, a dependency carries all its keys.

use super::service::whole_dependency;
use crate::{
    model::{Map, Overlay, Service, Swap, Value},
    render::{
        resources,
        service_keys::{command, environment, table},
    },
};

/// The keys of one overlay. `base` decides whether the older memory keys have to follow (see [`resources::swap`]).
pub fn keys(overlay: &Overlay, base: Option<&Service>) -> Map {
    let mut map = Map::new();
    let mut set = |key: &str, value: Option<Value>| map.extend(value.map(|value| (key.to_owned(), value)));
    set("command", overlay.command.as_ref().map(command));
    let dependencies = overlay.depends_on.iter().map(|(on, dependency)| (on, whole_dependency(dependency)));
    set("depends_on", table(dependencies));
    set("environment", environment(&overlay.environment));
    let deploy = resources::deploy(&overlay.limits, &overlay.reservations, &Map::new(), overlay.replicas);
    set("deploy", deploy.map(Value::Map));
    let swap = base.and_then(|base| base.memswap_limit);
    if swap.is_some() {
        set("mem_limit", overlay.limits.memory.map(resources::size));
    }
    if swap == Some(Swap::Off) {
        set("memswap_limit", overlay.limits.memory.map(resources::size));
    }
    map
}
