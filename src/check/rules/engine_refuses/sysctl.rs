//! Kernel parameters.

use std::borrow::Cow;

use super::rule::{Fault, Judge};
use crate::{
    diag::KeyPath,
    model::{Service, Value},
};

/// The parameters of an IPC namespace, beside `fs.mqueue.*`.
const IPC: [&str; 8] = [
    "kernel.msgmax",
    "kernel.msgmnb",
    "kernel.msgmni",
    "kernel.sem",
    "kernel.shmall",
    "kernel.shmmax",
    "kernel.shmmni",
    "kernel.shm_rmid_forced",
];

/// Judge `sysctls`, a table or a list of `NAME=VALUE`.
pub(super) fn judge<'a>(judge: &mut Judge<'_, 'a>, value: &'a Value) {
    let path = |judge: &Judge<'_, '_>| -> KeyPath { judge.path().key("sysctls") };
    for name in value.as_map().into_iter().flat_map(|map| map.keys()).filter(|name| !name.is_empty()) {
        if let Some(fault) = fault(judge.service, name) {
            judge.refuse(path(judge).key(name), fault);
        }
    }
    for (position, item) in value.as_list().unwrap_or_default().iter().enumerate() {
        let Some(text) = item.as_str().and_then(|text| judge.value(text)) else { continue };
        let name = text.split('=').next().unwrap_or_default();
        if let Some(fault) = fault(judge.service, name) {
            judge.refuse(path(judge).index(position), fault);
        }
    }
}

fn fault(service: &Service, name: &str) -> Option<Fault> {
    let is_host = |mode: Option<&str>| mode == Some("host");
    let uts = service.rest.get("uts").and_then(Value::as_str);
    let shared = |key: &str, what: &str| {
        Some(Fault::new(
            format!("with `{key} = \"host\"`, `{name}` is the machine's"),
            format!("remove it and set it on the machine, or give the container {what} of its own"),
        ))
    };
    let dotted = dotted(name);
    match &*dotted {
        "kernel.hostname" => {
            Some(Fault::new("the host name is no parameter of a container", "use `hostname` instead"))
        }
        "kernel.domainname" if is_host(uts) => shared("uts", "a host name"),
        "kernel.domainname" => None,
        ipc if IPC.contains(&ipc) || ipc.starts_with("fs.mqueue.") => {
            if is_host(service.ipc.as_deref()) { shared("ipc", "an IPC namespace") } else { None }
        }
        net if net.starts_with("net.") => {
            if is_host(service.network_mode.as_deref()) {
                return shared("network_mode", "a network");
            }
            let steps: Vec<&str> = net.split('.').collect();
            let interface = steps.len() == 5 && ["conf", "neigh"].contains(&steps[2]) && steps[3].starts_with("eth");
            interface.then(|| {
                let help = "set it for the attachment: `driver_opts = { \"com.docker.network.endpoint.sysctls\" = \"net.ipv4.conf.IFNAME.KEY=VALUE\" }`";
                Fault::new(format!("`{name}` belongs to one interface"), help)
            })
        }
        _ => Some(Fault::new(
            format!("`{name}` belongs to the machine, not to a container"),
            format!("remove it, and set it on the machine: `sysctl -w {name}=VALUE`"),
        )),
    }
}

/// A name with dots: where its first separator is a slash, the two are exchanged (sysctl.d(5)).
fn dotted(name: &str) -> Cow<'_, str> {
    match name.find(['.', '/']) {
        Some(at) if name.as_bytes()[at] == b'/' => {
            let exchange = |c| match c {
                '/' => '.',
                '.' => '/',
                other => other,
            };
            name.chars().map(exchange).collect::<String>().into()
        }
        _ => name.into(),
    }
}
