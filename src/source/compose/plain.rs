//! What a plain scalar is. Compose reads with go-yaml, which follows neither YAML 1.1 nor 1.2; each was measured
//! on Compose 2.40.3 (tests/it/compose_loader.rs holds them to it).

use super::node::Value;

/// What Compose makes of a scalar without quotes.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Plain {
    /// A value of the tree.
    Value(Value),
    /// A date or a time, as RFC 3339.
    Date(String),
}

/// Resolve a plain scalar.
pub(super) fn resolve(text: &str) -> Plain {
    let value = match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Boolean(true),
        "false" | "False" | "FALSE" => Value::Boolean(false),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Value::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Value::Float(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => Value::Float(f64::NAN),
        _ if text.starts_with('.') => {
            fraction(text).map_or_else(|| Value::Text(text.to_owned()), Value::Float)
        }
        _ if text.starts_with(|c: char| c.is_ascii_digit() || c == '+' || c == '-') => {
            if let Some(date) = date(text) {
                return Plain::Date(date);
            }
            number(text).unwrap_or_else(|| Value::Text(text.to_owned()))
        }
        _ => Value::Text(text.to_owned()),
    };
    Plain::Value(value)
}

/// A number that begins with a digit or a sign. Underscores count for nothing, wherever they stand.
fn number(text: &str) -> Option<Value> {
    let plain = text.replace('_', "");
    let digits = plain.trim_start_matches(['+', '-']);
    if plain.len() - digits.len() <= 1
        && let Some(magnitude) = magnitude(digits)
    {
        let negative = plain.starts_with('-');
        let whole = i128::from(magnitude) * if negative { -1 } else { 1 };
        if let Ok(whole) = i64::try_from(whole) {
            return Some(Value::Integer(whole));
        }
        // A sign keeps it from being read as a number without one.
        if digits.len() == plain.len() {
            return Some(Value::Unsigned(magnitude));
        }
    }
    if is_float(&plain) {
        return fraction(&plain).map(Value::Float);
    }
    // `0b-11`: only these two prefixes let a sign follow.
    let radix = match plain.get(..2) {
        Some("0b") => 2,
        Some("0o") => 8,
        _ => return None,
    };
    i64::from_str_radix(&plain[2..], radix).ok().map(Value::Integer)
}

/// The digits of a whole number: `0x1F`, `0o17`, `017` (which is octal too), `0b11`.
fn magnitude(digits: &str) -> Option<u64> {
    let lower = digits.to_ascii_lowercase();
    let (rest, radix) = if let Some(rest) = lower.strip_prefix("0x") {
        (rest, 16)
    } else if let Some(rest) = lower.strip_prefix("0o") {
        (rest, 8)
    } else if let Some(rest) = lower.strip_prefix("0b") {
        (rest, 2)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (&lower[1..], 8)
    } else {
        (lower.as_str(), 10)
    };
    if rest.starts_with(['+', '-']) { None } else { u64::from_str_radix(rest, radix).ok() }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`.
fn is_float(text: &str) -> bool {
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let mantissa_fits = match mantissa.split_once('.') {
        Some(("", fraction)) => all_digits(fraction),
        Some((whole, fraction)) => all_digits(whole) && (fraction.is_empty() || all_digits(fraction)),
        None => all_digits(mantissa),
    };
    mantissa_fits && exponent.is_none_or(all_digits)
}

/// A finite number in decimal notation; one too large is text for Compose.
fn fraction(text: &str) -> Option<f64> {
    if !is_float(text) {
        return None;
    }
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

/// `2024-01-01`, `2024-1-1 10:11:12.5`, `2024-01-01T10:11:12Z` or with `+02:00`, as RFC 3339. A day that does not exist is not a date.
fn date(text: &str) -> Option<String> {
    let year = text.get(..4).filter(|year| year.bytes().all(|byte| byte.is_ascii_digit()))?;
    let (month, rest) = small(text[4..].strip_prefix('-')?, 2)?;
    let (day, rest) = small(rest.strip_prefix('-')?, 2)?;
    let number: u32 = year.parse().ok()?;
    let leap = number.is_multiple_of(4) && (!number.is_multiple_of(100) || number.is_multiple_of(400));
    let days = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=days).contains(&day) {
        return None;
    }
    let date = format!("{year}-{month:02}-{day:02}");
    let (time, zoned) = match rest.chars().next() {
        None => return Some(format!("{date}T00:00:00Z")),
        Some('T' | 't') => (&rest[1..], true),
        Some(' ') => (rest.trim_start_matches(' '), false),
        Some(_) => return None,
    };
    let (hour, time) = small(time, 2)?;
    let (minute, time) = small(time.strip_prefix(':')?, 2)?;
    let (second, time) = small(time.strip_prefix(':')?, 2)?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (fraction, zone) = match time.strip_prefix(['.', ',']) {
        Some(rest) => {
            let length = rest.bytes().take_while(u8::is_ascii_digit).count();
            if length == 0 {
                return None;
            }
            (rest[..length.min(9)].trim_end_matches('0'), &rest[length..])
        }
        None => ("", time),
    };
    let zone = match (zone, zoned) {
        ("", false) | ("Z", true) => "Z",
        (zone, true) => offset(zone)?,
        _ => return None,
    };
    let dot = if fraction.is_empty() { "" } else { "." };
    Some(format!("{date}T{hour:02}:{minute:02}:{second:02}{dot}{fraction}{zone}"))
}

/// `+02:00`.
fn offset(zone: &str) -> Option<&str> {
    let (hours, rest) = small(zone.strip_prefix(['+', '-'])?, 2)?;
    let (minutes, rest) = small(rest.strip_prefix(':')?, 2)?;
    let fits = zone.len() == 6 && rest.is_empty() && hours <= 24 && minutes < 60;
    fits.then_some(if hours == 0 && minutes == 0 { "Z" } else { zone })
}

/// A number of one digit up to `most`, and what follows it.
fn small(text: &str, most: usize) -> Option<(u32, &str)> {
    let length = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    Some((text[..length].parse().ok()?, &text[length..]))
}

/// A scalar as Compose prints it where text is asked for, such as a variable of `environment`; `None` for null, lists and
/// tables. Numbers are printed as Go prints them.
pub fn text_of(value: &Value) -> Option<String> {
    Some(match value {
        Value::Boolean(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Unsigned(value) => value.to_string(),
        Value::Float(value) => float(*value),
        Value::Text(text) => text.clone(),
        Value::Null | Value::List(_) | Value::Table(_) => return None,
    })
}

/// The shortest digits that read back equal, with an exponent below -4 and from 6 on: `1e+06`, as Go's `%v` prints.
fn float(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..6).contains(&exponent) {
        return value.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        match resolve(text) {
            Plain::Date(date) => format!("date {date}"),
            Plain::Value(Value::Null) => "null".to_owned(),
            Plain::Value(value) => {
                let kind = match value {
                    Value::Boolean(_) => "boolean",
                    Value::Integer(_) | Value::Unsigned(_) => "integer",
                    Value::Float(_) => "float",
                    _ => "text",
                };
                format!("{kind} {}", text_of(&value).unwrap())
            }
        }
    }

    /// Held to Compose by tests/it/compose_loader.rs, over many more.
    #[test]
    fn plain_scalars_are_read_as_compose_reads_them() {
        for (text, expected) in [
            ("017", "integer 15"),
            ("0o17", "integer 15"),
            ("08", "float 8"),
            ("-0x1F", "integer -31"),
            ("0b_1", "integer 1"),
            ("0b-11", "integer -3"),
            ("1_000", "integer 1000"),
            ("1.10", "float 1.1"),
            ("1e3", "float 1000"),
            ("1e6", "float 1e+06"),
            ("5.", "float 5"),
            (".5", "float 0.5"),
            ("._1", "text ._1"),
            ("1._5", "float 1.5"),
            ("-.inf", "float -Inf"),
            ("+.nan", "text +.nan"),
            ("18446744073709551615", "integer 18446744073709551615"),
            ("18446744073709551616", "float 1.8446744073709552e+19"),
            ("-9223372036854775809", "float -9.223372036854776e+18"),
            ("1e400", "text 1e400"),
            ("0xfffffffffffffffff", "text 0xfffffffffffffffff"),
            ("yes", "text yes"),
            ("on", "text on"),
            ("12:30", "text 12:30"),
            ("True", "boolean true"),
            ("tRUE", "text tRUE"),
            ("~", "null"),
            ("", "null"),
            ("2024-1-1", "date 2024-01-01T00:00:00Z"),
            ("2024-01-01 10:11:12", "date 2024-01-01T10:11:12Z"),
            ("2024-01-01t1:1:1.50+02:00", "date 2024-01-01T01:01:01.5+02:00"),
            ("2024-02-30", "text 2024-02-30"),
            ("2024-01-01 10:11:12 Z", "text 2024-01-01 10:11:12 Z"),
            ("2024-01-01T10:11", "text 2024-01-01T10:11"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }
}
