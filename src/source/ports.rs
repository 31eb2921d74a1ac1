//! `ports`.

use std::net::IpAddr;

use super::{
    reference::PORT_TABLE,
    shape::Shape,
    table::{Item, WRONG_TYPE},
    tree::Kind,
};
use crate::{
    diag::{Allow, Code},
    model::{
        HostIp, Port, PortError, PortLabels, PortRange, PortText, Protocol, Value, replacement::split_outside,
    },
};

/// A port mapping that Compose would refuse.
pub static BAD_PORT: Code = Code::error(
    "bad-port",
    Allow::Never(Allow::UNREAD),
    "\
The port mapping is not in Compose's syntax: `[ip:][host[-host]:]container[-container][/tcp|udp|sctp]`, or a table with \
`target`, `published`, `host_ip`, `protocol`, `mode`, `name` and `app_protocol`. Ports are 0 to 65535; a host range is as long \
as the container's, or the container has one port. An address is an IP address: Compose resolves no names here. Without one \
a port is published on 127.0.0.1; `*` is every address, IPv4 and IPv6.

```toml
ports = [\"8080:80\", \"127.0.0.1:5353:53/udp\", \"*:443:443\"]
ports = [{ target = 80, published = 8080, host_ip = \"*\" }]
ports = [\"localhost:8080:80\"]                # error: not an IP address
```",
);

/// An address that only a variable brings.
pub static ADDRESS_IN_VARIABLE: Code = Code::error(
    "address-in-variable",
    Allow::Never(Allow::UNREAD),
    "\
A port in the short syntax holds a variable that brings more than a port: an address, as `BIND=127.0.0.1:9000` does in \
`\"${BIND}:80\"`, a whole mapping, or nothing where an address stands. stackctl publishes a port without an address on 127.0.0.1, so that \
it has to know whether one is there.

```toml
ports = [\"${BIND}:80\"]              # error with BIND=127.0.0.1:9000 in .env
ports = [\"*:${BIND}:80\"]            # what BIND says; every address where it names none
ports = [\"${IP}:${PORT}:80\"]        # IP in a place of its own
```

Write `*:` before it. Compose is given the port without `*:`, and the proof reads the address out of the value.",
);

/// Before a port in the short syntax: every address.
const EVERY: &str = "*:";

/// Decode `ports`.
pub(super) fn decode(item: &Item<'_, '_>) -> Vec<Port> {
    if let Some(list) = as_list(item) {
        return item
            .reject(|| {
                item.error(&WRONG_TYPE, format!("{} must be a list, not a table", item.path()))
                    .label("expected a list")
                    .help(format!("write `{} = [{list}]`", item.key()))
            })
            .unwrap_or_default();
    }
    item.each(port)
}

/// `{ 8080 = 80 }` as the list that it means.
fn as_list(item: &Item<'_, '_>) -> Option<String> {
    let table = item.as_table().filter(|_| item.misplaced().is_none())?;
    let mapping = |item: Item<'_, '_>| {
        let text = format!("{}:{}", item.key(), item.node.source().trim_matches('"'));
        Port::parse(&text).is_ok().then(|| format!("\"{text}\""))
    };
    let mappings: Option<Vec<String>> = table.items().map(mapping).collect();
    mappings.filter(|mappings| !mappings.is_empty()).map(|mappings| mappings.join(", "))
}

fn port(item: &Item<'_, '_>) -> Option<Port> {
    match item.node.kind() {
        Kind::Table => long(item),
        Kind::String(text) => short(item, text),
        Kind::Integer(number) => {
            let text = number.to_string();
            let parsed =
                if text.starts_with('-') { Err(PortError::NoPort(text.clone())) } else { Port::parse(&text) };
            checked(item, parsed, &text).and_then(|port| usable(item, port))
        }
        _ => item.wrong_type("a port: a number, \"8080:80\" or a table with `target`"),
    }
}

/// The short syntax, where `*:` before it means every address.
fn short(item: &Item<'_, '_>, text: &str) -> Option<Port> {
    let (rest, is_every) = text.strip_prefix(EVERY).map_or((text, false), |rest| (rest, true));
    if item.variable_text().is_some() {
        return with_variables(item, rest, is_every);
    }
    let port = checked(item, Port::parse(rest), text)?;
    match port.host_ip {
        HostIp::Ip(ip) if is_every => item.reject(|| {
            item.error(&BAD_PORT, format!("{text:?} has two addresses"))
                .label(format!("`*` and {ip}"))
                .why("`*` is every address, IPv4 and IPv6")
                .help(format!("write \"{rest}\" for that address alone"))
        }),
        _ if is_every => usable(item, Port { host_ip: HostIp::Every, ..port }),
        _ => usable(item, port),
    }
}

/// The short syntax with variables. After `*:` they may bring an address, and what has none is published on every one. Without
/// it, the address is written: one that a variable brings along with a port would not be seen in stack.toml.
fn with_variables(item: &Item<'_, '_>, rest: &str, is_every: bool) -> Option<Port> {
    // Resolved as a whole, so that what is kept and named is the text as it is written.
    let made = item.proof_text()?;
    let made = made.strip_prefix(EVERY).filter(|_| is_every).unwrap_or(&made);
    let port = usable(item, checked(item, Port::parse(made), made)?)?;
    let (host_ip, text) = match (port.host_ip, is_every) {
        (HostIp::Ip(ip), true) => (HostIp::Ip(ip), rest.to_owned()),
        (_, true) => (HostIp::Every, rest.to_owned()),
        (HostIp::Ip(ip), false) if writes_address(item, rest) => (HostIp::Ip(ip), rest.to_owned()),
        (HostIp::Unwritten, false) => match (parts(rest).len(), made.matches(':').count()) {
            (1, 0) => (HostIp::Unwritten, format!("127.0.0.1::{rest}")),
            (2, 1) => (HostIp::Unwritten, format!("127.0.0.1:{rest}")),
            _ => return address_in_variable(item, rest),
        },
        _ => return address_in_variable(item, rest),
    };
    Some(Port { host_ip, text: Some(PortText::Short(text)), ..port })
}

/// What stands between the colons of a port, and not in its variables.
fn parts(text: &str) -> Vec<&str> {
    let mapping = split_outside(text, '/').into_iter().next().unwrap_or_default();
    split_outside(mapping, ':')
}

/// Whether an address is written in a place of its own, be it by a variable.
fn writes_address(item: &Item<'_, '_>, text: &str) -> bool {
    let parts = parts(text);
    // An IPv6 address holds colons itself.
    let address = match parts.as_slice() {
        [address, _] => (*address).to_owned(),
        [address @ .., _, _] => address.join(":"),
        _ => return false,
    };
    let made = item.if_resolved(&address).unwrap_or_default();
    made.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok()
}

fn address_in_variable(item: &Item<'_, '_>, rest: &str) -> Option<Port> {
    item.reject(|| {
        item.error(&ADDRESS_IN_VARIABLE, format!("a variable decides about the address of {}", item.path()))
            .label("the address is not written here")
            .why("a port is published on 127.0.0.1 unless stack.toml names another address")
            .help(format!(
                "write \"*:{rest}\": the address of the variable, and every one where it brings none"
            ))
    })
}

fn checked<T>(item: &Item<'_, '_>, port: Result<T, PortError>, text: &str) -> Option<T> {
    match port {
        Ok(port) => Some(port),
        Err(error) if item.variable_text().is_some() => item.misgiven(match error {
            PortError::Protocol(_) => "tcp, udp or sctp",
            _ if item.key() == "host_ip" => "an IP address, or `*`",
            _ if ["target", "published"].contains(&item.key()) => "a port, or a range of ports",
            _ => "a port mapping such as 8080:80",
        }),
        Err(error) => item.reject(|| {
            item.error(&BAD_PORT, format!("{text:?} is not a port mapping"))
                .label(error.to_string())
                .help("write \"8080:80\": the host port, then the container port")
        }),
    }
}

fn long(item: &Item<'_, '_>) -> Option<Port> {
    let table = item.table()?;
    let (mut target, mut whole) = (None, true);
    let mut port = Port::default();
    for item in table.read(&PORT_TABLE, &mut port.labels.rest) {
        match item.key() {
            "target" => target = range(&item),
            "published" => {
                port.published = range(&item);
                whole &= port.published.is_some();
            }
            "host_ip" => {
                let ip = host_ip(&item);
                port.host_ip = ip.unwrap_or_default();
                whole &= ip.is_some();
            }
            "protocol" => {
                let name = item.proof_text()?;
                let known = Protocol::parse(&name).ok_or_else(|| PortError::Protocol(name.to_string()));
                port.protocol = checked(&item, known, &name)?;
            }
            // The default, and what the short syntax means.
            "mode" if item.as_text() == Some("ingress") => {}
            "mode" => {
                let mode = item.shaped(Shape::OneOf(&["host", "ingress"]));
                whole &= mode.is_some();
                port.labels.mode = mode.as_ref().and_then(Value::as_str).map(str::to_owned);
            }
            "name" => port.labels.name = item.text(),
            "app_protocol" => port.labels.app_protocol = item.text(),
            _ => {}
        }
    }
    let text = |key: &str| table.get(key)?.variable_text().map(str::to_owned);
    let [target_text, published, host_ip, protocol] =
        ["target", "published", "host_ip", "protocol"].map(text);
    if [&target_text, &published, &host_ip, &protocol].into_iter().any(Option::is_some) {
        port.text = Some(PortText::Long { target: target_text, published, host_ip, protocol });
    }
    table.requires_key("target", "`target = 80`, the container's port");
    let port = Port { target: target?, ..port };
    let port = usable(item, checked(item, port.checked(), "the range")?)?;
    (whole && one_target(item, &port)).then_some(port)
}

/// `*`, or an address.
fn host_ip(item: &Item<'_, '_>) -> Option<HostIp> {
    let text = item.proof_text()?;
    let text = text.as_ref();
    if text == "*" {
        return Some(HostIp::Every);
    }
    let ip = text.trim_start_matches('[').trim_end_matches(']').parse();
    checked(item, ip.map(HostIp::Ip).map_err(|_| PortError::Address(text.to_owned())), text)
}

/// Whether Compose's long syntax holds the port, where only that one does.
fn one_target(item: &Item<'_, '_>, port: &Port) -> bool {
    let is_short = port.labels == PortLabels::default() && port.text.is_none();
    item.ensure(port.target.count() == 1 || is_short, || {
        item.error(&BAD_PORT, format!("{} has a range of container ports", item.path()))
            .label("several ports with `mode`, `name`, `app_protocol` or a variable")
            .why("Compose's long syntax, which alone holds these, takes one container port")
            .help("write a table for each container port")
    })
}

/// The port where the container's is one; 0 of the machine lets the engine choose, as if it was not written.
fn usable(item: &Item<'_, '_>, port: Port) -> Option<Port> {
    if port.target.first == 0 {
        return item.reject(|| {
            item.error(&BAD_PORT, "0 is not a container port")
                .label("the container's port is 0")
                .why("Compose treats it as missing")
                .help("write the port that the container listens on")
        });
    }
    let published = port.published.filter(|range| range.last != 0);
    Some(Port { published, ..port })
}

/// A port or range of ports, as a number or a text.
fn range(item: &Item<'_, '_>) -> Option<PortRange> {
    let text = match item.node.kind() {
        Kind::Integer(number) => number.to_string(),
        Kind::String(_) => item.proof_text()?.into_owned(),
        _ => return item.wrong_type("a port number or a range such as \"9000-9002\""),
    };
    // The short syntax of a container's port alone is exactly a range; nothing else may follow it here.
    let parsed = match text.find([':', '/']) {
        Some(_) => Err(PortError::NoPort(text.clone())),
        None => Port::parse(&text).map(|port| port.target),
    };
    checked(item, parsed, &text)
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{in_service, service},
        HostIp,
    };

    #[test]
    fn every_syntax_means_the_same() {
        let lines = "ports = [80, \"8080:80\", \"0:80\", { target = 80, published = \"8080\", protocol = \"udp\", host_ip = \"::1\", mode = \"ingress\" }]";
        let ports: Vec<String> = service(lines).ports.iter().map(ToString::to_string).collect();
        assert_eq!(ports, ["127.0.0.1::80", "127.0.0.1:8080:80", "127.0.0.1::80", "[::1]:8080:80/udp"]);
    }

    #[test]
    fn every_address_has_a_sign_of_its_own() {
        let lines =
            "ports = [\"*:80\", \"*:8080:80/udp\", { target = 80, published = 8080, host_ip = \"*\" }]";
        let ports = service(lines).ports;
        assert!(ports.iter().all(|port| port.host_ip == HostIp::Every));
        assert!(ports.iter().map(ToString::to_string).eq(["80", "8080:80/udp", "8080:80"]));
        insta::assert_snapshot!(
            in_service("ports = [\"*:127.0.0.1:80:80\", \"*:x:80\", \"*8080:80\", { target = 80, host_ip = \"*:\" }]"),
            @r#"
            bad-port at `"*:127.0.0.1:80:80"`: "*:127.0.0.1:80:80" has two addresses (`*` and 127.0.0.1)
            bad-port at `"*:x:80"`: "*:x:80" is not a port mapping ("x" is not a port number)
            bad-port at `"*8080:80"`: "*8080:80" is not a port mapping ("*8080" is not a port number)
            bad-port at `"*:"`: "*:" is not a port mapping ("*:" is not an IP address)
            "#);
    }

    #[test]
    fn only_the_long_syntax_has_labels() {
        let lines = "ports = [{ target = 80, mode = \"host\", name = \"web\", app_protocol = \"http\" }]";
        let labels = &service(lines).ports[0].labels;
        let expected = [Some("host"), Some("web"), Some("http")];
        assert_eq!([&labels.mode, &labels.name, &labels.app_protocol].map(|it| it.as_deref()), expected);
        insta::assert_snapshot!(
            in_service("ports = [{ target = \"80-81\", name = \"web\" }, { target = 80, mode = \"hots\", name = 5 }]"),
            @r#"
            bad-port at `{ target = "80-81", name = "web" }`: services.api.ports[0] has a range of container ports (several ports with `mode`, `name`, `app_protocol` or a variable)
            bad-value at `"hots"`: "hots" is not a value of services.api.ports[1].mode (did you mean "host"?)
            wrong-type at `5`: services.api.ports[1].name must be a string in quotes, not an integer (expected a string in quotes)
            "#);
    }

    #[test]
    fn says_what_is_wrong() {
        insta::assert_snapshot!(
            in_service("ports = [\"localhost:80:80\", 70000, -1, \"8080:0\", \"${P}:80\", true, { published = 80 }, { target = \"80:80\" }, { target = 80, mode = \"host\", protocl = \"tcp\" }]"),
            @r#"
            bad-port at `"localhost:80:80"`: "localhost:80:80" is not a port mapping ("localhost" is not an IP address)
            bad-port at `70000`: "70000" is not a port mapping (port 70000 is above 65535)
            bad-port at `-1`: "-1" is not a port mapping ("-1" is not a port number)
            bad-port at `"8080:0"`: 0 is not a container port (the container's port is 0)
            variable-in-proof at `"${P}:80"`: services.api.ports[4] contains a variable without a value (`P` is not in .env and has no default)
            wrong-type at `true`: services.api.ports[5] must be a port: a number, "8080:80" or a table with `target`, not a boolean (expected a port: a number, "8080:80" or a table with `target`)
            missing-key at `{ published = 80 }`: services.api.ports[6] has no `target` (`target` is missing)
            bad-port at `"80:80"`: "80:80" is not a port mapping ("80:80" is not a port number)
            unknown-key at `protocl`: unknown key `protocl` in services.api.ports[8] (did you mean `protocol`?)
            "#
        );
        insta::assert_snapshot!(in_service("ports = \"80:80\""), @r#"
        wrong-type at `"80:80"`: services.api.ports must be a list, not a string (expected a list)
        "#);
    }
}
