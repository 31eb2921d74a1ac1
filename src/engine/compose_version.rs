//! Versions of Docker Compose.

use std::fmt;

/// The oldest Compose that was measured to read everything that is rendered as newer ones do: that of Debian 13.
pub const OLDEST: Version = Version { major: 2, minor: 26 };

/// A version of Compose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// 2 in `2.40.3`.
    pub major: u32,
    /// 40 in `2.40.3`.
    pub minor: u32,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl Version {
    /// Whether a text is one that will do.
    pub fn will_do(text: &str) -> bool {
        Self::parse(text) >= Some(OLDEST)
    }

    /// From `2.40.3`, `v2.29.0` or `2.26.1-4`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().trim_start_matches('v').split(['.', '-', '+']);
        let mut number = || parts.next()?.parse().ok();
        Some(Self { major: number()?, minor: number()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_as_distributions_print_them() {
        let version = |text| Version::parse(text);
        assert_eq!(version("2.40.3-3\n"), Some(Version { major: 2, minor: 40 }));
        assert_eq!(version("v2.26.0"), Some(OLDEST));
        assert!(version("2.26.1-4") >= Some(OLDEST) && version("1.29.2") < Some(OLDEST));
        assert!(version("5.0.0-rc.1+x") > Some(OLDEST));
        assert_eq!(version("dev"), None);
    }
}
