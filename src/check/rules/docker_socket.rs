//! Containers that can command the engine.

use super::Context;
use crate::{
    diag::{Code, Diagnostic, service_path},
    model::{Mount, MountKind, Value},
};

static DOCKER_SOCKET: Code = Code::warning(
    "docker-socket",
    "\
A service mounts the engine's socket, or a folder that holds it, or asks for it with `use_api_socket`. Whoever can talk to \
the engine can start a privileged container: the socket is the machine. Mounting it read-only changes nothing. Containers \
started through it are outside every budget.

Where a service is made for that, such as a CI runner, say so:

```toml
allow = { docker-socket = \"the runner starts a container for each build\" }
```",
);

pub(super) static CODES: &[&Code] = &[&DOCKER_SOCKET];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (name, service) in context.services() {
        let path = || service_path(name);
        let mounts = service.volumes.iter().enumerate().filter(|(_, mount)| holds_socket(context, mount));
        let mounts = mounts.map(|(position, _)| path().key("volumes").index(position));
        let asked = matches!(service.rest.get("use_api_socket"), Some(Value::Bool(true)));
        let asked = asked.then(|| path().key("use_api_socket"));
        for at in mounts.chain(asked) {
            found.push(
                Diagnostic::new(&DOCKER_SOCKET, format!("service `{name}` has the engine's socket"))
                    .at(at)
                    .together("{} mounts of the engine's socket")
                    .label("the engine's socket")
                    .why("whoever can talk to the engine has the machine, and what it starts is outside the budget")
                    .help("remove it, or write `allow = { docker-socket = \"reason\" }`"),
            );
        }
    }
}

fn holds_socket(context: &Context<'_>, mount: &Mount) -> bool {
    let Some(source) = &mount.source else { return false };
    let made = context.expand(source);
    let made = made.as_deref().unwrap_or(source);
    let path = match mount.kind {
        MountKind::Bind => made,
        // SOURCE:TARGET, of which only Compose knows the parts.
        MountKind::Opaque if source.contains("DOCKER_SOCK") => return true,
        MountKind::Opaque => made.split(':').next().unwrap_or_default(),
        _ => return false,
    };
    let path = if path.len() > 1 { path.trim_end_matches('/') } else { path };
    path.ends_with("docker.sock") || ["/", "/run", "/var", "/var/run"].contains(&path)
}
