//! Values of keys that no proof reads and Compose refuses.

use super::Context;
use crate::{
    check::context::service_path,
    diag::{Code, Diagnostic, KeyPath, Severity},
    model::{Bytes, Map, Service, Value},
};

static COMPOSE_REFUSES: Code = Code {
    name: "compose-refuses",
    severity: Severity::Error,
    docs: "\
A value has the right type, and Compose still refuses the file: a host without an address in `extra_hosts`, a device with \
four parts, a `build.platforms` without the service's `platform`, and the like. The message says what is asked for; \
everything was measured on Compose 2.40.3.

```toml
extra_hosts = [\"db\"]                   # error
extra_hosts = [\"db:10.0.0.5\"]
```",
};

pub(super) static CODES: &[&Code] = &[&COMPOSE_REFUSES];

/// What is wrong: where, and what is asked for.
type Refusal = (KeyPath, String);
/// A path that is made once something there is wrong.
type Path<'a> = &'a dyn Fn() -> KeyPath;

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (name, service) in context.services() {
        let mut refusals = Vec::new();
        let path = || service_path(name);
        rest(context, &path, &service.rest, &mut refusals);
        typed(context, &path, service, &mut refusals);
        for (at, asked) in refusals {
            found.push(refused(name, at, &asked));
        }
    }
}

fn refused(service: &str, at: KeyPath, asked: &str) -> Diagnostic {
    let key = at.0.iter().skip(2).cloned().collect();
    Diagnostic::new(&COMPOSE_REFUSES, format!("Compose refuses `{}` of service `{service}`: {asked}", KeyPath(key)))
        .at(at)
        .why("`docker compose` refuses the whole file")
        .help("correct or remove it")
}

fn rest(context: &Context<'_>, path: Path<'_>, rest: &Map, refusals: &mut Vec<Refusal>) {
    for (key, value) in rest {
        let at = || path().key(key);
        let expanded = value.as_str().and_then(|text| context.expand(text));
        let text = expanded.as_deref();
        match key.as_str() {
            "oom_score_adj" if matches!(value, Value::Int(score) if !(-1000..=1000).contains(score)) => {
                refusals.push((at(), "it is between -1000 and 1000".to_owned()));
            }
            "cpu_rt_period" | "cpu_rt_runtime" if text.is_some_and(|text| text.parse::<i64>().is_err()) => {
                refusals.push((at(), "it is a whole number of microseconds".to_owned()));
            }
            "extra_hosts" => hosts(context, &at, value, refusals),
            "devices" => devices(context, &at, value, refusals),
            "labels" | "annotations" | "sysctls" if value.as_map().is_some_and(|map| map.contains_key("")) => {
                refusals.push((at(), "a name is empty".to_owned()));
            }
            _ => {}
        }
    }
}

fn typed(context: &Context<'_>, path: Path<'_>, service: &Service, refusals: &mut Vec<Refusal>) {
    for (position, link) in service.links.iter().enumerate() {
        if link.matches(':').count() > 1 {
            refusals.push((path().key("links").index(position), "it is SERVICE or SERVICE:ALIAS".to_owned()));
        }
    }
    for (position, file) in service.env_file.iter().enumerate() {
        if file.format.as_deref().is_some_and(|format| format != "raw") {
            let at = path().key("env_file").index(position).key("format");
            refusals.push((at, "it is raw, or is left out".to_owned()));
        }
    }
    for (position, mount) in service.volumes.iter().enumerate() {
        let at = || path().key("volumes").index(position);
        let option = |table: &str, key: &str| {
            mount.rest.get(table).and_then(Value::as_map).and_then(|table| table.get(key)).and_then(Value::as_str)
        };
        if option("bind", "selinux").is_some_and(|mode| !["z", "Z"].contains(&mode)) {
            refusals.push((at().key("bind").key("selinux"), "it is z or Z".to_owned()));
        }
        let size = option("tmpfs", "size").and_then(|size| context.expand(size));
        if size.is_some_and(|size| Bytes::parse(&size).is_err()) {
            refusals.push((at().key("tmpfs").key("size"), "it is a size such as 64M".to_owned()));
        }
    }
    let Some(build) = &service.build else { return };
    if let Some(value) = build.rest.get("extra_hosts") {
        hosts(context, &|| path().key("build").key("extra_hosts"), value, refusals);
    }
    let platform = service.rest.get("platform").and_then(Value::as_str);
    let platforms = build.rest.get("platforms").and_then(Value::as_list).unwrap_or_default();
    if let Some(platform) = platform
        && !platforms.is_empty()
        && !platforms.iter().any(|built| built.as_str() == Some(platform))
    {
        let asked = format!("it has to hold the service's platform, {platform}");
        refusals.push((path().key("build").key("platforms"), asked));
    }
}

/// `HOST:ADDRESS` or `HOST=ADDRESS`.
fn hosts(context: &Context<'_>, at: Path<'_>, value: &Value, refusals: &mut Vec<Refusal>) {
    for (position, host) in value.as_list().unwrap_or_default().iter().enumerate() {
        let Some(text) = host.as_str().and_then(|text| context.expand(text)) else { continue };
        let split = text.split_once('=').or_else(|| text.split_once(':'));
        if split.is_none_or(|(host, _)| host.trim().is_empty()) {
            refusals.push((at().index(position), "a host and its address, as in db:10.0.0.5".to_owned()));
        }
    }
}

fn devices(context: &Context<'_>, at: Path<'_>, value: &Value, refusals: &mut Vec<Refusal>) {
    for (position, device) in value.as_list().unwrap_or_default().iter().enumerate() {
        let short = device.as_str().and_then(|text| context.expand(text));
        if short.is_some_and(|text| text.matches(':').count() > 2) {
            refusals.push((at().index(position), "it is PATH[:TARGET[:PERMISSIONS]]".to_owned()));
        }
    }
}
