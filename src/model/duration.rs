//! Durations in Compose's syntax.

use std::{fmt, time::Duration as StdDuration};

/// A length of time that is not negative.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(pub StdDuration);

/// Why a text is not a duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// A number without a unit.
    #[error("a duration needs a unit: us, ms, s, m or h, such as 30s or 1m30s")]
    NoUnit,
    /// Not numbers with units.
    #[error("a duration consists of numbers with the units us, ms, s, m or h, such as 500ms or 1m30s")]
    Malformed,
    /// Below zero.
    #[error("a duration cannot be negative")]
    Negative,
    /// Above what the engine holds (a signed 64-bit number of nanoseconds).
    #[error("a duration cannot be longer than 292 years")]
    TooLong,
}

/// The units that are printed, in nanoseconds.
const UNITS: [(&str, u128); 6] = [
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

impl Duration {
    /// The shortest health check interval or timeout that the engine accepts.
    pub const ENGINE_MIN: Self = Self(StdDuration::from_millis(1));

    /// Parse as Compose does: `ns us ms s m h`, and `d` and `w` (measured on Compose 2.40.3), joined and fractional.
    ///
    /// # Errors
    /// When the text is not a duration; a bare number has an error of its own.
    pub fn parse(text: &str) -> Result<Self, DurationError> {
        match text.strip_prefix('-') {
            // `--5s` is not a duration, and neither is its negative.
            Some(rest) => match Self::positive(rest) {
                Ok(_) => Err(DurationError::Negative),
                Err(_) => Err(DurationError::Malformed),
            },
            None => Self::positive(text),
        }
    }

    fn positive(text: &str) -> Result<Self, DurationError> {
        let mut rest = text;
        if rest == "0" {
            return Ok(Self::default());
        }
        if rest.is_empty() {
            return Err(DurationError::Malformed);
        }
        let mut nanos: u128 = 0;
        while !rest.is_empty() {
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or(DurationError::NoUnit)?;
            let (number, tail) = rest.split_at(end);
            let unit_end = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
            let (unit, tail) = tail.split_at(unit_end);
            let factor: u128 = match unit {
                "µs" | "μs" => 1_000,
                "d" => 86_400_000_000_000,
                "w" => 604_800_000_000_000,
                _ => UNITS.iter().find(|it| it.0 == unit).ok_or(DurationError::Malformed)?.1,
            };
            let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
            if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
                return Err(DurationError::Malformed);
            }
            let digits = &fraction[..fraction.len().min(18)];
            let number = |text: &str| {
                if text.is_empty() { Ok(0) } else { text.parse::<u128>().map_err(|_| DurationError::TooLong) }
            };
            let whole = number(whole)?.checked_mul(factor).ok_or(DurationError::TooLong)?;
            let part = number(digits)? * factor / 10_u128.pow(digits.len() as u32);
            nanos = nanos.checked_add(whole + part).ok_or(DurationError::TooLong)?;
            rest = tail;
        }
        let nanos = u64::try_from(nanos).ok().filter(|nanos| *nanos <= i64::MAX as u64);
        nanos.map(|nanos| Self(StdDuration::from_nanos(nanos))).ok_or(DurationError::TooLong)
    }
}

impl fmt::Display for Duration {
    /// Exact and in Compose's syntax: `1m30s`, `500ms`, `1ms500us`, `20ns`, `0s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.as_nanos();
        if rest == 0 {
            return f.pad("0s");
        }
        let mut text = String::new();
        for (unit, size) in UNITS {
            if rest / size > 0 {
                text.push_str(&format!("{}{unit}", rest / size));
                rest %= size;
            }
        }
        f.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_joined_and_fractional() {
        let ms = |text| Duration::parse(text).unwrap().0.as_millis();
        assert_eq!(ms("1m30s"), 90_000);
        assert_eq!(ms("1.5s"), 1_500);
        assert_eq!(ms("0"), 0);
        assert_eq!(ms("2h"), 7_200_000);
        assert_eq!(Duration::parse("1m30.5s").unwrap().to_string(), "1m30s500ms");
        // Found by the fuzz target `values`: what is printed is the same duration.
        for text in [".15518802s", "7ns", "1h1ns"] {
            let duration = Duration::parse(text).unwrap();
            assert_eq!(Duration::parse(&duration.to_string()), Ok(duration), "{text}");
        }
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(Duration::parse("30"), Err(DurationError::NoUnit));
        assert_eq!(Duration::parse("-5s"), Err(DurationError::Negative));
        for dashes in ["--5s", "---5s", &("-".repeat(500_000) + "1s")] {
            assert_eq!(Duration::parse(dashes), Err(DurationError::Malformed));
        }
        assert_eq!(Duration::parse(""), Err(DurationError::Malformed));
        assert_eq!(Duration::parse("5 s"), Err(DurationError::Malformed));
        assert_eq!(Duration::parse("5y"), Err(DurationError::Malformed));
        assert_eq!(Duration::parse("9999999999999h"), Err(DurationError::TooLong));
    }
}
