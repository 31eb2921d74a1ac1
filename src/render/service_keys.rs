//! Keys of a service that mean the same to every target.

use indexmap::IndexMap;

use super::tree::{filled, flag, map, some, text, texts, with};
use crate::model::{Command, Duration, Grant, Healthcheck, Logging, Value, VariableTexts, Written, variable};

/// The order in which keys are written: image, process, connections, limits. Keys that are not named
/// here follow in the order of stack.toml.
const ORDER: &[&str] = &[
    "image",
    "build",
    "pull_policy",
    "platform",
    "container_name",
    "hostname",
    "profiles",
    "user",
    "entrypoint",
    "command",
    "working_dir",
    "init",
    "depends_on",
    "links",
    "environment",
    "env_file",
    "ports",
    "expose",
    "volumes",
    "volumes_from",
    "tmpfs",
    "network_mode",
    "networks",
    "secrets",
    "configs",
    "healthcheck",
    "deploy",
    "cpu_quota",
    "cpu_period",
    "mem_limit",
    "memswap_limit",
    "restart",
    "stop_signal",
    "stop_grace_period",
    "logging",
    "read_only",
    "privileged",
    "cap_add",
    "cap_drop",
    "security_opt",
    "ipc",
    "pid",
];

/// Where a key is written among the others.
pub fn place(key: &str) -> usize {
    ORDER.iter().position(|known| *known == key).unwrap_or(ORDER.len())
}

/// `command`, `entrypoint` or a test.
pub fn command(command: &Command) -> Value {
    match command {
        Command::Shell(text) => Value::from(text.as_str()),
        Command::Exec(arguments) => Value::List(texts(arguments)),
    }
}

/// `environment`: null takes the caller's value. Compose puts variables in names of a list, and in none of a table.
pub fn environment(variables: &IndexMap<String, Option<String>>) -> Option<Value> {
    if variables.keys().any(|name| variable::has_variable(name)) {
        let entry = |(name, value): (&String, &Option<String>)| match value {
            Some(value) => format!("{name}={value}"),
            None => name.clone(),
        };
        return some(variables.iter().map(entry).map(Value::String).collect());
    }
    let value = |value: &Option<String>| value.as_deref().map_or(Value::Null, Value::from);
    table(variables.iter().map(|(name, it)| (name, value(it))))
}

/// A table, or nothing where it would be empty.
pub fn table<'a>(entries: impl Iterator<Item = (&'a String, Value)>) -> Option<Value> {
    filled(entries.map(|(key, value)| (key.clone(), value)).collect())
}

/// One entry of `secrets` or `configs`.
pub fn grant(grant: &Grant) -> Value {
    let map = map([
        ("source", text(Some(&grant.source))),
        ("target", text(grant.target.as_deref())),
        ("uid", text(grant.uid.as_deref())),
        ("gid", text(grant.gid.as_deref())),
        // A text: YAML 1.1 and 1.2 write octal numbers differently, Compose reads the digits of a text as octal.
        ("mode", grant.mode.map(|mode| Value::String(format!("{mode:04o}")))),
    ]);
    if map.len() == 1 && grant.rest.is_empty() {
        return Value::from(grant.source.as_str());
    }
    with(map, &grant.rest)
}

/// `healthcheck`; nothing for the check of the image.
pub fn healthcheck(check: &Healthcheck, texts: &VariableTexts) -> Option<Value> {
    if check.from_image {
        return None;
    }
    let disable = text(texts.get(&["healthcheck", "disable"]));
    if check.disable && disable.is_none() {
        return Some(with(map([("disable", flag(true))]), &check.rest));
    }
    let duration = |it: &Option<Written<Duration>>| text(it.as_ref().map(|written| written.text.as_str()));
    let retries = check.retries.map(|retries| Value::Int(retries.into()));
    let map = map([
        ("disable", disable),
        ("test", check.test.as_ref().map(command)),
        ("interval", duration(&check.interval)),
        ("timeout", duration(&check.timeout)),
        ("retries", text(texts.get(&["healthcheck", "retries"])).or(retries)),
        ("start_period", duration(&check.start_period)),
        ("start_interval", duration(&check.start_interval)),
    ]);
    Some(with(map, &check.rest))
}

/// `logging`.
pub fn logging(logging: &Logging, texts: &VariableTexts) -> Option<Value> {
    let written = |key: &str| texts.get(&["logging", key]);
    // Docker's lower-case form, as its documentation writes log sizes.
    let size = logging.max_size.map(|size| size.exact().to_lowercase());
    let mut options = map([
        ("max-size", text(written("max_size").or(size.as_deref()))),
        (
            "max-file",
            text(written("max_file")).or(logging.max_file.map(|count| Value::String(count.to_string()))),
        ),
    ]);
    options.extend(logging.options.iter().map(|(key, value)| (key.clone(), Value::from(value.as_str()))));
    let driver = written("driver").or(logging.driver.as_deref());
    let mut map = map([("driver", text(driver)), ("options", filled(options))]);
    map.extend(logging.rest.clone());
    filled(map)
}
