//! Several replicas on one port of the machine.

use super::Context;
use crate::diag::{Allow, Code, Diagnostic, service_path};

static REPLICAS_SHARE_PORT: Code = Code::error(
    "replicas-share-port",
    Allow::UntilUp,
    "\
A service has several replicas and publishes a fixed port of the machine, so the second replica fails to start (`port is \
already allocated`). Overlays that raise `replicas` count.

Publish a range with a port for each replica, leave the machine's port to the engine, or put a proxy in front that \
publishes the port once:

```toml
[services.worker]
replicas = 3
ports = [\"9000-9002:9000\"]      # or \"9000\": the engine chooses
```",
);

pub(super) static CODES: &[&Code] = &[&REPLICAS_SHARE_PORT];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (name, service) in context.services().iter().filter(|(_, service)| !service.ports.is_empty()) {
        let choices = context.replicas(name);
        for choice in &choices {
            let replicas = choice.value.unwrap_or(1);
            for (position, port) in service.ports.iter().enumerate() {
                let Some(published) = port.published else { continue };
                let fixed = published.count() == port.target.count();
                let room = if fixed { 1 } else { published.count() };
                if replicas <= room || published.first == 0 {
                    continue;
                }
                let Some(combination) = context.when(name).chosen(choice, &choices).witness() else {
                    continue;
                };
                let protocol = port.protocol.as_str();
                let message = format!(
                    "service `{name}` has {replicas} replicas for the machine's port {published}/{protocol}"
                );
                found.push(
                    Diagnostic::new(&REPLICAS_SHARE_PORT, message)
                        .at(service_path(name).key("ports").index(position))
                        .label(format!("room for {room}"))
                        .related(choice.path(name, &["replicas"]), format!("{replicas} replicas"))
                        .why("`docker compose config` accepts it and the next replica fails: the port is already allocated")
                        .help("publish a range with a port for each replica, or only the container's port")
                        .in_combination(combination),
                );
            }
        }
    }
}
