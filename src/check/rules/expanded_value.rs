//! Values that only a variable makes wrong.

use super::Context;
use crate::{
    check::context::service_path,
    diag::{Code, Diagnostic, KeyPath, Severity},
    model::{Bytes, Duration, MountKind, Service, Value},
};

static BAD_EXPANDED_VALUE: Code = Code {
    name: "bad-expanded-value",
    severity: Severity::Error,
    docs: "\
A value holds a variable, and what Compose makes of it has not the form that the key asks for: `init = \"${INIT}\"` with `INIT` \
unset is an empty text and no boolean, `shm_size = \"${SHM:-much}\"` is no size. Compose refuses the file.

Set the variable in `.env` or in the shell, give it a default that fits, or write the value.",
};

pub(super) static CODES: &[&Code] = &[&BAD_EXPANDED_VALUE];

const BOOLEANS: [&str; 7] =
    ["init", "read_only", "tty", "stdin_open", "oom_kill_disable", "attach", "use_api_socket"];
const NUMBERS: [&str; 3] = ["oom_score_adj", "mem_swappiness", "cpu_shares"];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (name, service) in context.services() {
        for (at, written, asked) in wrong(context, name, service) {
            let made = context.expand(&written).unwrap_or_default();
            let made = if made.is_empty() { "nothing".to_owned() } else { format!("`{made}`") };
            let key = KeyPath(at.0.iter().skip(2).cloned().collect());
            found.push(
                Diagnostic::new(
                    &BAD_EXPANDED_VALUE,
                    format!("`{key}` of service `{name}` becomes {made}, and has to be {asked}"),
                )
                .at(at)
                .why("Compose puts the variables in and refuses the whole file")
                .help("set the variable, give it a default that fits, or write the value"),
            );
        }
    }
}

fn wrong(context: &Context<'_>, name: &str, service: &Service) -> Vec<(KeyPath, String, &'static str)> {
    let mut all = Vec::new();
    let path = || service_path(name);
    let mut look = |at: &dyn Fn() -> KeyPath, written: &str, asked: &'static str, fits: &dyn Fn(&str) -> bool| {
        if written.contains('$') && context.expand(written).is_some_and(|made| !fits(&made)) {
            all.push((at(), written.to_owned(), asked));
        }
    };
    for (key, value) in &service.rest {
        let Some(text) = value.as_str() else { continue };
        let at = &|| path().key(key);
        match key.as_str() {
            key if BOOLEANS.contains(&key) => look(at, text, "true or false", &is_boolean),
            key if NUMBERS.contains(&key) => {
                look(at, text, "a whole number", &|made| made.parse::<i64>().is_ok());
            }
            "pull_policy" => look(at, text, "one of Compose's pull policies", &is_policy),
            "cgroup" => look(at, text, "host or private", &|made| ["host", "private"].contains(&made)),
            "shm_size" => look(at, text, "a size", &|made| Bytes::parse(made).is_ok()),
            "stop_grace_period" => look(at, text, "a duration", &is_duration),
            _ => {}
        }
    }
    let limits = service.rest.get("ulimits").and_then(Value::as_map);
    for (key, value) in limits.into_iter().flatten() {
        if let Some(text) = value.as_str() {
            let at = || path().key("ulimits").key(key);
            look(&at, text, "a whole number", &|made| made.parse::<i64>().is_ok());
        }
    }
    if let Some(healthcheck) = &service.healthcheck {
        for (key, duration) in [
            ("interval", &healthcheck.interval),
            ("timeout", &healthcheck.timeout),
            ("start_period", &healthcheck.start_period),
            ("start_interval", &healthcheck.start_interval),
        ] {
            if let Some(duration) = duration {
                let at = || path().key("healthcheck").key(key);
                look(&at, &duration.text, "a duration", &is_duration);
            }
        }
    }
    for (position, mount) in service.volumes.iter().enumerate() {
        if let (MountKind::Opaque, Some(text)) = (mount.kind, &mount.source) {
            let whole = |made: &str| !made.split(':').any(str::is_empty);
            let at = || path().key("volumes").index(position);
            look(&at, text, "SOURCE:TARGET without an empty part", &whole);
        }
    }
    all
}

/// What Compose takes for a boolean: its own words and YAML 1.1's.
fn is_boolean(text: &str) -> bool {
    ["true", "false", "yes", "no", "on", "off", "y", "n", "1", "0"].contains(&text.to_ascii_lowercase().as_str())
}

fn is_policy(text: &str) -> bool {
    ["always", "never", "build", "if_not_present", "missing", "refresh", "daily", "weekly"].contains(&text)
        || text.starts_with("every_")
}

fn is_duration(text: &str) -> bool {
    Duration::parse(text).is_ok()
}
