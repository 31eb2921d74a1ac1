//! CPUs as exact decimals.

use std::{fmt, iter::Sum, ops::Mul};

/// A number of CPUs, exact to a billionth: the engine's own unit (`NanoCpus`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cpus {
    /// Billionths of a CPU.
    pub nanos: u64,
}

/// Why a text is not a number of CPUs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CpusError {
    /// Not a plain decimal number.
    #[error("CPUs are a plain decimal number that is not negative, such as 0.5 or 2")]
    NoNumber,
    /// More digits after the point than the engine keeps.
    #[error("CPUs have at most nine decimals")]
    TooFine,
    /// Larger than any machine.
    #[error("no machine has that many CPUs")]
    TooLarge,
}

const NANOS: u64 = 1_000_000_000;
const MOST: u64 = 1_000_000;
/// The scheduler's period where none is set, in microseconds (moby, and the kernel).
const PERIOD: u128 = 100_000;

impl Cpus {
    /// One CPU.
    pub const ONE: Self = Self { nanos: NANOS };

    /// Parse a plain decimal: `0.5`, `2`, `1.25`.
    ///
    /// # Errors
    /// When the text is not one, is finer than a billionth or above a million CPUs.
    pub fn parse(text: &str) -> Result<Self, CpusError> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(fraction) || text.ends_with('.') {
            return Err(CpusError::NoNumber);
        }
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > 9 {
            return Err(CpusError::TooFine);
        }
        let whole: u64 = whole.parse().map_err(|_| CpusError::TooLarge)?;
        if whole > MOST {
            return Err(CpusError::TooLarge);
        }
        let part: u64 = format!("{fraction:0<9}").parse().map_err(|_| CpusError::NoNumber)?;
        Ok(Self { nanos: whole * NANOS + part })
    }

    /// What a quota of the kernel's scheduler allows, both in microseconds: `cpu_quota` in each `cpu_period`, 100 ms where that is
    /// unset. `None` without a limit.
    pub fn of_quota(quota: i64, period: Option<i64>) -> Option<Self> {
        let quota = u128::try_from(quota).ok().filter(|quota| *quota > 0)?;
        let period = period.and_then(|period| u128::try_from(period).ok()).filter(|period| *period > 0);
        let nanos = quota * u128::from(NANOS) / period.unwrap_or(PERIOD);
        Some(Self { nanos: u64::try_from(nanos).unwrap_or(u64::MAX) })
    }

    /// As a floating-point number, for JSON.
    pub fn as_f64(self) -> f64 {
        self.nanos as f64 / NANOS as f64
    }

    /// The product with a factor that is itself a decimal (an overcommit), rounded down to a billionth.
    #[must_use]
    pub fn scaled(self, factor: Self) -> Self {
        let nanos = u128::from(self.nanos) * u128::from(factor.nanos) / u128::from(NANOS);
        Self { nanos: u64::try_from(nanos).unwrap_or(u64::MAX) }
    }
}

impl fmt::Display for Cpus {
    /// The shortest exact decimal with at least one place: `0.25`, `2.0`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = format!("{:09}", self.nanos % NANOS);
        let part = part.trim_end_matches('0');
        f.pad(&format!("{}.{}", self.nanos / NANOS, if part.is_empty() { "0" } else { part }))
    }
}

impl Sum for Cpus {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        Self { nanos: iter.fold(0, |sum, cpus| sum.saturating_add(cpus.nanos)) }
    }
}

impl Mul<u64> for Cpus {
    type Output = Self;

    fn mul(self, times: u64) -> Self {
        Self { nanos: self.nanos.saturating_mul(times) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_in_each_period_is_a_number_of_cpus() {
        let cpus = |quota, period| Cpus::of_quota(quota, period).map(|cpus| cpus.to_string());
        assert_eq!(cpus(50_000, None).as_deref(), Some("0.5"));
        assert_eq!(cpus(50_000, Some(0)).as_deref(), Some("0.5"));
        assert_eq!(cpus(75_000, Some(50_000)).as_deref(), Some("1.5"));
        assert_eq!((cpus(0, None), cpus(-1, Some(50_000))), (None, None));
    }

    #[test]
    fn is_exact() {
        let tenth = Cpus::parse("0.1").unwrap();
        assert_eq!((0..10).map(|_| tenth).sum::<Cpus>(), Cpus::parse("1").unwrap());
        assert_eq!(Cpus::parse("0.250").unwrap().to_string(), "0.25");
        assert_eq!(Cpus::parse("7").unwrap().to_string(), "7.0");
        assert_eq!(Cpus::parse("8").unwrap().scaled(Cpus::parse("1.5").unwrap()).to_string(), "12.0");
    }

    #[test]
    fn refuses_what_is_no_plain_decimal() {
        for text in ["", "-1", "+1", "1e3", "0x1", ".5", "1.", "1,5", "nan", "inf", " 1"] {
            assert_eq!(Cpus::parse(text), Err(CpusError::NoNumber), "{text}");
        }
        assert_eq!(Cpus::parse("0.0000000001"), Err(CpusError::TooFine));
        assert_eq!(Cpus::parse("1000001"), Err(CpusError::TooLarge));
        assert_eq!(Cpus::parse("99999999999999999999999"), Err(CpusError::TooLarge));
    }
}
