//! Ports for Swarm's routing mesh, which publishes on every address of every node: an address cannot be kept.

use crate::{
    model::{HostIp, Port, PortLabels, PortRange, PortText, Service, Value, replacement::split_outside},
    render::{
        loss::Losses,
        tree::{map, some, text},
    },
};

const LEFT_OUT: &str =
    "not published: Swarm would publish it on every address of every node (`--publish-all` does)";
const WIDENED: &str = "published on every address of every node";
const FIXED: &str = "`docker stack` reads no range and no address out of a variable; the value that .env or the default gives is written";
const UNKNOWN: &str = "`docker stack deploy` refuses the key";

/// The ports of a service in the long form. Ports bound to a single address are left out, unless `publish_all`.
pub fn of(name: &str, service: &Service, publish_all: bool, losses: &mut Losses) -> Option<Value> {
    let mut list = Vec::new();
    for port in &service.ports {
        let narrow = !port.host_ip.is_every();
        if narrow {
            let why = if publish_all { WIDENED } else { LEFT_OUT };
            losses.add(Some(name), format!("port {}", shown(port)), why);
        }
        if narrow && !publish_all {
            continue;
        }
        let PortLabels { mode: _, name: label, app_protocol, rest } = &port.labels;
        for (key, value) in [("name", label), ("app_protocol", app_protocol)] {
            if value.is_some() {
                losses.add(Some(name), format!("port {}: {key}", shown(port)), UNKNOWN);
            }
        }
        for key in rest.keys().filter(|key| !key.starts_with("x-")) {
            losses.add(Some(name), format!("port {}: {key}", shown(port)), UNKNOWN);
        }
        if let Some(value) = port.text.as_ref().and_then(|written| with_variables(port, written)) {
            list.push(value);
            continue;
        }
        if port.text.is_some() {
            losses.add(Some(name), format!("port {}: its variable", shown(port)), FIXED);
        }
        let number = |number: u16| Value::Int(number.into());
        let pairs = pairs(port);
        list.extend(pairs.map(|(published, it)| entry(port, published.map(number), number(it), None)));
    }
    some(list)
}

/// One port with variables that `docker stack` can read: it makes numbers of them in the long form, and knows no ranges and no
/// addresses there.
fn with_variables(port: &Port, written: &PortText) -> Option<Value> {
    let is_one = port.target.count() == 1 && port.published.is_none_or(|range| range.count() == 1);
    let (target, published, protocol) = match written {
        PortText::Long { target, published, protocol, .. } => {
            (target.clone(), published.clone(), protocol.clone())
        }
        PortText::Short(short) => {
            let mut halves = split_outside(short, '/').into_iter();
            let parts = split_outside(halves.next()?, ':');
            let (target, rest) = parts.split_last()?;
            // A variable that brings an address along, or several ports, cannot be taken apart.
            let brings_more = rest.is_empty() && port.published.is_some()
                || rest.len() == 1 && matches!(port.host_ip, HostIp::Ip(_));
            if brings_more {
                return None;
            }
            let published = rest.last().filter(|it| !it.is_empty()).map(|it| (*it).to_owned());
            (Some((*target).to_owned()), published, halves.next().map(str::to_owned))
        }
    };
    let published = published.map(Value::String);
    let published = published.or(port.published.map(|range| Value::Int(range.first.into())));
    let target = target.map_or(Value::Int(port.target.first.into()), Value::String);
    is_one.then(|| entry(port, published, target, protocol.as_deref()))
}

fn shown(port: &Port) -> String {
    let address = port.host_ip;
    port.published.map_or_else(|| format!("{address}:{}", port.target), |range| format!("{address}:{range}"))
}

/// Each published port with its target; Compose maps ranges one to one, or takes any free port of a range for one target:
/// the first then.
fn pairs(port: &Port) -> impl Iterator<Item = (Option<u16>, u16)> {
    let PortRange { first, last } = port.target;
    let start = port.published.map(|range| range.first);
    (first..=last).enumerate().map(move |(index, target)| {
        let offset = u16::try_from(index).unwrap_or_default();
        (start.map(|start| start.saturating_add(offset)), target)
    })
}

fn entry(port: &Port, published: Option<Value>, target: Value, protocol: Option<&str>) -> Value {
    Value::Map(map([
        ("target", Some(target)),
        ("published", published),
        ("protocol", text(Some(protocol.unwrap_or(port.protocol.as_str())))),
        ("mode", text(Some(port.labels.mode.as_deref().unwrap_or("ingress")))),
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ports(texts: &[&str], publish_all: bool) -> (usize, Vec<String>) {
        let ports = texts.iter().map(|text| Port::parse(text).unwrap()).collect();
        let mut losses = Losses::default();
        let list = of("a", &Service { ports, ..Service::default() }, publish_all, &mut losses);
        let count = list.as_ref().and_then(Value::as_list).map_or(0, <[Value]>::len);
        (count, losses.into_list().into_iter().flat_map(|loss| loss.items).map(|(what, _)| what).collect())
    }

    #[test]
    fn what_was_on_one_address_stays_unpublished() {
        let texts = ["8080:80", "0.0.0.0:81:81", "[::]:82:82", "192.0.2.1:83:83"];
        assert_eq!(
            ports(&texts, false),
            (2, vec!["port 127.0.0.1:8080".to_owned(), "port 192.0.2.1:83".to_owned()])
        );
        assert_eq!(ports(&texts, true).0, 4);
    }

    #[test]
    fn every_address_is_published_with_its_mode() {
        let labels =
            PortLabels { mode: Some("host".into()), name: Some("web".into()), ..PortLabels::default() };
        let port = Port { host_ip: HostIp::Every, labels, ..Port::parse("8080:80").unwrap() };
        let mut losses = Losses::default();
        let list = of("a", &Service { ports: vec![port], ..Service::default() }, false, &mut losses).unwrap();
        assert_eq!(list.as_list().unwrap()[0].as_map().unwrap()["mode"].as_str(), Some("host"));
        let losses: Vec<_> = losses.into_list().into_iter().flat_map(|loss| loss.items).collect();
        assert_eq!(losses, [("port *:8080: name".to_owned(), vec!["a".to_owned()])]);
    }

    #[test]
    fn a_range_is_one_entry_a_port() {
        assert_eq!(ports(&["0.0.0.0:9000-9002:80-82/udp"], false), (3, vec![]));
        let pair: Vec<_> = pairs(&Port::parse("0.0.0.0:9000-9002:80-82").unwrap()).collect();
        assert_eq!(pair, [(Some(9000), 80), (Some(9001), 81), (Some(9002), 82)]);
        assert_eq!(pairs(&Port::parse("80").unwrap()).collect::<Vec<_>>(), [(None, 80)]);
    }
}
