//! Sizes in bytes, in Docker's syntax.

use std::{fmt, iter::Sum, ops::Mul};

/// A number of bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(pub u64);

/// Why a text is not a size.
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
        "the unit is one of b, k, m, g, t, p, alone or with b or ib behind it (512m, 512MB and 512MiB are the same)"
    )]
    Unit,
    /// More than a signed 64-bit number of bytes, which is what Docker holds.
    #[error("the size is larger than Docker supports")]
    TooLarge,
}

const UNITS: [(char, u32); 6] = [('b', 0), ('k', 1), ('m', 2), ('g', 3), ('t', 4), ('p', 5)];

impl Bytes {
    /// The least memory limit that the engine accepts, 6 MiB (COMPOSE_FACTS: enforced by the engine, not by `config`).
    pub const MIN_LIMIT: Self = Self(6 * 1024 * 1024);

    /// Parse as docker/go-units `RAMInBytes` does: `number [space] [kmgtp][i][b]`, any case, every unit 1024-based,
    /// truncated to a whole byte, never negative. The number is a decimal of Go (`.5`, `5.`, `1e2`, `1_000`, `+1`); its first
    /// 22 digits count. Hexadecimal numbers, which Go reads too, are refused.
    ///
    /// # Errors
    /// When the text is not a size or larger than a signed 64-bit number.
    pub fn parse(text: &str) -> Result<Self, SizeError> {
        if text.starts_with('-') {
            return Err(SizeError::Sign);
        }
        let number = text.strip_prefix('+').unwrap_or(text);
        let (decimal, unit) = Decimal::start_of(number).ok_or(SizeError::NoNumber)?;
        let exponent = Self::exponent(unit.strip_prefix(' ').unwrap_or(unit)).ok_or(SizeError::Unit)?;
        let bytes = decimal.times(1 << (10 * exponent)).ok_or(SizeError::TooLarge)?;
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

    /// What was measured, for people: `95 KiB`, `8.0 MiB`, `700 MiB`, `10.7 GiB`. Rounded down, so that only all of a whole
    /// reads as the whole.
    pub fn rounded(self) -> String {
        let tenths = |unit: u32| format!("{}.{}", self.0 >> unit, ((self.0 % (1 << unit)) * 10) >> unit);
        match self.0 {
            0..0x400 => format!("{} B", self.0),
            0x400..0x10_0000 => format!("{} KiB", self.0 >> 10),
            0x10_0000..0xA0_0000 => format!("{} MiB", tenths(20)),
            0xA0_0000..0x4000_0000 => format!("{} MiB", self.0 >> 20),
            _ => format!("{} GiB", tenths(30)),
        }
    }
}

/// `digits` times ten to the power of `scale`.
struct Decimal {
    digits: u128,
    scale: i64,
}

impl Decimal {
    /// Digits that are kept: more than a signed 64-bit number has, and few enough for 128 bits times the largest unit.
    const DIGITS: usize = 22;

    /// The decimal number that a text starts with, and what follows it.
    fn start_of(text: &str) -> Option<(Self, &str)> {
        let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_')).unwrap_or(text.len());
        let (mantissa, rest) = text.split_at(end);
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let separates = |part: &str| part.split('_').all(|group| !group.is_empty());
        let is_number = |part: &str| part.is_empty() || (separates(part) && !part.contains('.'));
        if !(is_number(whole) && is_number(fraction)) || (whole.is_empty() && fraction.is_empty()) {
            return None;
        }
        let digits = |part: &str| part.bytes().filter(u8::is_ascii_digit).collect::<Vec<u8>>();
        let (mut all, fraction) = (digits(whole), digits(fraction));
        let mut scale = -i64::try_from(fraction.len()).ok()?;
        all.extend(fraction);
        let zeros = all.iter().take_while(|digit| **digit == b'0').count();
        let kept = &all[zeros..all.len().min(zeros + Self::DIGITS)];
        scale += i64::try_from(all.len() - zeros - kept.len()).ok()?;
        let digits = kept.iter().fold(0, |sum, digit| sum * 10 + u128::from(digit - b'0'));
        let (exponent, rest) = exponent(rest);
        Some((Self { digits, scale: scale.saturating_add(exponent) }, rest))
    }

    /// The product with a power of 1024, truncated; `None` above 128 bits.
    fn times(&self, factor: u128) -> Option<u128> {
        let product = self.digits.checked_mul(factor)?;
        let power =
            u32::try_from(self.scale.unsigned_abs()).ok().and_then(|power| 10_u128.checked_pow(power));
        match (self.scale < 0, power) {
            (true, Some(power)) => Some(product / power),
            (false, Some(power)) => product.checked_mul(power),
            (true, None) => Some(0),
            (false, None) => (product == 0).then_some(0),
        }
    }
}

/// `e2`, `E-2`: its power of ten and what follows; 0 where the text starts otherwise.
fn exponent(text: &str) -> (i64, &str) {
    let none = (0, text);
    let Some(rest) = text.strip_prefix(['e', 'E']) else { return none };
    let (sign, number) = match rest.strip_prefix('-') {
        Some(number) => (-1, number),
        None => (1, rest.strip_prefix('+').unwrap_or(rest)),
    };
    let (digits, rest) = number.split_at(number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len()));
    if digits.is_empty() {
        return none;
    }
    (sign * digits.parse().unwrap_or(i64::from(i32::MAX)), rest)
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
    fn bytes_at_a_glance() {
        let sizes =
            [500, 95 << 10, (8 << 20) + 1000, (10 << 20) - 1, 700 << 20, 5 << 30, (10 << 30) + (6 << 27)];
        let texts = ["500 B", "95 KiB", "8.0 MiB", "9.9 MiB", "700 MiB", "5.0 GiB", "10.7 GiB"];
        assert_eq!(sizes.map(|size| Bytes(size).rounded()), texts);
    }

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
    }

    /// Measured with `docker compose config` 2.40.3.
    #[test]
    fn numbers_are_those_of_go() {
        for (text, bytes) in [
            (".5g", 536_870_912),
            ("5.g", 5_368_709_120),
            ("1e2m", 104_857_600),
            ("1E2", 100),
            ("1e+2m", 104_857_600),
            ("1e-2g", 10_737_418),
            ("1.0e1g", 10_737_418_240),
            ("1e2 m", 104_857_600),
            ("00.5g", 536_870_912),
            ("+1g", 1 << 30),
            ("1_000", 1000),
            ("1_0.5m", 11_010_048),
            ("0.00001k", 0),
            ("9e18", 9_000_000_000_000_000_000),
            ("0e999999999999999999999999", 0),
            ("1e-999999999999999999999999g", 0),
        ] {
            assert_eq!(Bytes::parse(text), Ok(Bytes(bytes)), "{text}");
        }
        assert_eq!(Bytes::parse("0.5"), Ok(Bytes(0)));
    }

    #[test]
    fn refuses_what_docker_refuses() {
        assert_eq!(Bytes::parse("-1g"), Err(SizeError::Sign));
        assert_eq!(Bytes::parse(""), Err(SizeError::NoNumber));
        for text in ["G", ".", ".g", "1.5.5g", "_1", "1__0", "1_", "1._5", "e2m"] {
            assert_eq!(Bytes::parse(text), Err(SizeError::NoNumber), "{text}");
        }
        assert_eq!(Bytes::parse("1e400m"), Err(SizeError::TooLarge));
        assert_eq!(Bytes::parse("9.3e18"), Err(SizeError::TooLarge));
        assert_eq!(Bytes::parse("+-1g"), Err(SizeError::NoNumber));
        assert_eq!(Bytes::parse(" 1g"), Err(SizeError::NoNumber));
        assert_eq!(Bytes::parse("1g512m"), Err(SizeError::Unit));
        assert_eq!(Bytes::parse("1  g"), Err(SizeError::Unit));
        assert_eq!(Bytes::parse("1bb"), Err(SizeError::Unit));
        for text in ["1e", "1eb", "1e2e", "1ib", "0x10m"] {
            assert_eq!(Bytes::parse(text), Err(SizeError::Unit), "{text}");
        }
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
