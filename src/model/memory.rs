//! Sizes in bytes, in Docker's syntax.

use std::{fmt, iter::Sum, ops::Mul};

/// A number of bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(pub u64);

/// Why a text is no size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SizeError {
    /// No digits at the start.
    #[error("a size starts with a number, such as 512M or 1.5G")]
    NoNumber,
    /// A sign, which Docker refuses.
    #[error("a size has no sign")]
    Sign,
    /// Something other than a unit behind the number.
    #[error(
        "the unit is one of b, k, m, g, t, p, each with an optional i and b (512m, 512MB and 512MiB are the same)"
    )]
    Unit,
    /// More than a signed 64-bit number of bytes, which is what Docker holds.
    #[error("the size is larger than Docker can hold")]
    TooLarge,
}

const UNITS: [(char, u32); 6] = [('b', 0), ('k', 1), ('m', 2), ('g', 3), ('t', 4), ('p', 5)];

impl Bytes {
    /// The least memory limit that the engine accepts, 6 MiB (COMPOSE_FACTS: enforced by the engine, not by `config`).
    pub const MIN_LIMIT: Self = Self(6 * 1024 * 1024);

    /// Parse as docker/go-units `RAMInBytes` does: `number [space] [kmgtp][i][b]`, any case, every unit 1024-based,
    /// fractions allowed and truncated to a whole byte, no sign. Exact for every decimal that fits 128-bit arithmetic.
    ///
    /// # Errors
    /// When the text is no size or larger than a signed 64-bit number.
    pub fn parse(text: &str) -> Result<Self, SizeError> {
        if text.starts_with(['-', '+']) {
            return Err(SizeError::Sign);
        }
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() || fraction.contains('.') || (number.contains('.') && fraction.is_empty()) {
            return Err(SizeError::NoNumber);
        }
        let exponent = Self::exponent(unit.strip_prefix(' ').unwrap_or(unit)).ok_or(SizeError::Unit)?;
        let factor = 1_u128 << (10 * exponent);
        let whole: u128 = whole.parse().map_err(|_| SizeError::TooLarge)?;
        let digits = &fraction[..fraction.len().min(18)];
        let part = if digits.is_empty() {
            0
        } else {
            let numerator: u128 = digits.parse().map_err(|_| SizeError::NoNumber)?;
            numerator * factor / 10_u128.pow(digits.len() as u32)
        };
        let bytes =
            whole.checked_mul(factor).and_then(|bytes| bytes.checked_add(part)).ok_or(SizeError::TooLarge)?;
        match u64::try_from(bytes) {
            Ok(bytes) if bytes <= i64::MAX as u64 => Ok(Self(bytes)),
            _ => Err(SizeError::TooLarge),
        }
    }

    fn exponent(unit: &str) -> Option<u32> {
        let unit = unit.to_ascii_lowercase();
        let mut rest = unit.chars();
        let Some(letter) = rest.next() else { return Some(0) };
        let exponent = UNITS.iter().find(|(name, _)| *name == letter)?.1;
        let known = match rest.as_str() {
            "" => true,
            "b" | "ib" => exponent > 0,
            _ => false,
        };
        known.then_some(exponent)
    }

    /// The shortest exact text in Docker's syntax: `2G`, `512M`, `1536M`, `1000` (bytes).
    pub fn exact(self) -> String {
        let mut bytes = self.0;
        let mut unit = 0;
        while bytes > 0 && bytes.is_multiple_of(1024) && unit < 5 {
            bytes /= 1024;
            unit += 1;
        }
        let letter = ["", "K", "M", "G", "T", "P"][unit];
        format!("{bytes}{letter}")
    }
}

impl fmt::Display for Bytes {
    /// For people: binary units with at most three decimals, `4.875 GiB`, `512 MiB`, `0 B`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
        let mut unit = 0;
        let mut scaled = self.0 as f64;
        while scaled >= 1024.0 && unit < 5 {
            scaled /= 1024.0;
            unit += 1;
        }
        let number = format!("{scaled:.3}");
        f.pad(&format!("{} {}", number.trim_end_matches('0').trim_end_matches('.'), units[unit]))
    }
}

impl Sum for Bytes {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        Self(iter.fold(0, |sum, bytes| sum.saturating_add(bytes.0)))
    }
}

impl Mul<u64> for Bytes {
    type Output = Self;

    fn mul(self, times: u64) -> Self {
        Self(self.0.saturating_mul(times))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_is_1024_based_in_any_case() {
        for text in [
            "512m",
            "512M",
            "512mb",
            "512MB",
            "512MiB",
            "512 mib",
            "0.5g",
            "524288k",
            "536870912",
            "536870912b",
        ] {
            assert_eq!(Bytes::parse(text), Ok(Bytes(536_870_912)), "{text}");
        }
        assert_eq!(Bytes::parse("1.1k"), Ok(Bytes(1126)));
        assert_eq!(Bytes::parse("0.5"), Ok(Bytes(0)));
    }

    #[test]
    fn refuses_what_docker_refuses() {
        assert_eq!(Bytes::parse("-1g"), Err(SizeError::Sign));
        assert_eq!(Bytes::parse(""), Err(SizeError::NoNumber));
        assert_eq!(Bytes::parse("G"), Err(SizeError::NoNumber));
        assert_eq!(Bytes::parse(" 1g"), Err(SizeError::NoNumber));
        assert_eq!(Bytes::parse("1g512m"), Err(SizeError::Unit));
        assert_eq!(Bytes::parse("1  g"), Err(SizeError::Unit));
        assert_eq!(Bytes::parse("1bb"), Err(SizeError::Unit));
        assert_eq!(Bytes::parse("1e"), Err(SizeError::Unit));
        assert_eq!(Bytes::parse("9999999P"), Err(SizeError::TooLarge));
        assert_eq!(Bytes::parse("99999999999999999999999999999999999999999"), Err(SizeError::TooLarge));
    }

    #[test]
    fn prints_exactly_and_for_people() {
        assert_eq!(Bytes(2 << 30).exact(), "2G");
        assert_eq!(Bytes(1536 << 20).exact(), "1536M");
        assert_eq!(Bytes(1000).exact(), "1000");
        assert_eq!(Bytes(0).exact(), "0");
        assert_eq!(Bytes(5_234_491_392).to_string(), "4.875 GiB");
        assert_eq!(Bytes(512 << 20).to_string(), "512 MiB");
    }
}
