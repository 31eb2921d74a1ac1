//! Addresses of hosts and interfaces.

use std::net::{IpAddr, Ipv6Addr};

use super::fault::{Fault, Judge};
use crate::model::Value;

/// An entry of `dns`; an IPv6 address may name its zone.
pub(super) fn name_server(text: &str) -> Option<Fault> {
    let zoned = text
        .split_once('%')
        .is_some_and(|(address, zone)| address.parse::<Ipv6Addr>().is_ok() && !zone.is_empty());
    if text.is_empty() || zoned || text.parse::<IpAddr>().is_ok() {
        return None;
    }
    Some(Fault::new(
        format!("`{text}` is not an IP address"),
        "write an address without a port, such as \"10.0.0.53\"",
    ))
}

/// Judge `extra_hosts`: a table of addresses or lists of them, or a list of `HOST:ADDRESS`.
pub(super) fn hosts<'a>(judge: &mut Judge<'_, 'a>, value: &'a Value) {
    let path = judge.path().key("extra_hosts");
    for (host, addresses) in value.as_map().into_iter().flatten() {
        judge.texts_at(|| path.key(host), addresses, host_address);
    }
    let pair = |text: &str| {
        let (host, address) = text.split_once('=').or_else(|| text.split_once(':'))?;
        host_address(address).filter(|_| !host.trim().is_empty())
    };
    judge.texts_at(|| path.clone(), value, pair);
}

fn host_address(text: &str) -> Option<Fault> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    if text == "host-gateway" || bare.parse::<IpAddr>().is_ok() {
        return None;
    }
    let help = "write an address, or `host-gateway` for the machine";
    Some(Fault::new(format!("`{text}` is not an IP address"), help))
}

/// `mac_address`: six bytes of one interface. The engine knows the notations of Go's `net.ParseMAC`.
pub(super) fn hardware(text: &str) -> Option<Fault> {
    let fault = |problem: &str| {
        Some(Fault::new(format!("`{text}` {problem}"), "write one such as \"02:42:ac:11:65:43\""))
    };
    let groups = |separator: char, digits: usize, count: usize| {
        let groups: Vec<&str> = text.split(separator).collect();
        let hex = |group: &&str| group.len() == digits && group.bytes().all(|b| b.is_ascii_hexdigit());
        (groups.len() == count && groups.iter().all(hex)).then(|| groups.concat())
    };
    let bare = (text.len() == 12 && text.bytes().all(|b| b.is_ascii_hexdigit())).then(|| text.to_owned());
    let digits = groups(':', 2, 6).or_else(|| groups('-', 2, 6)).or_else(|| groups('.', 4, 3)).or(bare);
    match digits {
        _ if text.is_empty() => None,
        None => fault("is not a MAC address"),
        Some(digits) if digits.bytes().all(|digit| digit == b'0') => fault("is not a MAC address"),
        // The lowest bit of the first byte.
        Some(digits) if u8::from_str_radix(&digits[..2], 16).is_ok_and(|first| first % 2 == 1) => {
            fault("is a multicast address: its first byte is odd")
        }
        Some(_) => None,
    }
}

/// An entry of `link_local_ips`.
pub(super) fn link_local(text: &str) -> Option<Fault> {
    let is_local = match text.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => address.is_link_local(),
        Ok(IpAddr::V6(address)) => address.is_unicast_link_local(),
        Err(_) => false,
    };
    let help = "write one out of 169.254.0.0/16 or fe80::/10, such as \"169.254.8.8\"";
    (!is_local).then(|| Fault::new(format!("`{text}` is not a link-local address"), help))
}
