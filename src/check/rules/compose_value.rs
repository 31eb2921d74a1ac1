//! Values of keys that no proof reads and Compose refuses.

use super::Context;
use crate::{
    diag::{Code, Diagnostic, KeyPath, service_path},
    model::{Bytes, Map, Service, Value},
    source,
};

pub(super) static CODES: &[&Code] = &[];

/// A path that is made once something there is wrong.
type Path<'a> = &'a dyn Fn() -> KeyPath;

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (name, service) in context.services() {
        let path = || service_path(name);
        rest(context, &path, &service.rest, found);
        typed(context, &path, service, found);
    }
}

fn rest(context: &Context<'_>, path: Path<'_>, rest: &Map, found: &mut Vec<Diagnostic>) {
    for (key, value) in rest {
        let at = || path().key(key);
        let expanded = value.as_str().and_then(|text| context.expand(text));
        let text = expanded.as_deref();
        match key.as_str() {
            "oom_score_adj" if matches!(value, Value::Int(score) if !(-1000..=1000).contains(score)) => {
                found.push(source::refused(at(), "it is between -1000 and 1000"));
            }
            "cpu_rt_period" | "cpu_rt_runtime" if text.is_some_and(|text| text.parse::<i64>().is_err()) => {
                found.push(source::refused(at(), "it is a whole number of microseconds"));
            }
            "extra_hosts" => hosts(context, &at, value, found),
            "devices" => devices(context, &at, value, found),
            _ => {}
        }
    }
}

fn typed(context: &Context<'_>, path: Path<'_>, service: &Service, found: &mut Vec<Diagnostic>) {
    for (position, link) in service.links.iter().enumerate() {
        if link.matches(':').count() > 1 {
            let at = path().key("links").index(position);
            found.push(source::refused(at, "it is SERVICE or SERVICE:ALIAS"));
        }
    }
    for (position, file) in service.env_file.iter().enumerate() {
        let format = file.format.as_deref().and_then(|format| context.expand(format));
        if format.is_some_and(|format| !["raw", ""].contains(&format.as_ref())) {
            let at = path().key("env_file").index(position).key("format");
            found.push(source::refused(at, "it is raw, or is left out"));
        }
    }
    for (position, mount) in service.volumes.iter().enumerate() {
        let at = || path().key("volumes").index(position);
        let size = mount.option("tmpfs", "size").and_then(|size| context.expand(size.as_str()?));
        if size.is_some_and(|size| Bytes::parse(&size).is_err()) {
            found.push(source::refused(at().key("tmpfs").key("size"), "it is a size such as 64M"));
        }
    }
    let Some(build) = &service.build else { return };
    if let Some(value) = build.rest.get("extra_hosts") {
        hosts(context, &|| path().key("build").key("extra_hosts"), value, found);
    }
    if let Some(value) = build.rest.get("additional_contexts") {
        contexts(context, &|| path().key("build").key("additional_contexts"), value, found);
    }
    let platform = service.rest.get("platform").and_then(Value::as_str);
    let platforms = build.rest.get("platforms").and_then(Value::as_list).unwrap_or_default();
    if let Some(platform) = platform
        && !platforms.is_empty()
        && !platforms.iter().any(|built| built.as_str() == Some(platform))
    {
        let asked = format!("it has to hold the service's platform, {platform}");
        found.push(source::refused(path().key("build").key("platforms"), &asked));
    }
}

/// `HOST:ADDRESS` or `HOST=ADDRESS`, or a table. A host holds neither of these signs.
fn hosts(context: &Context<'_>, at: Path<'_>, value: &Value, found: &mut Vec<Diagnostic>) {
    for host in value.as_map().into_iter().flat_map(|map| map.keys()) {
        if host.contains([':', '=']) {
            found.push(source::refused(at().key(host), "a host has no `:` and no `=` in its name"));
        }
    }
    for (position, host) in value.as_list().unwrap_or_default().iter().enumerate() {
        let Some(text) = host.as_str().and_then(|text| context.expand(text)) else { continue };
        let split = text.split_once('=').or_else(|| text.split_once(':'));
        if split.is_none_or(|(host, _)| host.trim().is_empty() || host.contains(':')) {
            found.push(source::refused(at().index(position), "a host and its address, as in db:10.0.0.5"));
        }
    }
}

/// `service:NAME` is a service with a build.
fn contexts(context: &Context<'_>, at: Path<'_>, value: &Value, found: &mut Vec<Diagnostic>) {
    let mut look = |at: &dyn Fn() -> KeyPath, text: &str| {
        let Some(text) = context.expand(text) else { return };
        let Some(name) = text.strip_prefix("service:") else { return };
        let asked = match context.services().get(name) {
            None => format!("there is no service `{name}`"),
            Some(service) if service.build.is_none() => format!("the service `{name}` has no build"),
            Some(_) => return,
        };
        found.push(source::refused(at(), &asked));
    };
    for (key, value) in value.as_map().into_iter().flatten() {
        look(&|| at().key(key), value.as_str().unwrap_or_default());
    }
    for (position, item) in value.as_list().unwrap_or_default().iter().enumerate() {
        let text = item.as_str().unwrap_or_default();
        look(&|| at().index(position), text.split_once('=').map_or("", |(_, context)| context));
    }
}

fn devices(context: &Context<'_>, at: Path<'_>, value: &Value, found: &mut Vec<Diagnostic>) {
    for (position, device) in value.as_list().unwrap_or_default().iter().enumerate() {
        let short = device.as_str().and_then(|text| context.expand(text));
        if short.is_some_and(|text| text.matches(':').count() > 2) {
            found.push(source::refused(at().index(position), "it is PATH[:TARGET[:PERMISSIONS]]"));
        }
    }
}
