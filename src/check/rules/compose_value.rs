//! Values of keys that no proof reads and Compose refuses.

use super::Context;
use crate::{
    check::context::service_path,
    diag::{Code, Diagnostic, KeyPath, Severity},
    model::{Bytes, Map, Port, Service, Value, name},
};

static COMPOSE_REFUSES: Code = Code {
    name: "compose-refuses",
    severity: Severity::Error,
    docs: "\
A value has the right type, and Compose still refuses the file: an unknown `pull_policy` or `cgroup`, a host without an \
address in `extra_hosts`, a device with four parts, a `develop.watch` without an action, and the like. The message says what \
is asked for; everything was measured on Compose 2.40.3.

```toml
pull_policy = \"sometimes\"              # error
pull_policy = \"missing\"

extra_hosts = [\"db\"]                   # error
extra_hosts = [\"db:10.0.0.5\"]
```",
};

pub(super) static CODES: &[&Code] = &[&COMPOSE_REFUSES];

/// What is wrong: where below the service, and what is asked for.
type Refusal = (KeyPath, String);

const POLICIES: [&str; 7] = ["always", "never", "build", "if_not_present", "missing", "refresh", "daily"];
const ACTIONS: [&str; 5] = ["rebuild", "sync", "restart", "sync+restart", "sync+exec"];
const BLKIO: [&str; 6] = [
    "weight",
    "weight_device",
    "device_read_bps",
    "device_read_iops",
    "device_write_bps",
    "device_write_iops",
];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (name, service) in context.services() {
        let mut refusals = Vec::new();
        let path = service_path(name);
        rest(context, &path, &service.rest, &mut refusals);
        typed(context, &path, service, &mut refusals);
        for (at, asked) in refusals {
            found.push(refused(&format!("of service `{name}`"), at, &asked));
        }
    }
    for (name, network) in &context.stack.networks {
        let known = ["subnet", "ip_range", "gateway", "aux_addresses"];
        let path = KeyPath::from(["networks", name, "ipam", "config"]);
        let configs = network.rest.get("ipam").and_then(Value::as_map).and_then(|ipam| ipam.get("config"));
        for (position, config) in configs.and_then(Value::as_list).unwrap_or_default().iter().enumerate() {
            let mut refusals = Vec::new();
            only(&path.index(position), config.as_map(), &known, &mut refusals);
            for (at, asked) in refusals {
                found.push(refused(&format!("of network `{name}`"), at, &asked));
            }
        }
    }
}

fn refused(whose: &str, at: KeyPath, asked: &str) -> Diagnostic {
    let key = at.0.iter().skip(2).cloned().collect();
    Diagnostic::new(&COMPOSE_REFUSES, format!("Compose refuses `{}` {whose}: {asked}", KeyPath(key)))
        .at(at)
        .why("`docker compose` refuses the whole file")
        .help("correct or remove it")
}

fn rest(context: &Context<'_>, path: &KeyPath, rest: &Map, refusals: &mut Vec<Refusal>) {
    for (key, value) in rest {
        let at = path.key(key);
        let expanded = value.as_str().and_then(|text| context.expand(text));
        let text = expanded.as_deref();
        match key.as_str() {
            "pull_policy" if text.is_some_and(is_no_policy) => {
                refusals.push((at, format!("it is one of {}, every_12h", POLICIES.join(", "))));
            }
            "cgroup" if text.is_some_and(|text| !["host", "private"].contains(&text)) => {
                refusals.push((at, "it is host or private".to_owned()));
            }
            "gpus" if text.is_some_and(|text| text != "all") => {
                refusals.push((at, "it is all, or a list of devices".to_owned()));
            }
            "oom_score_adj" if matches!(value, Value::Int(score) if !(-1000..=1000).contains(score)) => {
                refusals.push((at, "it is between -1000 and 1000".to_owned()));
            }
            "extra_hosts" => hosts(context, &at, value, refusals),
            "devices" => devices(context, &at, value, refusals),
            "blkio_config" => only(&at, value.as_map(), &BLKIO, refusals),
            "credential_spec" => only(&at, value.as_map(), &["config", "file", "registry"], refusals),
            "post_start" | "pre_stop" => each_has(&at, value, "command", refusals),
            "develop" => watch(&at, value, refusals),
            "models" => {
                refusals.push((at, "stack.toml has no top-level `models` to refer to".to_owned()));
            }
            "labels" | "annotations" | "sysctls" if value.as_map().is_some_and(|map| map.contains_key("")) => {
                refusals.push((at, "a name is empty".to_owned()));
            }
            _ => {}
        }
    }
}

fn is_no_policy(text: &str) -> bool {
    !POLICIES.contains(&text) && !text.starts_with("every_")
}

fn typed(context: &Context<'_>, path: &KeyPath, service: &Service, refusals: &mut Vec<Refusal>) {
    for (position, link) in service.links.iter().enumerate() {
        if link.matches(':').count() > 1 {
            refusals.push((path.key("links").index(position), "it is SERVICE or SERVICE:ALIAS".to_owned()));
        }
    }
    for (position, file) in service.env_file.iter().enumerate() {
        if file.format.as_deref().is_some_and(|format| format != "raw") {
            let at = path.key("env_file").index(position).key("format");
            refusals.push((at, "it is raw, or is left out".to_owned()));
        }
    }
    for (position, Port { target, .. }) in service.ports.iter().enumerate() {
        if target.first == 0 {
            refusals.push((path.key("ports").index(position), "the container's port is 0".to_owned()));
        }
    }
    for (position, mount) in service.volumes.iter().enumerate() {
        let at = path.key("volumes").index(position);
        let option = |table: &str, key: &str| {
            mount.rest.get(table).and_then(Value::as_map).and_then(|table| table.get(key)).and_then(Value::as_str)
        };
        if option("bind", "selinux").is_some_and(|mode| !["z", "Z"].contains(&mode)) {
            refusals.push((at.key("bind").key("selinux"), "it is z or Z".to_owned()));
        }
        let size = option("tmpfs", "size").and_then(|size| context.expand(size));
        if size.is_some_and(|size| Bytes::parse(&size).is_err()) {
            refusals.push((at.key("tmpfs").key("size"), "it is a size such as 64M".to_owned()));
        }
    }
    let Some(build) = &service.build else { return };
    if let Some(value) = build.rest.get("extra_hosts") {
        hosts(context, &path.key("build").key("extra_hosts"), value, refusals);
    }
    let platform = service.rest.get("platform").and_then(Value::as_str);
    let platforms = build.rest.get("platforms").and_then(Value::as_list).unwrap_or_default();
    if let Some(platform) = platform
        && !platforms.is_empty()
        && !platforms.iter().any(|built| built.as_str() == Some(platform))
    {
        let asked = format!("it has to hold the service's platform, {platform}");
        refusals.push((path.key("build").key("platforms"), asked));
    }
}

/// `HOST:ADDRESS` or `HOST=ADDRESS`.
fn hosts(context: &Context<'_>, at: &KeyPath, value: &Value, refusals: &mut Vec<Refusal>) {
    for (position, host) in value.as_list().unwrap_or_default().iter().enumerate() {
        let Some(text) = host.as_str().and_then(|text| context.expand(text)) else { continue };
        let split = text.split_once('=').or_else(|| text.split_once(':'));
        if split.is_none_or(|(host, _)| host.trim().is_empty()) {
            refusals.push((at.index(position), "a host and its address, as in db:10.0.0.5".to_owned()));
        }
    }
}

fn devices(context: &Context<'_>, at: &KeyPath, value: &Value, refusals: &mut Vec<Refusal>) {
    for (position, device) in value.as_list().unwrap_or_default().iter().enumerate() {
        let short = device.as_str().and_then(|text| context.expand(text));
        if short.is_some_and(|text| text.matches(':').count() > 2) {
            refusals.push((at.index(position), "it is PATH[:TARGET[:PERMISSIONS]]".to_owned()));
        }
        if device.as_map().is_some_and(|device| !device.contains_key("target")) {
            refusals.push((at.index(position), "it needs a `target`".to_owned()));
        }
    }
}

fn watch(at: &KeyPath, value: &Value, refusals: &mut Vec<Refusal>) {
    let Some(value) = value.as_map().and_then(|develop| develop.get("watch")) else { return };
    let at = at.key("watch");
    each_has(&at, value, "path", refusals);
    each_has(&at, value, "action", refusals);
    for (position, rule) in value.as_list().unwrap_or_default().iter().enumerate() {
        let action = rule.as_map().and_then(|rule| rule.get("action")).and_then(Value::as_str);
        if action.is_some_and(|action| !ACTIONS.contains(&action)) {
            refusals.push((at.index(position).key("action"), format!("it is one of {}", ACTIONS.join(", "))));
        }
    }
}

/// Every table of a list has a key.
fn each_has(at: &KeyPath, value: &Value, key: &str, refusals: &mut Vec<Refusal>) {
    for (position, entry) in value.as_list().unwrap_or_default().iter().enumerate() {
        if entry.as_map().is_some_and(|entry| !entry.contains_key(key)) {
            refusals.push((at.index(position), format!("it needs a `{key}`")));
        }
    }
}

/// A table has only known keys.
fn only(at: &KeyPath, map: Option<&Map>, known: &[&str], refusals: &mut Vec<Refusal>) {
    for key in map.into_iter().flat_map(Map::keys).filter(|key| !known.contains(&key.as_str())) {
        let near = name::nearest(key, known.iter().copied());
        let asked = near.map_or_else(|| "it is no key".to_owned(), |near| format!("did you mean `{near}`?"));
        refusals.push((at.key(key), asked));
    }
}
