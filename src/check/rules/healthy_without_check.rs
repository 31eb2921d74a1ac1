//! Waiting for the health of a service that has no health check.

use super::Context;
use crate::{
    diag::{Allow, Code, Diagnostic, service_path},
    model::{Condition, Service},
};

static HEALTHY_WITHOUT_CHECK: Code = Code::error(
    "healthy-without-check",
    Allow::Anywhere,
    "\
A service waits until another one is `healthy`, and that one has no `healthcheck`, or one that is disabled. \
`docker compose config` accepts it, and `up` fails when the container is running: it has no health to wait for.

```toml
[services.api]
depends_on = { postgres = \"healthy\" }
[services.postgres]
healthcheck = { test = [\"CMD\", \"pg_isready\", \"-U\", \"orders\"] }
```

Give the other service a health check, or wait for `started`. Where the image brings a check of its own, say so: `healthcheck = \"image\"`.",
);

pub(super) static CODES: &[&Code] = &[&HEALTHY_WITHOUT_CHECK];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for edge in context.edges.iter().filter(|edge| edge.condition == Condition::Healthy) {
        let Some(other) = context.services().get(edge.to) else { continue };
        let Some(reason) = missing(other) else { continue };
        let at = service_path(edge.to).key("healthcheck");
        if other.healthcheck.is_none() && context.is_written(&at) {
            continue;
        }
        let Some(combination) = context.when_edge(edge).active(edge.to).witness() else { continue };
        let (from, to) = (edge.from, edge.to);
        let message = format!("service `{from}` waits until `{to}` is healthy, but `{to}` {reason}");
        found.push(
            Diagnostic::new(&HEALTHY_WITHOUT_CHECK, message)
                .together(format!("{{}} services wait until `{to}` is healthy, but `{to}` {reason}"))
                .at(edge.path())
                .label("never healthy")
                .related(at, format!("`{to}` {reason}"))
                .why("`docker compose config` accepts it and `up` fails once the container runs")
                .help(format!(
                    "give `{to}` a `healthcheck` with a `test`, write `healthcheck = \"image\"` in it where its image brings one, or wait for \"started\""
                ))
                .in_combination(combination),
        );
    }
}

fn missing(service: &Service) -> Option<&'static str> {
    match &service.healthcheck {
        None => Some("has no health check"),
        Some(healthcheck) if healthcheck.disable => Some("disables its health check"),
        Some(_) => None,
    }
}
