//! Namespaces, and what cannot be set where one is shared.

use super::fault::{Fault, Judge};
use crate::model::Value;

/// Judge `pid`, `ipc`, `uts` and `network_mode`, and the keys that contradict them.
pub(super) fn judge(judge: &mut Judge<'_, '_>) {
    let service = judge.service;
    let uts = service.rest.get("uts").and_then(Value::as_str);
    if uts.or(service.pid.as_deref()).or(service.ipc.as_deref()).or(service.network_mode.as_deref()).is_none()
    {
        return;
    }
    let modes: [(&str, Option<&str>, &[&str]); 3] = [
        ("pid", service.pid.as_deref(), &["host"]),
        ("ipc", service.ipc.as_deref(), &["none", "private", "shareable", "host"]),
        ("uts", uts, &["host"]),
    ];
    for (key, mode, known) in modes {
        if let Some(mode) = mode {
            let path = judge.path();
            judge.text(|| path.key(key), mode, |text| unknown(key, text, known));
        }
    }
    if let Some(mode) = service.network_mode.as_deref() {
        let path = judge.path();
        let help = "name the container that lends its network: `container:NAME`";
        judge.text(
            || path.key("network_mode"),
            mode,
            |text| (text == "container:").then(|| Fault::new("no container is named", help)),
        );
        network(judge, mode);
    }
    if uts == Some("host") && service.rest.contains_key("hostname") {
        let fault =
            Fault::new("with `uts = \"host\"` the host name is the machine's", "remove `hostname` or `uts`");
        judge.refuse(judge.path().key("hostname"), fault);
    }
    shared_ipc(judge);
}

fn unknown(key: &str, text: &str, known: &[&str]) -> Option<Fault> {
    let of_another = key != "uts"
        && (text.starts_with("service:")
            || text.strip_prefix("container:").is_some_and(|name| !name.is_empty()));
    if text.is_empty() || of_another || known.contains(&text) {
        return None;
    }
    let others = if key == "uts" { "" } else { ", `service:NAME` or `container:NAME`" };
    let known: Vec<String> = known.iter().map(|mode| format!("`{mode}`")).collect();
    let help = format!("write {}{others}, or remove it", known.join(", "));
    Some(Fault::new(format!("there is no mode `{text}`"), help))
}

/// What belongs to the other container, or to the machine.
fn network(judge: &mut Judge<'_, '_>, mode: &str) {
    let service = judge.service;
    let of_another = mode.starts_with("service:") || mode.starts_with("container:");
    if of_another {
        for key in ["hostname", "dns", "extra_hosts", "expose"] {
            let is_set = match service.rest.get(key) {
                None => false,
                Some(Value::List(list)) => !list.is_empty(),
                Some(Value::Map(map)) => !map.is_empty(),
                Some(value) => value.as_str() != Some(""),
            };
            if is_set {
                let fault = Fault::new(
                    format!("with `network_mode = \"{mode}\"` it belongs to the other container"),
                    "set it there, or remove `network_mode`",
                );
                judge.refuse(judge.path().key(key), fault);
            }
        }
    }
    if !service.links.is_empty() && (of_another || mode == "host") {
        let fault = Fault::new(
            format!("a container with `network_mode = \"{mode}\"` has no links"),
            "remove `links`, and write `depends_on` for the order",
        );
        judge.refuse(judge.path().key("links"), fault);
    }
    if mode == "bridge" {
        for (position, link) in service.links.iter().enumerate() {
            let other = link.split(':').next().unwrap_or(link);
            let Some(linked) = judge.context.services().get(other) else { continue };
            if linked.network_mode.as_deref() != Some("bridge") {
                let fault = Fault::new(
                    format!("service `{other}` is not in the engine's network `bridge`"),
                    "remove `network_mode`: services of a stack know each other by name",
                );
                judge.refuse(judge.path().key("links").index(position), fault);
            }
        }
    }
}

/// `ipc = "service:x"` needs an `x` that shares its namespace.
fn shared_ipc(judge: &mut Judge<'_, '_>) {
    let Some(other) = judge.service.ipc.as_deref().and_then(|mode| mode.strip_prefix("service:")) else {
        return;
    };
    let Some(donor) = judge.context.services().get(other) else { return };
    // "service:" of the donor leads on to another service, which is judged there.
    let shares = |mode: &str| {
        ["shareable", "host"].contains(&mode)
            || mode.starts_with("service:")
            || mode.starts_with("container:")
    };
    let mode = donor.ipc.as_deref().unwrap_or_default();
    if !mode.contains('$') && !shares(mode) {
        let fault = Fault::new(
            format!("the IPC namespace of service `{other}` is not shareable"),
            format!("write `ipc = \"shareable\"` in [services.{other}]"),
        );
        judge.refuse(judge.path().key("ipc"), fault);
    }
}
