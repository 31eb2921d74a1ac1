//! Containers that can command the engine.

use super::Context;
use crate::{
    check::context::service_path,
    diag::{Code, Diagnostic, Severity},
    model::{Mount, MountKind, Value},
};

static DOCKER_SOCKET: Code = Code {
    name: "docker-socket",
    severity: Severity::Warning,
    docs: "\
A service mounts the engine's socket, or a folder that holds it, or asks for it with `use_api_socket`. Whoever can talk to \
the engine can start a privileged container: the socket is the machine. Mounting it read-only changes nothing. Containers \
started through it are outside every budget.

Where a service is made for that, such as a CI runner, say so:

```toml
allow = { docker-socket = \"the runner starts a container for each build\" }
```",
};

pub(super) static CODES: &[&Code] = &[&DOCKER_SOCKET];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (name, service) in context.services() {
        let path = || service_path(name);
        let mounts = service.volumes.iter().enumerate().filter(|(_, mount)| holds_socket(mount));
        let mounts = mounts.map(|(position, _)| path().key("volumes").index(position));
        let asked = matches!(service.rest.get("use_api_socket"), Some(Value::Bool(true)));
        let asked = asked.then(|| path().key("use_api_socket"));
        for at in mounts.chain(asked) {
            found.push(
                Diagnostic::new(&DOCKER_SOCKET, format!("service `{name}` has the engine's socket"))
                    .at(at)
                    .label("the engine's socket")
                    .why("whoever can talk to the engine has the machine, and what it starts is outside the budget")
                    .help("remove it, or write `allow = { docker-socket = \"reason\" }`"),
            );
        }
    }
}

fn holds_socket(mount: &Mount) -> bool {
    let Some(source) = &mount.source else { return false };
    match mount.kind {
        MountKind::Bind => {
            let source = if source.len() > 1 { source.trim_end_matches('/') } else { source };
            source.ends_with("docker.sock") || ["/", "/run", "/var", "/var/run"].contains(&source)
        }
        MountKind::Opaque => source.contains("docker.sock") || source.contains("DOCKER_SOCK"),
        _ => false,
    }
}
