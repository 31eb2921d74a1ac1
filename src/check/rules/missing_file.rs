//! Files that secrets, configs and env files name.

use std::collections::HashSet;

use super::{Context, undefined_resource};
use crate::{
    check::env,
    diag::{Allow, Code, Diagnostic, KeyPath, service_path},
    model::{ConfigSource, EnvFileSource, PathBase, SecretSource, Service, Value},
};

static MISSING_FILE: Code = Code::error(
    "missing-file",
    Allow::Anywhere,
    "\
A secret, a config, an env file, a label file or a seccomp profile of `security_opt` names a file that does not exist, is a folder or cannot be \
read. For a secret, a config or a profile `docker compose config` does not look, and the container fails to start; a missing env file or label file is refused at once.

Paths are relative to stack.toml. A generated secret (`generate = true`) has no file to name, and an env file with \
`required = false` may be missing. An env file or a label file can be allowed only in a service that is not always active.",
);

pub(super) static CODES: &[&Code] = &[&MISSING_FILE];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let stack = context.stack;
    let path = context.project.root.join(".env");
    // What makes it unreadable was reported when it was read.
    if path.is_file() && PathBase::of(stack) == PathBase::Project {
        let dollars = env::check(&path, "env file", ".env", context.project.env);
        found.extend(dollars.into_iter().filter(|it| it.code == &env::DOLLAR_IN_ENV_FILE));
    }
    let mut secrets = HashSet::new();
    let mut configs = HashSet::new();
    let mut parsed = HashSet::new();
    for (name, service) in &stack.services {
        secrets.extend(undefined_resource::secrets(service).map(|(secret, ..)| secret));
        configs.extend(service.configs.iter().map(|grant| grant.source.as_str()));
        for (position, file) in service.env_file.iter().enumerate() {
            let EnvFileSource::Path(written) = &file.source else { continue };
            let at = service_path(name).key("env_file").index(position);
            let problem = context.file_problem(written);
            if problem.is_some_and(|problem| file.required || problem != "does not exist") {
                found.extend(problem.map(|problem| missing("env file", name, written, problem, at)));
            } else if problem.is_none() && file.format.is_none() && parsed.insert(written) {
                let path = context.path(written);
                found.extend(
                    path.iter().flat_map(|path| env::check(path, "env file", written, context.project.env)),
                );
            }
        }
    }
    let mut parsed = HashSet::new();
    for (name, service) in &stack.services {
        for (written, at) in texts(name, service, "label_file") {
            match context.file_problem(written) {
                Some(problem) => found.push(missing("label file", name, written, problem, at)),
                None if parsed.insert(written) => {
                    let path = context.path(written);
                    let check = |path| env::check(path, "label file", written, context.project.env);
                    found.extend(path.iter().flat_map(|path| check(path)));
                }
                None => {}
            }
        }
        for (option, at) in texts(name, service, "security_opt") {
            let profile = option.strip_prefix("seccomp=").or_else(|| option.strip_prefix("seccomp:"));
            let Some(written) = profile.filter(|it| !["unconfined", "builtin"].contains(it)) else {
                continue;
            };
            let problem = context.file_problem(written);
            found.extend(problem.map(|problem| missing("seccomp profile", name, written, problem, at)));
        }
    }
    for (name, secret) in stack.secrets.iter().filter(|(name, _)| secrets.contains(name.as_str())) {
        if let SecretSource::File(written) = &secret.source
            && let Some(problem) = context.file_problem(written)
        {
            let at = KeyPath::from(["secrets", name, "file"]);
            found.push(missing("secret", name, written, problem, at));
        }
    }
    for (name, config) in stack.configs.iter().filter(|(name, _)| configs.contains(name.as_str())) {
        if let ConfigSource::File(written) = &config.source
            && let Some(problem) = context.file_problem(written)
        {
            let at = KeyPath::from(["configs", name, "file"]);
            found.push(missing("config", name, written, problem, at));
        }
    }
}

/// The texts of a key that holds one or a list of them, each with its place.
fn texts<'a>(
    name: &str,
    service: &'a Service,
    key: &'static str,
) -> impl Iterator<Item = (&'a str, KeyPath)> {
    let value = service.rest.get(key);
    let list = value.and_then(Value::as_list);
    let at = service_path(name).key(key);
    let place = move |position| if list.is_some() { at.clone().index(position) } else { at.clone() };
    let all = list.unwrap_or_else(|| value.map(std::slice::from_ref).unwrap_or_default());
    all.iter().enumerate().filter_map(move |(position, text)| Some((text.as_str()?, place(position))))
}

fn missing(kind: &str, name: &str, written: &str, problem: &str, at: KeyPath) -> Diagnostic {
    let message = match kind {
        "secret" | "config" => format!("the file `{written}` of the {kind} `{name}` {problem}"),
        _ => format!("the {kind} `{written}` of service `{name}` {problem}"),
    };
    let why = match kind {
        "env file" | "label file" => "Compose refuses the stack",
        "seccomp profile" => "`docker compose config` accepts it and `up` fails",
        _ => "`docker compose config` accepts it and the container fails to start",
    };
    let help = match kind {
        "env file" => {
            "create it, correct the path (it is relative to stack.toml), or write `required = false`"
        }
        _ => "create it, or correct the path (it is relative to stack.toml)",
    };
    // Compose reads these two where the service is active, and leaves the others to the engine.
    let read = ["env file", "label file"].contains(&kind);
    let allow = if read { Allow::OutsideCore } else { Allow::Anywhere };
    let found =
        Diagnostic::new(&MISSING_FILE, message).at(at).label(problem).why(why).help(help).allowed(allow);
    match kind {
        "secret" | "config" => found,
        _ => found.together(format!("{{}} uses of the {kind} `{written}`, which {problem}")),
    }
}
