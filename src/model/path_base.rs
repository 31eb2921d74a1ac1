//! From where the relative paths of rendered Compose files count.

use super::{ConfigSource, EnvFileSource, SecretSource, Stack, Value, texts, variable::has_variable};

/// The folder from which the relative paths of rendered Compose files count. The text of stack.toml alone decides, never
/// whether there is a `.env`: the files are the same on every machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathBase {
    /// `generated/`, the folder of the files. Compose needs no option for it.
    Generated,
    /// The folder of stack.toml: only there does a path out of a variable keep its meaning, and only there does Compose find
    /// a `.env` by itself. [`PathBase::options`] names it.
    Project,
}

impl PathBase {
    /// The folder for a stack: that of stack.toml where anything in the stack reads `.env`.
    pub fn of(stack: &Stack) -> Self {
        if reads_environment(stack) { Self::Project } else { Self::Generated }
    }

    /// The options that Compose is given for it, in the folder of stack.toml.
    pub fn options(self) -> &'static [&'static str] {
        match self {
            Self::Generated => &[],
            Self::Project => &["--project-directory", "."],
        }
    }
}

/// Whether what Compose makes of the stack depends on `.env`: a variable, a key without a value, a secret or config out of
/// the environment, or an env file in which Compose replaces variables. An env file that stackctl generates holds none.
fn reads_environment(stack: &Stack) -> bool {
    let mut found = false;
    texts::visit(stack, &mut |_, text| found = found || has_variable(text));
    found
        || stack.services.values().any(|service| {
            let interpolated = service.env_file.iter().any(|file| {
                matches!(file.source, EnvFileSource::Path(_)) && file.format.as_deref() != Some("raw")
            });
            let arguments = service.build.as_ref().and_then(|build| build.rest.get("args"));
            interpolated
                || service.environment.values().any(Option::is_none)
                || arguments.is_some_and(has_bare_key)
        })
        || stack
            .profiles
            .values()
            .flat_map(|profile| profile.services.values())
            .any(|overlay| overlay.environment.values().any(Option::is_none))
        || stack.secrets.values().any(|secret| matches!(secret.source, SecretSource::Environment(_)))
        || stack.configs.values().any(|config| matches!(config.source, ConfigSource::Environment(_)))
}

/// Whether a list of `KEY=value` holds a `KEY` alone, or a table a key without a value.
fn has_bare_key(arguments: &Value) -> bool {
    match arguments {
        Value::List(list) => list.iter().filter_map(Value::as_str).any(|text| !text.contains('=')),
        Value::Map(map) => map.values().any(|value| *value == Value::Null),
        _ => false,
    }
}
