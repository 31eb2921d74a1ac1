//! A host and its port, as they stand in `Host`, in an `Origin` and in `allowed_hosts`.

use std::{
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
};

/// `NAME`, `NAME:PORT` or `[IPV6]:PORT`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// The name or address, an IPv6 address in its brackets.
    pub host: String,
    /// The port, where there is one.
    pub port: Option<u16>,
}

/// The text is no host with or without a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a host name or an IP address, with or without a port")]
pub struct AuthorityError;

impl FromStr for Authority {
    type Err = AuthorityError;

    fn from_str(text: &str) -> Result<Self, AuthorityError> {
        let end = match text.strip_prefix('[') {
            Some(rest) => rest.find(']').ok_or(AuthorityError)? + 2,
            None => text.find(':').unwrap_or(text.len()),
        };
        let (host, port) = text.split_at(end);
        let port = match port.strip_prefix(':') {
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(digits.parse().map_err(|_| AuthorityError)?)
            }
            None if port.is_empty() => None,
            _ => return Err(AuthorityError),
        };
        let in_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let is_host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(address) => address.parse::<Ipv6Addr>().is_ok(),
            None => !host.is_empty() && host.bytes().all(in_name),
        };
        if is_host { Ok(Self { host: host.to_owned(), port }) } else { Err(AuthorityError) }
    }
}

impl Authority {
    /// Whether both have the same name, in whichever case.
    pub fn has_host_of(&self, other: &Self) -> bool {
        self.host.eq_ignore_ascii_case(&other.host)
    }

    /// Whether no public page can own it: an address, `localhost` and what is below it, or a name without a dot.
    pub fn is_local(&self) -> bool {
        let address = self.host.starts_with('[') || self.host.parse::<IpAddr>().is_ok();
        let top = self.host.rsplit('.').next();
        address || !self.host.contains('.') || top.is_some_and(|top| top.eq_ignore_ascii_case("localhost"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_with_and_without_a_port() {
        for (text, host, port) in [
            ("shop.example", "shop.example", None),
            ("Shop:8089", "Shop", Some(8089)),
            ("10.0.0.7:1", "10.0.0.7", Some(1)),
            ("[::1]", "[::1]", None),
            ("[fe80::1]:65535", "[fe80::1]", Some(65_535)),
        ] {
            let expected = Authority { host: host.to_owned(), port };
            assert_eq!(text.parse::<Authority>(), Ok(expected), "{text}");
        }
        for text in [
            "", ":80", "a:", "a:b", "a:65536", "a:1:2", "::1", "[::1", "[::1]x", "[a]", "a b", "a@b",
            "http://a",
        ] {
            assert!(text.parse::<Authority>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_no_public_page_can_own() {
        let local = |text: &str| text.parse::<Authority>().unwrap().is_local();
        for text in ["localhost", "a.LOCALHOST:1", "127.0.0.1", "[::1]:1", "nas", "traffic-generator:8089"] {
            assert!(local(text), "{text}");
        }
        for text in ["shop.example", "localhost.example", "127.0.0.1.nip.io", "com."] {
            assert!(!local(text), "{text}");
        }
    }
}
