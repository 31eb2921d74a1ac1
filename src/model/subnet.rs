//! A range of addresses in CIDR notation.

use std::{fmt, net::IpAddr};

/// A subnet such as `172.28.0.0/16` or `fd00:1::/64`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subnet {
    /// The address as written, which may have bits behind the prefix.
    pub address: IpAddr,
    /// How many leading bits all its addresses share.
    pub prefix: u8,
}

impl Subnet {
    /// Parse `ADDRESS/PREFIX`; `None` where the text is something else.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/')?;
        let address: IpAddr = address.parse().ok()?;
        let prefix: u8 = prefix.parse().ok().filter(|_| prefix.bytes().all(|b| b.is_ascii_digit()))?;
        (prefix <= width(address)).then_some(Self { address, prefix })
    }

    /// Its first address, which names the network.
    pub fn first(self) -> IpAddr {
        address(self.address, bits(self.address) & !self.host_mask())
    }

    /// Its last address, the broadcast address of IPv4.
    pub fn last(self) -> IpAddr {
        address(self.address, bits(self.address) | self.host_mask())
    }

    /// The address so far behind the first one.
    pub fn nth(self, offset: u128) -> IpAddr {
        address(self.address, bits(self.first()).saturating_add(offset))
    }

    /// The same without bits behind the prefix.
    #[must_use]
    pub fn normalised(self) -> Self {
        Self { address: self.first(), prefix: self.prefix }
    }

    /// Whether an address of the same family lies in it.
    pub fn contains(self, other: IpAddr) -> bool {
        self.address.is_ipv4() == other.is_ipv4() && (self.first()..=self.last()).contains(&other)
    }

    /// Whether the two share an address.
    pub fn overlaps(self, other: Self) -> bool {
        self.contains(other.first()) || other.contains(self.first())
    }

    /// The bits that tell its addresses apart.
    fn host_mask(self) -> u128 {
        let host = u32::from(width(self.address) - self.prefix);
        u128::MAX.checked_shr(128 - host).unwrap_or_default()
    }
}

impl fmt::Display for Subnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_bits().into(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// An address of the same family as `like`.
fn address(like: IpAddr, bits: u128) -> IpAddr {
    match like {
        // The bits above the lowest 32 are zero: every caller masks or counts within the family.
        IpAddr::V4(_) => IpAddr::V4(u32::try_from(bits).unwrap_or(u32::MAX).into()),
        IpAddr::V6(_) => IpAddr::V6(bits.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subnet(text: &str) -> Subnet {
        Subnet::parse(text).unwrap()
    }

    #[test]
    fn reads_cidr_notation_and_nothing_else() {
        for good in ["10.0.0.0/8", "0.0.0.0/0", "10.1.2.3/32", "fd00::/64", "::/0", "::1/128"] {
            assert_eq!(subnet(good).to_string(), good);
        }
        for bad in [
            "",
            "10.0.0.0",
            "10.0.0.0/33",
            "::/129",
            "10.0.0/8",
            "300.0.0.0/8",
            "10.00.0.0/8",
            "a/8",
            "10.0.0.0/+8",
        ] {
            assert_eq!(Subnet::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn knows_its_addresses() {
        let small = subnet("172.28.5.7/24");
        assert_eq!(small.normalised().to_string(), "172.28.5.0/24");
        assert_eq!(
            (small.first().to_string(), small.last().to_string()),
            ("172.28.5.0".into(), "172.28.5.255".into())
        );
        assert_eq!(small.nth(1).to_string(), "172.28.5.1");
        assert!(
            small.contains("172.28.5.255".parse().unwrap()) && !small.contains("172.28.6.0".parse().unwrap())
        );
        assert!(
            !small.contains("::1".parse().unwrap()) && !subnet("::/0").contains("1.2.3.4".parse().unwrap())
        );
        let six = subnet("fd00:1::/64");
        assert_eq!(six.last().to_string(), "fd00:1::ffff:ffff:ffff:ffff");
        assert_eq!(
            (subnet("0.0.0.0/0").last().to_string(), subnet("::/0").first().to_string()),
            ("255.255.255.255".into(), "::".into())
        );
    }

    #[test]
    fn overlap_is_mutual() {
        for (one, other, overlap) in [
            ("10.0.0.0/8", "10.9.0.0/16", true),
            ("10.0.0.0/24", "10.0.1.0/24", false),
            ("10.0.0.0/25", "10.0.0.128/25", false),
            ("fd00::/64", "fd00::/80", true),
            ("0.0.0.0/0", "::/0", false),
        ] {
            assert_eq!(subnet(one).overlaps(subnet(other)), overlap, "{one} {other}");
            assert_eq!(subnet(other).overlaps(subnet(one)), overlap, "{other} {one}");
        }
    }
}
