//! Volumes and networks that the engine cannot make or join.

use std::{collections::HashSet, net::Ipv4Addr};

use super::{Context, engine_refuses::is_bool};
use crate::{
    diag::{Allow, Code, Diagnostic, KeyPath, did_you_mean, service_path},
    model::{Resource, Service, Value},
};

static REFUSED_RESOURCE: Code = Code::error(
    "refused-resource",
    Allow::Anywhere,
    "\
A volume or network that `docker compose config` accepts and the engine does not create, or that no service can join:

- a volume of the driver `local` with options other than `type`, `o`, `device` and `size`, or without `type` or `device` beside the others, or with the type `none` and \
without `o = \"bind\"`;
- a volume with a name of one character, or with others than letters, digits, `_`, `.` and `-`;
- a network of the driver `host`, `null` or `none`, of which the engine has exactly one, or with the name of one of its own (`bridge`, `host`, `none`, \
`default`): use `network_mode` instead;
- a network with neither IPv4 nor IPv6;
- a bridge with an MTU, a name of its interface, an address or another option of `com.docker.network.` that the engine does not take;
- the engine's own networks `bridge`, `host` and `none` as external ones: Compose gives every service names in its networks, and these know no names \
(`network-scoped alias is supported only for containers in user defined networks`).

```toml
[volumes.cache]
driver_opts = { type = \"tmpfs\", device = \"tmpfs\" }
```

What no service uses is not created and not checked.",
);

pub(super) static CODES: &[&Code] = &[&REFUSED_RESOURCE];

/// The options of the driver `local`.
const LOCAL: [&str; 4] = ["type", "o", "device", "size"];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let stack = context.stack;
    if stack.volumes.values().any(|volume| volume.name.is_some() || volume.rest.contains_key("driver_opts")) {
        let used: HashSet<&str> = stack.services.values().flat_map(Service::named_volumes).collect();
        let is_local = |volume: &Resource| !volume.external && ["", "local"].contains(&volume.driver());
        let volumes = stack.volumes.iter().filter(|(_, volume)| is_local(volume));
        for (name, volume) in volumes.filter(|(name, _)| used.contains(name.as_str())) {
            found.extend(volume_name(context, name, volume));
            found.extend(local_options(context, name, volume));
        }
    }
    // Most networks have nothing that could be refused.
    let odd = ["driver", "driver_opts", "enable_ipv4"];
    let plain = |network: &Resource| {
        !network.external && network.name.is_none() && !odd.iter().any(|key| network.rest.contains_key(*key))
    };
    if stack.networks.values().all(plain) {
        return;
    }
    let mut seen = HashSet::new();
    for (service, table) in &stack.services {
        for name in table.networks.keys() {
            let Some(network) = stack.networks.get(name) else { continue };
            if network.external {
                found.extend(own_network(context, service, name, network));
            } else if seen.insert(name) {
                found.extend(network_name(context, name, network));
                found.extend(unmakeable(name, network));
                found.extend(bridge_option(context, name, network));
            }
        }
    }
}

fn refused(message: String, at: KeyPath) -> Diagnostic {
    Diagnostic::new(&REFUSED_RESOURCE, message)
        .at(at)
        .why("`docker compose config` accepts it and `up` fails")
}

/// A name that the engine gives no volume.
fn volume_name(context: &Context<'_>, name: &str, volume: &Resource) -> Option<Diagnostic> {
    let given = context.value(volume.name.as_deref()?)?;
    let fits = given.len() > 1
        && given.starts_with(|c: char| c.is_ascii_alphanumeric())
        && given.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
    (!fits).then(|| {
        refused(
            format!("the engine does not create a volume named {given:?}"),
            KeyPath::from(["volumes", name, "name"]),
        )
        .help("write two or more letters, digits, `_`, `.` and `-`, a letter or digit first")
    })
}

/// A name that the engine gives no network.
fn network_name(context: &Context<'_>, name: &str, network: &Resource) -> Option<Diagnostic> {
    let given = context.value(network.name.as_deref()?)?;
    let help = match &*given {
        "" | "default" => {
            "write another name, or remove it: Compose names the network after the stack".to_owned()
        }
        "bridge" | "host" | "none" => {
            format!(
                "write another name, or `network_mode = \"{given}\"` in the service instead of `networks`"
            )
        }
        _ => return None,
    };
    let at = KeyPath::from(["networks", name, "name"]);
    Some(refused(format!("the engine does not create a network named {given:?}"), at).help(help))
}

fn local_options(context: &Context<'_>, name: &str, volume: &Resource) -> Option<Diagnostic> {
    let options = volume.options()?;
    let at = KeyPath::from(["volumes", name, "driver_opts"]);
    if let Some(option) = options.keys().find(|option| !LOCAL.contains(&option.as_str())) {
        let help =
            did_you_mean(option, LOCAL).unwrap_or_else(|| format!("known options: {}", LOCAL.join(", ")));
        let message = format!("the driver `local` of the volume `{name}` has no option `{option}`");
        return Some(refused(message, at.key(option)).help(help));
    }
    let mounts = ["type", "o", "device"].iter().any(|option| options.contains_key(*option));
    let missing = ["device", "type"].into_iter().find(|option| mounts && !options.contains_key(*option));
    if let Some(missing) = missing {
        let message = format!("the volume `{name}` is a mount and has no `{missing}`");
        let help = "a mount has a `type` and a `device`, as in `{ type = \"none\", o = \"bind\", device = \"/srv/data\" }`";
        return Some(refused(message, at).help(help));
    }
    let text = |option: &str| context.expand(volume.option(option)?);
    let kind = text("type").filter(|kind| ["none", "bind"].contains(&kind.to_ascii_lowercase().as_str()))?;
    let is_bind = match options.get("o") {
        None => false,
        Some(_) => text("o")?.split(',').any(|option| ["bind", "rbind"].contains(&option.trim())),
    };
    (!is_bind).then(|| {
        let message = format!(
            "the volume `{name}` has the type `{kind}`, which is not a file system, and no `o = \"bind\"`"
        );
        refused(message, at.key("type"))
            .help("add `o = \"bind\"` for a folder of the machine, or write the type of the file system")
    })
}

/// The longest name that the kernel takes for an interface, in bytes.
const INTERFACE_NAME: usize = 15;
/// The smallest and the largest MTU of a bridge; 0 is the default.
const MTU: std::ops::RangeInclusive<i64> = 68..=65_535;

/// An option of a bridge that the engine refuses. It ignores those that it does not know.
fn bridge_option(context: &Context<'_>, name: &str, network: &Resource) -> Option<Diagnostic> {
    let options = network.options().filter(|_| ["", "bridge"].contains(&network.driver()))?;
    options.iter().find_map(|(option, value)| {
        let value = match value {
            Value::Int(number) => number.to_string().into(),
            Value::Bool(value) => value.to_string().into(),
            other => context.expand(other.as_str()?)?,
        };
        let value = value.as_ref();
        let is_address = |value: &str| value.parse::<Ipv4Addr>().is_ok();
        let is_internal = network.rest.get("internal") == Some(&Value::Bool(true));
        let is_mode = |value: &str| {
            ["nat", "nat-unprotected", "routed"].contains(&value) || (value == "isolated" && is_internal)
        };
        let is_interface = |value: &str| {
            value.len() <= INTERFACE_NAME
                && !value.contains(|c: char| c.is_whitespace() || c == '/' || c == ':')
                && !["docker0", ".", ".."].contains(&value)
        };
        let (fits, help) = match option.strip_prefix("com.docker.network.")? {
            "driver.mtu" => {
                let fits = value.parse::<i64>().is_ok_and(|mtu| mtu == 0 || MTU.contains(&mtu));
                (fits, "write a number from 68 to 65535")
            }
            "bridge.name" => {
                (is_interface(value), "write at most 15 letters and digits, and another name than `docker0`")
            }
            "bridge.enable_icc" | "bridge.enable_ip_masquerade" => (is_bool(value), "write true or false"),
            "bridge.host_binding_ipv4" => {
                (is_address(value), "write an IPv4 address of the machine, such as \"127.0.0.1\"")
            }
            "bridge.gateway_mode_ipv4" | "bridge.gateway_mode_ipv6" => (
                is_mode(value),
                "write \"nat\", \"nat-unprotected\" or \"routed\", or \"isolated\" with `internal = true`",
            ),
            _ => return None,
        };
        (!fits).then(|| {
            let message = format!("the network `{name}` cannot have `{option} = \"{value}\"`");
            refused(message, KeyPath::from(["networks", name, "driver_opts"]).key(option)).help(help)
        })
    })
}

fn unmakeable(name: &str, network: &Resource) -> Option<Diagnostic> {
    let driver = network.driver();
    if let "host" | "null" | "none" = driver {
        let mode = if driver == "host" { "host" } else { "none" };
        let message = format!(
            "the network `{name}` has the driver `{driver}`, of which the engine has exactly one network"
        );
        let at = KeyPath::from(["networks", name, "driver"]);
        return Some(
            refused(message, at)
                .help(format!("remove it, and write `network_mode = \"{mode}\"` in the service")),
        );
    }
    let is = |key: &str, value: bool| network.rest.get(key) == Some(&Value::Bool(value));
    let six = network.rest.get("enable_ipv6");
    let off = is("enable_ipv4", false) && (six.is_none() || is("enable_ipv6", false));
    off.then(|| {
        let message = format!("the network `{name}` has neither IPv4 nor IPv6");
        refused(message, KeyPath::from(["networks", name, "enable_ipv4"])).help("write `enable_ipv6 = true`")
    })
}

/// One of the three networks that every engine has.
fn own_network(context: &Context<'_>, service: &str, name: &str, network: &Resource) -> Option<Diagnostic> {
    let given = context.value(network.name.as_deref().unwrap_or(name))?;
    if !["bridge", "host", "none"].contains(&&*given) {
        return None;
    }
    let message = format!("service `{service}` cannot join the engine's own network `{given}`");
    let diagnostic = refused(message, service_path(service).key("networks").key(name))
        .related(["networks", name], "the engine's own")
        .help(format!("write `network_mode = \"{given}\"` instead of `networks`"));
    Some(diagnostic)
}
