//! Errors: what `docker stack deploy` refuses or misreads, so that no stack file is written.

use crate::{
    diag::{Diagnostic, KeyPath},
    model::{ConfigSource, EnvFileSource, Grant, MountKind, SecretSource, Service, variable},
    render::diagnostics::{SWARM_NAME, VARIABLE_PATH},
    resolve::ResolvedStack,
};

/// The longest name of a service with that of its stack and the `_` between them: a label of DNS.
const LONGEST: usize = 63;

/// The errors of a selection that a stack file cannot express.
pub fn mistakes(resolved: &ResolvedStack<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let stack = resolved.stack;
    for (name, service) in &resolved.services {
        found.extend(name_of(&stack.name, name));
        paths(name, service, &mut found);
    }
    let services = || resolved.services.values();
    let granted = |grants: fn(&Service) -> &[Grant], name: &str| {
        services().any(|service| grants(service).iter().any(|grant| grant.source == name))
    };
    for (name, secret) in &stack.secrets {
        if let SecretSource::File(path) = &secret.source
            && granted(|it| &it.secrets, name)
        {
            found.extend(path_of(path, KeyPath::from(["secrets", name, "file"])));
        }
    }
    for (name, config) in &stack.configs {
        if let ConfigSource::File(path) = &config.source
            && granted(|it| &it.configs, name)
        {
            found.extend(path_of(path, KeyPath::from(["configs", name, "file"])));
        }
    }
    for (name, volume) in &stack.volumes {
        let mounts = |service: &Service| service.named_volumes().any(|volume| volume == name);
        if let (Some("bind"), Some(device)) = (volume.option("o"), volume.option("device"))
            && services().any(|service| mounts(service))
        {
            found.extend(path_of(device, KeyPath::from(["volumes", name, "driver_opts", "device"])));
        }
    }
    found
}

fn name_of(stack: &str, service: &str) -> Option<Diagnostic> {
    let problem = if service.contains('.') {
        "has a dot"
    } else if !service.ends_with(|c: char| c.is_ascii_alphanumeric()) {
        "ends with `-` or `_`"
    } else if stack.len() + 1 + service.len() > LONGEST {
        "is too long"
    } else {
        return None;
    };
    let message = format!("the service name `{service}` {problem}, which Swarm refuses");
    Some(
        Diagnostic::new(&SWARM_NAME, message)
            .at_key(KeyPath::from(["services", service]))
            .label(format!("becomes `{stack}_{service}`"))
            .why("the name of a task is a label of DNS: letters, digits, `-` and `_`, at most 63 with the stack's name")
            .help("rename the service; an alias in `networks` keeps the old name for the others"),
    )
}

/// The paths of a service that a stack file holds.
fn paths(name: &str, service: &Service, found: &mut Vec<Diagnostic>) {
    let at = |key: &str| KeyPath::from(["services", name, key]);
    for (position, mount) in service.volumes.iter().enumerate() {
        let source = mount.source.as_deref().unwrap_or_default();
        let is_path = match mount.kind {
            MountKind::Bind => true,
            MountKind::Opaque => !is_volume(source),
            _ => false,
        };
        if is_path {
            found.extend(path_of(source, at("volumes").index(position)));
        }
    }
    for (position, file) in service.env_file.iter().enumerate() {
        if let EnvFileSource::Path(path) = &file.source {
            found.extend(path_of(path, at("env_file").index(position)));
        }
    }
}

/// Whether the variable that a short mount begins with has a default that names a volume.
fn is_volume(text: &str) -> bool {
    let first = variable::variables(text).ok().and_then(|found| found.into_iter().next());
    let default = first.as_ref().and_then(|it| it.rest.trim_start_matches(':').strip_prefix('-'));
    default.is_some_and(|default| default.starts_with(|c: char| c.is_ascii_alphanumeric()))
}

fn path_of(path: &str, at: KeyPath) -> Option<Diagnostic> {
    variable::starts_with_variable(path).then(|| {
        Diagnostic::new(&VARIABLE_PATH, format!("the path `{path}` begins with a variable"))
            .at(at)
            .label("unknown to Swarm")
            .why("`docker stack deploy` reads no .env, and the path would count from generated/ where it is relative")
            .help("write the path, absolute or relative to stack.toml: `./${NAME}` may stand in it")
    })
}
