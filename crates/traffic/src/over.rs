//! How long a change of the rate takes, as it stands in a URL: `?over=30s`.

use std::time::Duration;

/// The longest change: a day and some, more than any schedule has.
pub const LONGEST: Duration = Duration::from_secs(7 * 86_400);

/// Why a text is no such time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("over is a time such as 30s, 500ms, 2m or 1h30m, of at most 7 days")]
pub struct OverError;

/// Read numbers with the units `ms`, `s`, `m` and `h`, joined and with fractions; `0` needs no unit.
///
/// # Errors
/// When it is something else, or too long.
pub fn parse(text: &str) -> Result<Duration, OverError> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let (mut rest, mut seconds) = (text, 0.0);
    if rest.is_empty() {
        return Err(OverError);
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or(OverError)?;
        let (number, tail) = rest.split_at(digits);
        let unit = tail.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit);
        let number: f64 = number.parse().map_err(|_| OverError)?;
        seconds += number
            * match unit {
                "ms" => 1e-3,
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3_600.0,
                _ => return Err(OverError),
            };
        rest = tail;
    }
    let over = Duration::try_from_secs_f64(seconds).map_err(|_| OverError)?;
    if over > LONGEST { Err(OverError) } else { Ok(over) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        let read = |text: &str| parse(text).map(|over| over.as_millis());
        for (text, milliseconds) in
            [("30s", 30_000), ("500ms", 500), ("1h30m", 5_400_000), ("0", 0), ("1.5s", 1_500)]
        {
            assert_eq!(read(text), Ok(milliseconds), "{text}");
        }
        for text in ["", "30", "s", "-1s", "1d", "1 s", "1s2", "..s", "9999h", "1e9h", "NaNs", "1S"] {
            assert_eq!(read(text), Err(OverError), "{text}");
        }
    }
}
