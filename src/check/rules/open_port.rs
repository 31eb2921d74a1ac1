//! Ports that other machines can reach.

use super::Context;
use crate::{
    diag::{Code, Diagnostic, service_path},
    model::HostIp,
};

static OPEN_PORT: Code = Code::warning(
    "open-port",
    "\
A port is published on an address other than loopback, so other machines can reach it: `*` means every \
network the machine is in, 0.0.0.0 the same without IPv6, and the engine's rules come before those of many firewalls.

A port without an address is published on 127.0.0.1. Where others are meant to reach it, say why:

```toml
[services.nginx]
ports = [\"*:8080:80\"]
allow = { open-port = \"the shop's front door\" }
```",
);

pub(super) static CODES: &[&Code] = &[&OPEN_PORT];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (name, service) in context.services() {
        for (position, port) in service.ports.iter().enumerate() {
            let address = port.host_ip;
            if address.is_loopback() {
                continue;
            }
            let what = port.published.unwrap_or(port.target);
            let reach = match address {
                HostIp::Every => "every address, IPv4 and IPv6".to_owned(),
                every if every.is_every() => format!("every address, {every}"),
                open => format!("an open address, {open}"),
            };
            let local = match port.published {
                Some(published) => format!("127.0.0.1:{published}:{}", port.target),
                None => port.target.to_string(),
            };
            let message = format!("service `{name}` publishes port {what} on {reach}");
            found.push(
                Diagnostic::new(&OPEN_PORT, message)
                    .at(service_path(name).key("ports").index(position))
                    .together_with(
                        "{} ports are published on open addresses",
                        "write each with the address 127.0.0.1 for this machine only, or `allow = { open-port = \"reason\" }` in the service",
                    )
                    .label("reachable from other machines")
                    .why("the engine opens it beside the machine's firewall")
                    .help(format!(
                        "write \"{local}\" for this machine only, or `allow = {{ open-port = \"reason\" }}`"
                    )),
            );
        }
    }
}
