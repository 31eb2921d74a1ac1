//! Owners and permissions of secrets and configs that are files.

use super::Context;
use crate::{
    diag::{Code, Diagnostic, service_path},
    model::{ConfigSource, Grant, SecretSource},
    text::listed,
};

static IGNORED_OWNER: Code = Code::warning(
    "ignored-owner",
    "\
`uid`, `gid` or `mode` of a secret or config that is a file of the machine: Compose mounts the file as it is and ignores them, so a process that is \
not root may not be able to read it. They have an effect where the secret comes out of `environment`, or the config out of `content` or \
`environment`, and in a swarm.

```toml
secrets = [{ source = \"token\", uid = \"1000\", mode = 0o400 }]   # warning while [secrets.token] has a `file`
secrets = [\"token\"]                                            # and let the file be readable: chmod 0444 inside a closed folder
```

A generated secret is readable for every user of the container.",
);

pub(super) static CODES: &[&Code] = &[&IGNORED_OWNER];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let stack = context.stack;
    for (name, service) in context.services() {
        for (position, grant) in service.secrets.iter().enumerate() {
            let source = stack.secrets.get(&grant.source).map(|secret| &secret.source);
            if matches!(source, Some(SecretSource::File(_) | SecretSource::Generated { .. })) {
                found.extend(ignored(name, ("secret", "secrets"), position, grant));
            }
        }
        for (position, grant) in service.configs.iter().enumerate() {
            let source = stack.configs.get(&grant.source).map(|config| &config.source);
            if matches!(source, Some(ConfigSource::File(_))) {
                found.extend(ignored(name, ("config", "configs"), position, grant));
            }
        }
    }
}

fn ignored(service: &str, (kind, key): (&str, &str), position: usize, grant: &Grant) -> Option<Diagnostic> {
    let written =
        [("uid", grant.uid.is_some()), ("gid", grant.gid.is_some()), ("mode", grant.mode.is_some())];
    let written: Vec<&str> = written.into_iter().filter(|(_, is_set)| *is_set).map(|(key, _)| key).collect();
    let first = written.first()?;
    let keys = listed(written.iter().map(|key| format!("`{key}`")));
    let verb = if written.len() == 1 { "has" } else { "have" };
    let message = format!("{keys} of the {kind} `{}` in service `{service}` {verb} no effect", grant.source);
    Some(
        Diagnostic::new(&IGNORED_OWNER, message)
            .at(service_path(service).key(key).index(position).key(*first))
            .label("ignored")
            .related([key, grant.source.as_str()], "a file of the machine")
            .why("Compose mounts the file as it is, with its owner and permissions")
            .help("remove it, and give the file itself the permissions that the container's user needs"),
    )
}
