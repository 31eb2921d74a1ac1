//! `ports`.

use toml::de::DeValue;

use super::{compose_keys::UNSUPPORTED_KEY, reference::PORT_KEYS, table::Item};
use crate::{
    diag::{Allow, Code, Severity},
    model::{Port, PortError, PortRange, Protocol},
};

/// A port mapping that Compose would refuse.
pub static BAD_PORT: Code = Code {
    name: "bad-port",
    severity: Severity::Error,
    allow: Allow::Never(Allow::UNREAD),
    docs: "\
The port mapping is not in Compose's syntax: `[ip:][host[-host]:]container[-container][/tcp|udp|sctp]`, or a table with \
`target`, `published`, `host_ip` and `protocol`. Ports are 0 to 65535; a host range is as long as the container's, \
or the container has one port. An address is an IP address: Compose resolves no names here.

```toml
ports = [\"8080:80\", \"127.0.0.1:5353:53/udp\"]
ports = [{ target = 80, published = 8080 }]
ports = [\"localhost:8080:80\"]                # error: not an IP address
```",
};

/// Decode `ports`.
pub(super) fn decode(item: &Item<'_, '_>) -> Vec<Port> {
    let items = item.list().unwrap_or_default();
    items.iter().filter_map(port).collect()
}

fn port(item: &Item<'_, '_>) -> Option<Port> {
    match item.node.value() {
        DeValue::Table(_) => long(item),
        DeValue::String(_) => {
            let text = item.proof_text()?;
            checked(item, Port::parse(text), text).and_then(|port| usable(item, port))
        }
        DeValue::Integer(number) => {
            let text = number.to_string();
            let parsed =
                if text.starts_with('-') { Err(PortError::NoPort(text.clone())) } else { Port::parse(&text) };
            checked(item, parsed, &text).and_then(|port| usable(item, port))
        }
        _ => item.wrong_type("a port: a number, \"8080:80\" or a table with `target`"),
    }
}

fn checked<T>(item: &Item<'_, '_>, port: Result<T, PortError>, text: &str) -> Option<T> {
    match port {
        Ok(port) => Some(port),
        Err(error) => item.reject(|| {
            item.error(&BAD_PORT, format!("{text:?} is not a port mapping"))
                .label(error.to_string())
                .help("write \"8080:80\": the host port, then the container port")
        }),
    }
}

fn long(item: &Item<'_, '_>) -> Option<Port> {
    let table = item.table()?;
    let (mut target, mut published, mut host_ip) = (None, None, None);
    let mut protocol = Protocol::Tcp;
    let mut whole = true;
    for item in table.items_of_or(&PORT_KEYS, swarms_own) {
        match item.key() {
            // The default, and what the short syntax means.
            "mode" if item.as_text() != Some("ingress") => whole &= !swarms_own(&item),
            "target" => target = range(&item),
            "published" => {
                published = range(&item);
                whole &= published.is_some();
            }
            "host_ip" => {
                let text = item.proof_text()?;
                let ip = text.trim_start_matches('[').trim_end_matches(']').parse();
                host_ip = checked(&item, ip.map_err(|_| PortError::Address(text.to_owned())), text);
                whole &= host_ip.is_some();
            }
            "protocol" => {
                let text = item.proof_text()?;
                let known = Protocol::parse(text).ok_or_else(|| PortError::Protocol(text.to_owned()));
                protocol = checked(&item, known, text)?;
            }
            _ => {}
        }
    }
    if table.get("target").is_none() {
        table.missing("target", "`target = 80`, the container's port");
    }
    let port = Port { host_ip, published, target: target?, protocol };
    let port = usable(item, checked(item, port.checked(), "the range")?)?;
    whole.then_some(port)
}

/// Report what only the long syntax of Compose holds.
fn swarms_own(item: &Item<'_, '_>) -> bool {
    let known = matches!(item.key(), "mode" | "name" | "app_protocol");
    if known {
        item.report(|| {
            item.key_error(&UNSUPPORTED_KEY, format!("`{}` of a port is not supported", item.key()))
                .label("not supported")
                .why("ports are rendered in the short syntax, which does not support it")
                .help("leave it out")
        });
    }
    known
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
    let text = match item.node.value() {
        DeValue::Integer(number) => number.to_string(),
        DeValue::String(_) => item.proof_text()?.to_owned(),
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
    use super::super::testing::{in_service, service};

    #[test]
    fn every_syntax_means_the_same() {
        let lines = "ports = [80, \"8080:80\", \"0:80\", { target = 80, published = \"8080\", protocol = \"udp\", host_ip = \"::1\", mode = \"ingress\" }]";
        let ports: Vec<String> = service(lines).ports.iter().map(ToString::to_string).collect();
        assert_eq!(ports, ["127.0.0.1::80", "127.0.0.1:8080:80", "127.0.0.1::80", "[::1]:8080:80/udp"]);
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
            variable-in-proof at `"${P}:80"`: services.api.ports[4] contains a variable (only known when Compose runs)
            wrong-type at `true`: services.api.ports[5] must be a port: a number, "8080:80" or a table with `target`, not a boolean (expected a port: a number, "8080:80" or a table with `target`)
            missing-key at `{ published = 80 }`: services.api.ports[6] has no `target` (`target` is missing)
            bad-port at `"80:80"`: "80:80" is not a port mapping ("80:80" is not a port number)
            unsupported-key at `mode`: `mode` of a port is not supported (not supported)
            unknown-key at `protocl`: unknown key `protocl` in services.api.ports[8] (did you mean `protocol`?)
            "#
        );
        insta::assert_snapshot!(in_service("ports = \"80:80\""), @r#"
        wrong-type at `"80:80"`: services.api.ports must be a list, not a string (expected a list)
        "#);
    }
}
