//! Secrets and configs out of variables that are not set.

use std::collections::HashSet;

use super::{Context, undefined_resource};
use crate::{
    diag::{Allow, Code, Diagnostic, KeyPath},
    model::{ConfigSource, SecretSource},
};

static UNSET_SOURCE: Code = Code::error(
    "unset-source",
    Allow::Anywhere,
    "\
A secret or config comes out of a variable, `environment = \"NAME\"`, that is set neither in `.env` nor in the shell. `docker compose config` accepts it, and no container that \
uses it starts (`environment variable \"NAME\" required by secret is not set`). An empty value counts as set.

Set the variable, or let stackctl make the secret: `generate = true`.",
);

pub(super) static CODES: &[&Code] = &[&UNSET_SOURCE];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let stack = context.stack;
    let of_secrets =
        stack.secrets.values().any(|secret| matches!(secret.source, SecretSource::Environment(_)));
    if !of_secrets
        && !stack.configs.values().any(|config| matches!(config.source, ConfigSource::Environment(_)))
    {
        return;
    }
    let is_unset = |variable: &str| !variable.is_empty() && !context.project.env.contains_key(variable);
    let services = || stack.services.values();
    let used: HashSet<&str> =
        services().flat_map(undefined_resource::secrets).map(|(secret, ..)| secret).collect();
    for (name, secret) in stack.secrets.iter().filter(|(name, _)| used.contains(name.as_str())) {
        if let SecretSource::Environment(variable) = &secret.source
            && is_unset(variable)
        {
            let help =
                format!("set `{variable}` in .env or in the shell, or write `generate = true` instead");
            found.push(unset(("secret", "secrets"), name, variable, help));
        }
    }
    let used: HashSet<&str> =
        services().flat_map(|service| &service.configs).map(|grant| grant.source.as_str()).collect();
    for (name, config) in stack.configs.iter().filter(|(name, _)| used.contains(name.as_str())) {
        if let ConfigSource::Environment(variable) = &config.source
            && is_unset(variable)
        {
            let help = format!("set `{variable}` in .env or in the shell");
            found.push(unset(("config", "configs"), name, variable, help));
        }
    }
}

fn unset((kind, table): (&str, &str), name: &str, variable: &str, help: String) -> Diagnostic {
    Diagnostic::new(&UNSET_SOURCE, format!("the variable `{variable}` of the {kind} `{name}` is not set"))
        .at(KeyPath::from([table, name, "environment"]))
        .label("has no value")
        .why("`docker compose config` accepts it and the container does not start")
        .help(help)
}
