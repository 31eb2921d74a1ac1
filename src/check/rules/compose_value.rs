//! Values of keys that no proof reads and Compose refuses.

use super::Context;
use crate::{
    diag::{Code, Diagnostic, KeyPath, service_path},
    model::{Bytes, Map, Service, Value},
    source,
};

pub(super) static CODES: &[&Code] = &[];

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
            found.push(source::refused(at, &asked));
        }
    }
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
        let format = file.format.as_deref().and_then(|format| context.expand(format));
        if format.is_some_and(|format| !["raw", ""].contains(&format.as_ref())) {
            let at = path().key("env_file").index(position).key("format");
            refusals.push((at, "it is raw, or is left out".to_owned()));
        }
    }
    for (position, mount) in service.volumes.iter().enumerate() {
        let at = || path().key("volumes").index(position);
        let size = mount.option("tmpfs", "size").and_then(|size| context.expand(size.as_str()?));
        if size.is_some_and(|size| Bytes::parse(&size).is_err()) {
            refusals.push((at().key("tmpfs").key("size"), "it is a size such as 64M".to_owned()));
        }
    }
    let Some(build) = &service.build else { return };
    if let Some(value) = build.rest.get("extra_hosts") {
        hosts(context, &|| path().key("build").key("extra_hosts"), value, refusals);
    }
    if let Some(value) = build.rest.get("additional_contexts") {
        contexts(context, &|| path().key("build").key("additional_contexts"), value, refusals);
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

/// `HOST:ADDRESS` or `HOST=ADDRESS`, or a table. A host holds neither of these signs.
fn hosts(context: &Context<'_>, at: Path<'_>, value: &Value, refusals: &mut Vec<Refusal>) {
    for host in value.as_map().into_iter().flat_map(|map| map.keys()) {
        if host.contains([':', '=']) {
            refusals.push((at().key(host), "a host has no `:` and no `=` in its name".to_owned()));
        }
    }
    for (position, host) in value.as_list().unwrap_or_default().iter().enumerate() {
        let Some(text) = host.as_str().and_then(|text| context.expand(text)) else { continue };
        let split = text.split_once('=').or_else(|| text.split_once(':'));
        if split.is_none_or(|(host, _)| host.trim().is_empty() || host.contains(':')) {
            refusals.push((at().index(position), "a host and its address, as in db:10.0.0.5".to_owned()));
        }
    }
}

/// `service:NAME` is a service with a build.
fn contexts(context: &Context<'_>, at: Path<'_>, value: &Value, refusals: &mut Vec<Refusal>) {
    let mut look = |at: &dyn Fn() -> KeyPath, text: &str| {
        let Some(text) = context.expand(text) else { return };
        let Some(name) = text.strip_prefix("service:") else { return };
        let asked = match context.services().get(name) {
            None => format!("there is no service `{name}`"),
            Some(service) if service.build.is_none() => format!("the service `{name}` has no build"),
            Some(_) => return,
        };
        refusals.push((at(), asked));
    };
    for (key, value) in value.as_map().into_iter().flatten() {
        look(&|| at().key(key), value.as_str().unwrap_or_default());
    }
    for (position, item) in value.as_list().unwrap_or_default().iter().enumerate() {
        let text = item.as_str().unwrap_or_default();
        look(&|| at().index(position), text.split_once('=').map_or("", |(_, context)| context));
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
