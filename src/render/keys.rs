//! Keys of a service that mean the same to every target.

use crate::model::{Command, Grant, Healthcheck, Logging, Map, Value};

/// The order in which keys are written: what it is, how it runs, what it talks to, what bounds it. Keys that are not named
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

/// A variable of `environment`: null takes the caller's value.
pub fn variable(value: Option<&str>) -> Value {
    value.map_or(Value::Null, Value::from)
}

/// A table, or nothing where it would be empty.
pub fn table<'a>(entries: impl Iterator<Item = (&'a String, Value)>) -> Option<Value> {
    let map: Map = entries.map(|(key, value)| (key.clone(), value)).collect();
    (!map.is_empty()).then_some(Value::Map(map))
}

/// A list, or nothing where it would be empty.
pub fn some(list: Vec<Value>) -> Option<Value> {
    (!list.is_empty()).then_some(Value::List(list))
}

/// Texts as values.
pub fn texts(items: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<Value> {
    items.into_iter().map(|item| Value::from(item.as_ref())).collect()
}

/// One entry of `secrets` or `configs`.
pub fn grant(grant: &Grant) -> Value {
    let extras = [("target", &grant.target), ("uid", &grant.uid), ("gid", &grant.gid)];
    let mut map = Map::from([("source".to_owned(), Value::from(grant.source.as_str()))]);
    for (key, text) in extras {
        map.extend(text.as_deref().map(|text| (key.to_owned(), Value::from(text))));
    }
    // A text: YAML 1.1 and 1.2 write octal numbers differently, Compose reads the digits of a text as octal.
    map.extend(grant.mode.map(|mode| ("mode".to_owned(), Value::String(format!("{mode:04o}")))));
    if map.len() == 1 { Value::from(grant.source.as_str()) } else { Value::Map(map) }
}

/// `healthcheck`.
pub fn healthcheck(check: &Healthcheck) -> Value {
    let mut map = Map::with_capacity(6);
    if check.disable {
        map.insert("disable".to_owned(), Value::Bool(true));
        return Value::Map(map);
    }
    map.extend(check.test.as_ref().map(|test| ("test".to_owned(), command(test))));
    let duration = |map: &mut Map, key: &str, text: Option<&String>| {
        map.extend(text.map(|text| (key.to_owned(), Value::from(text.as_str()))));
    };
    duration(&mut map, "interval", check.interval.as_ref().map(|written| &written.text));
    duration(&mut map, "timeout", check.timeout.as_ref().map(|written| &written.text));
    map.extend(check.retries.map(|retries| ("retries".to_owned(), Value::Int(retries.into()))));
    duration(&mut map, "start_period", check.start_period.as_ref().map(|written| &written.text));
    duration(&mut map, "start_interval", check.start_interval.as_ref().map(|written| &written.text));
    Value::Map(map)
}

/// `logging`.
pub fn logging(logging: &Logging) -> Option<Value> {
    let mut options = Map::with_capacity(2 + logging.options.len());
    // Docker's lower-case form, as its documentation writes log sizes.
    options.extend(
        logging.max_size.map(|size| ("max-size".to_owned(), Value::String(size.exact().to_lowercase()))),
    );
    options.extend(logging.max_file.map(|count| ("max-file".to_owned(), Value::String(count.to_string()))));
    options.extend(logging.options.iter().map(|(key, value)| (key.clone(), Value::from(value.as_str()))));
    let mut map = Map::new();
    map.extend(logging.driver.as_deref().map(|driver| ("driver".to_owned(), Value::from(driver))));
    if !options.is_empty() {
        map.insert("options".to_owned(), Value::Map(options));
    }
    (!map.is_empty()).then_some(Value::Map(map))
}
