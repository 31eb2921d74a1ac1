//! Kernel parameters.

use std::borrow::Cow;

use super::fault::{Fault, Judge};
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
    for (name, value) in value.as_map().into_iter().flatten().filter(|(name, _)| !name.is_empty()) {
        let written = value.as_str().and_then(|text| judge.value(text));
        let fault = fault(judge.service, name).or_else(|| number(name, &written?));
        if let Some(fault) = fault {
            judge.refuse(path(judge).key(name), fault);
        }
    }
    for (position, item) in value.as_list().unwrap_or_default().iter().enumerate() {
        let Some(text) = item.as_str().and_then(|text| judge.value(text)) else { continue };
        let (name, written) = text.split_once('=').unwrap_or((&text, ""));
        if let Some(fault) = fault(judge.service, name).or_else(|| number(name, written)) {
            judge.refuse(path(judge).index(position), fault);
        }
    }
}

fn fault(service: &Service, name: &str) -> Option<Fault> {
    let is_host = |mode: Option<&str>| mode == Some("host");
    let uts = service.rest.get("uts").and_then(Value::as_str);
    let shared = |key: &str, what: &str| {
        Some(Fault::new(
            format!("with `{key} = \"host\"`, `{name}` is the host's"),
            format!("remove it and set it on the host, or give the container {what} of its own"),
        ))
    };
    let dotted = dotted(name);
    match &*dotted {
        "kernel.hostname" => {
            Some(Fault::new("the host name cannot be set as a sysctl", "use `hostname` instead"))
        }
        "kernel.domainname" if is_host(uts) => shared("uts", "a host name"),
        "kernel.domainname" => None,
        ipc if IPC.contains(&ipc) || ipc.starts_with("fs.mqueue.") => {
            if is_host(service.ipc.as_deref()) {
                shared("ipc", "an IPC namespace")
            } else {
                None
            }
        }
        net if net.starts_with("net.") => {
            if is_host(service.network_mode.as_deref()) {
                return shared("network_mode", "a network");
            }
            let steps: Vec<&str> = net.split('.').collect();
            let interface =
                steps.len() == 5 && ["conf", "neigh"].contains(&steps[2]) && steps[3].starts_with("eth");
            interface.then(|| {
                let help = "set it for the attachment: `driver_opts = { \"com.docker.network.endpoint.sysctls\" = \"net.ipv4.conf.IFNAME.KEY=VALUE\" }`";
                Fault::new(format!("`{name}` belongs to one interface"), help)
            })
        }
        _ => Some(Fault::new(
            format!("`{name}` belongs to the host, not to a container"),
            format!("remove it, and set it on the host: `sysctl -w {name}=VALUE`"),
        )),
    }
}

/// A value that is not a number, where the kernel reads one or several: the parameters of an IPC namespace, and of the network those
/// that are often set. Nothing is written for an empty value.
fn number(name: &str, value: &str) -> Option<Fault> {
    let dotted = dotted(name);
    let is_number = match &*dotted {
        "net.core.somaxconn" | "net.ipv4.ip_forward" | "net.ipv4.ping_group_range" => true,
        "net.ipv4.tcp_fastopen_key" => false,
        name => {
            IPC.contains(&name)
                || name.starts_with("fs.mqueue.")
                || name.starts_with("net.ipv4.ip_local_port_range")
                || name.starts_with("net.ipv4.ip_unprivileged_port")
                || (name.starts_with("net.ipv4.tcp_") && !name.contains("congestion"))
                || (name.starts_with("net.ipv4.conf.") || name.starts_with("net.ipv6.conf."))
                    && !name.ends_with(".stable_secret")
        }
    };
    let digits = |text: &str| match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => !hex.is_empty() && hex.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()),
    };
    let fits = value.split_whitespace().all(|part| digits(part.strip_prefix('-').unwrap_or(part)));
    (is_number && !fits).then(|| {
        Fault::new(format!("`{name}` is a number, and `{value}` is not one"), "write digits, without a unit")
    })
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
