//! Secrets and configs that only a swarm knows.

use super::{Context, undefined_resource};
use crate::{
    diag::{Code, Diagnostic, KeyPath, service_path},
    model::{ConfigSource, Map, SecretSource},
};

static SWARM_ONLY: Code = Code::warning(
    "swarm-only",
    "\
A secret or config that a service uses is `external`, or has a `template_driver` or a `driver`: these belong to a swarm. `docker compose config` \
accepts them and `docker compose up` refuses them (`unsupported external secret`); `docker stack deploy` takes them.

```toml
[services.api]
secrets = [\"token\"]
allow = { swarm-only = \"this stack runs in a swarm\" }

[secrets.token]
external = true
```

For plain Compose, write `file`, `environment` or `generate = true`.",
);

pub(super) static CODES: &[&Code] = &[&SWARM_ONLY];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let stack = context.stack;
    for (service, table) in context.services() {
        for (name, keys, position) in undefined_resource::secrets(table) {
            let Some(secret) = stack.secrets.get(name) else { continue };
            let at = keys.iter().fold(service_path(service), |path, key| path.key(*key)).index(position);
            let key = key(secret.source == SecretSource::External, &secret.rest);
            found.extend(key.map(|key| warning(("secret", "secrets"), name, key, service, at)));
        }
        for (position, name) in table.configs.iter().map(|grant| grant.source.as_str()).enumerate() {
            let Some(config) = stack.configs.get(name) else { continue };
            let key = key(config.source == ConfigSource::External, &config.rest);
            let at = service_path(service).key("configs").index(position);
            found.extend(key.map(|key| warning(("config", "configs"), name, key, service, at)));
        }
    }
}

/// The key that makes it a swarm's.
fn key(is_external: bool, rest: &Map) -> Option<&'static str> {
    let of_swarm = ["template_driver", "driver"].into_iter().find(|key| rest.contains_key(*key));
    if is_external { Some("external") } else { of_swarm }
}

fn warning((kind, table): (&str, &str), name: &str, key: &str, service: &str, at: KeyPath) -> Diagnostic {
    let message =
        format!("service `{service}` uses the {kind} `{name}`, which has `{key}`: only a swarm knows that");
    Diagnostic::new(&SWARM_ONLY, message)
        .at(at)
        .related([table, name, key], "of a swarm")
        .why("`docker compose config` accepts it and `docker compose up` refuses it")
        .help("write `file` or `environment` instead, or acknowledge the warning where the stack runs in a swarm")
}
