//! `network_mode` beside `networks`.

use super::Context;
use crate::diag::{Allow, Code, Diagnostic, service_path};

static NETWORK_MODE_AND_NETWORKS: Code = Code::error(
    "network-mode-and-networks",
    Allow::OutsideCore,
    "\
A service has both `network_mode` and `networks`; Compose refuses it (`declares mutually exclusive network_mode and \
networks`). Networks from `[defaults]` count.

Keep one of them.",
);

pub(super) static CODES: &[&Code] = &[&NETWORK_MODE_AND_NETWORKS];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (name, service) in context.services() {
        if let Some(mode) = service.network_mode.as_deref().filter(|_| !service.networks.is_empty()) {
            let message = format!("service `{name}` has `networks` and `network_mode = \"{mode}\"`");
            found.push(
                Diagnostic::new(&NETWORK_MODE_AND_NETWORKS, message)
                    .at(service_path(name).key("network_mode"))
                    .label("excludes `networks`")
                    .related(service_path(name).key("networks"), "the networks")
                    .why("Compose refuses a service with both")
                    .help("keep one of them"),
            );
        }
    }
}
