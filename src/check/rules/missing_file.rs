//! Files that secrets, configs and env files name.

use std::collections::HashSet;

use super::{Context, undefined_resource};
use crate::{
    check::{context::service_path, env},
    diag::{Code, Diagnostic, KeyPath, Severity},
    model::{ConfigSource, EnvFileSource, PathBase, SecretSource, Value},
};

static MISSING_FILE: Code = Code {
    name: "missing-file",
    severity: Severity::Error,
    docs: "\
A secret, a config, an env file or a label file names a file that does not exist, is a folder or cannot be read. For a secret or a \
config `docker compose config` does not look, and the container fails to start; a missing env file or label file is refused at once.

Paths are relative to stack.toml. A generated secret (`generate = true`) has no file to name, and an env file with \
`required = false` may be missing.",
};

pub(super) static CODES: &[&Code] = &[&MISSING_FILE];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let stack = context.stack;
    let path = context.project.root.join(".env");
    // What makes it unreadable was reported when it was read.
    if path.is_file() && PathBase::of(stack) == PathBase::Project {
        let dollars = env::check(&path, ".env", context.project.env);
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
                found.extend(path.iter().flat_map(|path| env::check(path, written, context.project.env)));
            }
        }
    }
    for (name, service) in &stack.services {
        let (texts, single): (&[Value], bool) = match service.rest.get("label_file") {
            Some(Value::List(list)) => (list, false),
            Some(text) => (std::slice::from_ref(text), true),
            None => continue,
        };
        for (position, text) in texts.iter().enumerate() {
            let Some(written) = text.as_str() else { continue };
            let key = service_path(name).key("label_file");
            let at = if single { key } else { key.index(position) };
            found.extend(
                context.file_problem(written).map(|problem| missing("label file", name, written, problem, at)),
            );
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

fn missing(kind: &str, name: &str, written: &str, problem: &str, at: KeyPath) -> Diagnostic {
    let (whose, why, help) = match kind {
        "env file" | "label file" => (
            format!("the {kind} `{written}` of service `{name}` {problem}"),
            "Compose refuses the stack",
            match kind {
                "env file" => "create it, correct the path (it is relative to stack.toml), or write `required = false`",
                _ => "create it, or correct the path (it is relative to stack.toml)",
            },
        ),
        _ => (
            format!("the file `{written}` of the {kind} `{name}` {problem}"),
            "`docker compose config` accepts it and the container fails to start",
            "create it, or correct the path (it is relative to stack.toml)",
        ),
    };
    Diagnostic::new(&MISSING_FILE, whose).at(at).label(problem).why(why).help(help)
}
