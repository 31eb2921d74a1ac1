//! Published ports of a service that has no network of its own.

use super::Context;
use crate::diag::{Allow, Code, Diagnostic, service_path};

static PORTS_WITHOUT_NETWORK: Code = Code::error(
    "ports-without-network",
    Allow::Anywhere,
    "\
A service publishes ports although its `network_mode` leaves nothing to publish. With `host` the engine discards them \
(`Published ports are discarded when using host network mode`): the container's ports are the machine's, on every address. \
With `none` nothing listens, and with `service:x` or `container:x` the engine refuses the container: the ports belong to \
the other one. `docker compose config` accepts all of them.

Remove `ports`, or remove `network_mode`.",
);

pub(super) static CODES: &[&Code] = &[&PORTS_WITHOUT_NETWORK];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (name, service) in context.services().iter().filter(|(_, service)| !service.ports.is_empty()) {
        let Some(mode) = service.network_mode.as_deref() else { continue };
        let why = match mode {
            "host" => {
                "the engine discards them: with host networking the container's ports are the machine's"
            }
            "none" => "without a network nothing listens there",
            _ if mode.starts_with("service:") || mode.starts_with("container:") => {
                "the engine refuses it: the ports have to be published by the container that owns the network"
            }
            _ => continue,
        };
        let message = format!("service `{name}` publishes ports with `network_mode = \"{mode}\"`");
        found.push(
            Diagnostic::new(&PORTS_WITHOUT_NETWORK, message)
                .at(service_path(name).key("ports"))
                .label("cannot be published")
                .related(service_path(name).key("network_mode"), "the network mode")
                .why(why)
                .help("remove `ports` or `network_mode`"),
        );
    }
}
