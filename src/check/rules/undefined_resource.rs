//! Volumes, networks, secrets and configs that are used and not declared.

use std::borrow::Cow;

use super::Context;
use crate::{
    diag::{Allow, Code, Diagnostic, Fix, KeyPath, did_you_mean, service_path},
    model::{EnvFileSource, Mount, MountKind, SecretSource, Service, Value, name, variable},
};

static UNDEFINED_VOLUME: Code = Code::error(
    "undefined-volume",
    Allow::OutsideCore,
    "\
A service mounts a named volume that `[volumes]` does not declare; Compose refuses it (`refers to undefined volume`).

```toml
[volumes.postgres-data]
```

A folder of the machine starts with `./`, `../`, `~` or `/`.",
);

static UNDEFINED_NETWORK: Code = Code::error(
    "undefined-network",
    Allow::OutsideCore,
    "\
A service is attached to a network that `[networks]` does not declare; Compose refuses it (`refers to undefined network`). \
Only `default` needs no declaration.

```toml
[networks.backend]
```",
);

static UNDEFINED_SECRET: Code = Code::error(
    "undefined-secret",
    Allow::OutsideCore,
    "\
A service uses a secret that `[secrets]` does not declare; Compose refuses it (`refers to undefined secret`).

```toml
[secrets.postgres_password]
generate = true
```",
);

static UNDEFINED_CONFIG: Code = Code::error(
    "undefined-config",
    Allow::OutsideCore,
    "\
A service uses a config that `[configs]` does not declare; Compose refuses it (`refers to undefined config`).

```toml
[configs.settings]
file = \"settings.json\"
```",
);

static UNDEFINED_MODEL: Code = Code::error(
    "undefined-model",
    Allow::OutsideCore,
    "\
A service uses a model that `[models]` does not declare; Compose refuses it (`refers to undefined model`).

```toml
[models.small]
model = \"ai/smollm2\"
```",
);

static SECRET_IS_NO_ENV_FILE: Code = Code::error(
    "secret-is-no-env-file",
    Allow::Never(Allow::NOT_RENDERED),
    "\
`env_file = [{ secret = \"NAME\" }]` names a secret that is not an env file. An env file is generated with a value for each \
variable that it lists:

```toml
[secrets.drone_env]
generate = true
env = [\"DRONE_RPC_SECRET\"]
```

Another secret is read from the file that `secrets = [\"NAME\"]` mounts.",
);

pub(super) static CODES: &[&Code] = &[
    &UNDEFINED_VOLUME,
    &UNDEFINED_NETWORK,
    &UNDEFINED_SECRET,
    &UNDEFINED_CONFIG,
    &UNDEFINED_MODEL,
    &SECRET_IS_NO_ENV_FILE,
];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let stack = context.stack;
    for (service, table) in &stack.services {
        let mut look =
            |code, kind: &str, used: &str, known: &mut dyn Iterator<Item = &String>, at: KeyPath| {
                // One with a bad name or content is written, and that is reported elsewhere.
                if context.is_written(&KeyPath::from([format!("{kind}s").as_str(), used])) {
                    return;
                }
                let known: Vec<&str> = known.map(String::as_str).collect();
                found.push(undefined(code, kind, service, used, &known, at));
            };
        for (position, mount) in table.volumes.iter().enumerate() {
            let named = named_volume(context, mount).filter(|(name, _)| !stack.volumes.contains_key(&**name));
            if let Some((_, used)) = named {
                let at = service_path(service).key("volumes").index(position);
                look(&UNDEFINED_VOLUME, "volume", &used, &mut stack.volumes.keys(), at);
            }
        }
        for used in table.networks.keys() {
            if used != "default" && !stack.networks.contains_key(used) {
                let at = service_path(service).key("networks").key(used);
                look(&UNDEFINED_NETWORK, "network", used, &mut stack.networks.keys(), at);
            }
        }
        for (used, path, position) in secrets(table) {
            if !stack.secrets.contains_key(used) {
                let at = path.iter().fold(service_path(service), |at, key| at.key(*key)).index(position);
                look(&UNDEFINED_SECRET, "secret", used, &mut stack.secrets.keys(), at);
            }
        }
        for (position, grant) in table.configs.iter().enumerate() {
            if !stack.configs.contains_key(&grant.source) {
                let at = service_path(service).key("configs").index(position);
                look(&UNDEFINED_CONFIG, "config", &grant.source, &mut stack.configs.keys(), at);
            }
        }
        for used in table.models.keys() {
            if !stack.models.contains_key(used) {
                let at = service_path(service).key("models").key(used);
                look(&UNDEFINED_MODEL, "model", used, &mut stack.models.keys(), at);
            }
        }
        env_files(context, service, table, found);
    }
}

/// A name, and how it is shown: without what variables hold.
type Named<'a> = (Cow<'a, str>, Cow<'a, str>);

/// The named volume that is mounted: as it is written, or what the variable in the place of a source makes, as Compose reads it.
fn named_volume<'a>(context: &Context<'_>, mount: &'a Mount) -> Option<Named<'a>> {
    let source = mount.source.as_deref()?;
    match mount.kind {
        MountKind::Volume => {
            let name = Some(source).filter(|name| !variable::has_variable(name)).map(Cow::Borrowed)?;
            Some((name.clone(), name))
        }
        MountKind::Opaque => {
            let made = context.expand(source)?;
            let (name, _) = made.split_once(':').filter(|(name, _)| name.len() > 1)?;
            let masked = context.masked(source);
            let shown = masked.split(':').next().unwrap_or_default();
            (!name.starts_with(['/', '.', '~']))
                .then(|| (Cow::Owned(name.to_owned()), Cow::Owned(shown.to_owned())))
        }
        _ => None,
    }
}

/// A secret that a service uses: its name, the list below the service that names it, and the position in that list.
type Use<'a> = (&'a str, &'static [&'static str], usize);

/// Every use of a secret in a service: granted, read at build time, or as an env file.
pub(super) fn secrets(service: &Service) -> impl Iterator<Item = Use<'_>> {
    let granted = service.secrets.iter().enumerate();
    let granted = granted.map(|(position, grant)| (grant.source.as_str(), ["secrets"].as_slice(), position));
    let build = service.build.as_ref().and_then(|build| build.rest.get("secrets")).and_then(Value::as_list);
    let built = build.unwrap_or_default().iter().enumerate().filter_map(|(position, secret)| {
        let source = secret.as_map().and_then(|grant| grant.get("source")).and_then(Value::as_str);
        Some((source.or(secret.as_str())?, ["build", "secrets"].as_slice(), position))
    });
    let files = service.env_file.iter().enumerate().filter_map(|(position, file)| match &file.source {
        EnvFileSource::Secret(secret) => Some((secret.as_str(), ["env_file"].as_slice(), position)),
        EnvFileSource::Path(_) => None,
    });
    granted.chain(built).chain(files)
}

fn env_files(context: &Context<'_>, name: &str, service: &Service, found: &mut Vec<Diagnostic>) {
    for (position, file) in service.env_file.iter().enumerate() {
        let EnvFileSource::Secret(secret) = &file.source else { continue };
        let Some(declared) = context.stack.secrets.get(secret) else { continue };
        if matches!(&declared.source, SecretSource::Generated { env } if !env.is_empty()) {
            continue;
        }
        let message = format!("service `{name}` reads the secret `{secret}` as an env file, which it is not");
        found.push(
            Diagnostic::new(&SECRET_IS_NO_ENV_FILE, message)
                .at(service_path(name).key("env_file").index(position))
                .related(["secrets", secret], "declared here")
                .why("an env file holds a generated value for each variable that `env` lists")
                .help("add `generate = true` and `env = [\"VARIABLE\"]` to it, or mount it with `secrets`"),
        );
    }
}

fn undefined(
    code: &'static Code,
    kind: &str,
    service: &str,
    used: &str,
    known: &[&str],
    at: KeyPath,
) -> Diagnostic {
    let help = did_you_mean(used, known.iter().copied()).unwrap_or_else(|| match used.contains('/') {
        true => "if it is a folder, begin the path with `./` or `/`".to_owned(),
        false => {
            let with = match kind {
                "secret" => " and `generate = true` or a `file`",
                "config" => " and a `file` or its `content`",
                "model" => " and a `model`",
                _ => "",
            };
            format!("declare it with `[{kind}s.{used}]`{with}")
        }
    });
    let diagnostic =
        Diagnostic::new(code, format!("service `{service}` uses the {kind} `{used}`, which is not declared"))
            .together(format!("{{}} uses of the {kind} `{used}`, which is not declared"))
            .label(format!("no such {kind}"))
            .why(format!("Compose refuses it: the service \"refers to undefined {kind}\""));
    let entries: Option<&'static [_]> = match kind {
        "volume" | "network" => Some(&[]),
        // An env file has variables, which only a person can name.
        "secret" if !at.to_string().contains(".env_file") => Some(&[("generate", "true")]),
        _ => None,
    };
    // With a near name the answer may be that one.
    let is_declared = did_you_mean(used, known.iter().copied()).is_none() && name::is_resource(used);
    let fix = entries
        .filter(|_| is_declared)
        .map(|entries| Fix::Add { table: KeyPath::from([format!("{kind}s").as_str(), used]), entries });
    let diagnostic = diagnostic.at(at).help(help);
    fix.into_iter().fold(diagnostic, Diagnostic::fix)
}
