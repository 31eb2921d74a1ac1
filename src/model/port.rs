//! Published ports in Compose's syntax.

use std::{fmt, net::IpAddr};

use super::{HostIp, Map};

/// An inclusive range of port numbers, possibly of one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct PortRange {
    /// The first port.
    pub first: u16,
    /// The last port, at least `first`.
    pub last: u16,
}

impl PortRange {
    /// How many ports it holds.
    pub fn count(self) -> u32 {
        u32::from(self.last - self.first) + 1
    }

    fn parse(text: &str) -> Result<Self, PortError> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let port = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            if !digits {
                return Err(PortError::NoPort(text.to_owned()));
            }
            text.parse::<u16>().map_err(|_| PortError::TooLarge(text.to_owned()))
        };
        let (first, last) = (port(first)?, port(last)?);
        if first <= last { Ok(Self { first, last }) } else { Err(PortError::Backwards) }
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            write!(f, "{}", self.first)
        } else {
            write!(f, "{}-{}", self.first, self.last)
        }
    }
}

/// The transport protocol of a port.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// The default.
    #[default]
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

impl Protocol {
    /// Its name in Compose.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Sctp => "sctp",
        }
    }

    /// The protocol of that name, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Tcp, Self::Udp, Self::Sctp].into_iter().find(|known| text.eq_ignore_ascii_case(known.as_str()))
    }
}

/// A port of a container that the machine publishes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Port {
    /// Where it is published.
    pub host_ip: HostIp,
    /// The machine's port or ports; `None` lets the engine choose a free one.
    pub published: Option<PortRange>,
    /// The container's port or ports.
    pub target: PortRange,
    /// The protocol.
    pub protocol: Protocol,
    /// `mode`, `name` and `app_protocol`, which only Compose's long syntax has.
    pub labels: PortLabels,
    /// What Compose is given where a part holds a variable: the other fields are what a proof read.
    pub text: Option<PortText>,
}

/// A port with variables, as it is rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortText {
    /// The short syntax, with the address where it is not every one.
    Short(String),
    /// The parts of the long syntax that hold a variable.
    Long {
        /// `target`.
        target: Option<String>,
        /// `published`.
        published: Option<String>,
        /// `host_ip`.
        host_ip: Option<String>,
        /// `protocol`.
        protocol: Option<String>,
    },
}

/// What the long syntax says of a port beside its numbers. The engine does nothing with it; Swarm reads `mode`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PortLabels {
    /// `mode`; `None` is `ingress`, as in the short syntax.
    pub mode: Option<String>,
    /// `name`.
    pub name: Option<String>,
    /// `app_protocol`.
    pub app_protocol: Option<String>,
    /// Every other key, kept for Compose.
    pub rest: Map,
}

/// Why a text is not a port mapping.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PortError {
    /// Not a number.
    #[error("{0:?} is not a port number")]
    NoPort(String),
    /// Above 65535.
    #[error("port {0} is above 65535")]
    TooLarge(String),
    /// The range ends before it starts.
    #[error("the range ends before it starts")]
    Backwards,
    /// Not an IP address.
    #[error("{0:?} is not an IP address")]
    Address(String),
    /// Not a known protocol.
    #[error("the protocol is tcp, udp or sctp, not {0:?}")]
    Protocol(String),
    /// Ranges of different lengths.
    #[error(
        "{published} host ports cannot be mapped to {target} container ports: the ranges must have the same length, or the container one port"
    )]
    Ranges {
        /// How many ports of the machine.
        published: u32,
        /// How many ports of the container.
        target: u32,
    },
}

impl Port {
    /// Parse Compose's short syntax: `[ip:][host[-host]:]container[-container][/tcp|udp|sctp]`.
    ///
    /// # Errors
    /// When Compose would refuse it.
    pub fn parse(text: &str) -> Result<Self, PortError> {
        let (mapping, protocol) = match text.rsplit_once('/') {
            Some((mapping, name)) => {
                (mapping, Protocol::parse(name).ok_or_else(|| PortError::Protocol(name.to_owned()))?)
            }
            None => (text, Protocol::Tcp),
        };
        let (host, target) = match mapping.rsplit_once(':') {
            Some((host, target)) => (Some(host), target),
            None => (None, mapping),
        };
        let target = PortRange::parse(target)?;
        let (address, published) = match host.map(|host| host.rsplit_once(':').unwrap_or(("", host))) {
            None => ("", None),
            Some((address, "")) => (address, None),
            Some((address, published)) => (address, Some(PortRange::parse(published)?)),
        };
        let host_ip = match address.trim_start_matches('[').trim_end_matches(']') {
            "" => HostIp::Unwritten,
            ip => HostIp::Ip(ip.parse().map_err(|_| PortError::Address(address.to_owned()))?),
        };
        Self { host_ip, published, target, protocol, ..Self::default() }.checked()
    }

    /// The port itself when its ranges fit together.
    ///
    /// # Errors
    /// When the ranges differ in length and the container has more than one port.
    pub fn checked(self) -> Result<Self, PortError> {
        match self.published {
            Some(published) if self.target.count() > 1 && published.count() != self.target.count() => {
                Err(PortError::Ranges { published: published.count(), target: self.target.count() })
            }
            _ => Ok(self),
        }
    }

    /// Whether Compose takes both for one: address, ports and protocol are equal.
    pub fn is_same(&self, other: &Self) -> bool {
        let key = |port: &Self| (port.host_ip.ip(), port.published, port.target, port.protocol);
        key(self) == key(other)
    }
}

impl fmt::Display for Port {
    /// Compose's short syntax as it is rendered: `127.0.0.1:8080:80`, with the address written out unless it is `*`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host_ip.ip() {
            Some(IpAddr::V4(ip)) => write!(f, "{ip}:")?,
            Some(IpAddr::V6(ip)) => write!(f, "[{ip}]:")?,
            None => {}
        }
        match self.published {
            Some(published) => write!(f, "{published}:{}", self.target)?,
            None if self.host_ip == HostIp::Every => write!(f, "{}", self.target)?,
            None => write!(f, ":{}", self.target)?,
        }
        if self.protocol == Protocol::Tcp { Ok(()) } else { write!(f, "/{}", self.protocol.as_str()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_the_short_syntax() {
        for (text, rendered) in [
            ("80", "127.0.0.1::80"),
            ("8080:80", "127.0.0.1:8080:80"),
            ("0.0.0.0:8080:80", "0.0.0.0:8080:80"),
            ("127.0.0.1::80", "127.0.0.1::80"),
            ("[::1]:8080:80/udp", "[::1]:8080:80/udp"),
            ("9000-9002:9000-9002", "127.0.0.1:9000-9002:9000-9002"),
            ("9000-9002:80/TCP", "127.0.0.1:9000-9002:80"),
        ] {
            assert_eq!(Port::parse(text).map(|port| port.to_string()), Ok(rendered.to_owned()), "{text}");
        }
        for (text, rendered) in
            [("80", "80"), ("8080:80", "8080:80"), ("9000-9002:80/udp", "9000-9002:80/udp")]
        {
            let port = Port { host_ip: HostIp::Every, ..Port::parse(text).unwrap() };
            assert_eq!(port.to_string(), rendered, "{text}");
        }
    }

    #[test]
    fn refuses_what_compose_refuses() {
        assert_eq!(Port::parse("65536"), Err(PortError::TooLarge("65536".into())));
        assert_eq!(Port::parse("9002-9000:80"), Err(PortError::Backwards));
        assert_eq!(Port::parse("9000-9002:80-81"), Err(PortError::Ranges { published: 3, target: 2 }));
        assert_eq!(Port::parse("localhost:80:80"), Err(PortError::Address("localhost".into())));
        assert_eq!(Port::parse("80/icmp"), Err(PortError::Protocol("icmp".into())));
        assert_eq!(Port::parse(""), Err(PortError::NoPort(String::new())));
    }
}
