//! The address of this machine on which a port is published.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr},
};

/// Where a port is published.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum HostIp {
    /// No address is written: 127.0.0.1.
    #[default]
    Unwritten,
    /// `*`: every address, IPv4 and IPv6, which Compose means where a port has no address.
    Every,
    /// An address. Unspecified, it is every address of IPv4 (`0.0.0.0`) or of IPv6 (`::`).
    Ip(IpAddr),
}

impl HostIp {
    /// The address that Compose is given; `None` is every address.
    pub fn ip(self) -> Option<IpAddr> {
        match self {
            Self::Unwritten => Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            Self::Every => None,
            Self::Ip(ip) => Some(ip),
        }
    }

    /// One address that stands for it: `0.0.0.0` for every one.
    pub fn representative(self) -> IpAddr {
        self.ip().unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
    }

    /// Whether it is every address, of one family or of both.
    pub fn is_every(self) -> bool {
        self.ip().is_none_or(|ip| ip.is_unspecified())
    }

    /// Whether only this machine reaches it.
    pub fn is_loopback(self) -> bool {
        self.ip().is_some_and(|ip| ip.is_loopback())
    }

    /// Whether two ports of one number are in each other's way.
    pub fn overlaps(self, other: Self) -> bool {
        self.is_every() || other.is_every() || self.ip() == other.ip()
    }
}

impl fmt::Display for HostIp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ip() {
            Some(ip) => write!(f, "{ip}"),
            None => f.write_str("*"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_overlaps_with_any() {
        let ip = |text: &str| HostIp::Ip(text.parse().unwrap());
        for (one, other, overlap) in [
            (HostIp::Every, HostIp::Unwritten, true),
            (HostIp::Every, ip("::1"), true),
            (ip("0.0.0.0"), HostIp::Unwritten, true),
            (ip("127.0.0.1"), HostIp::Unwritten, true),
            (ip("127.0.0.2"), HostIp::Unwritten, false),
            (ip("::1"), HostIp::Unwritten, false),
        ] {
            assert_eq!((one.overlaps(other), other.overlaps(one)), (overlap, overlap), "{one} {other}");
        }
    }
}
