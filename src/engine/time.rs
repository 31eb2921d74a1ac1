//! The engine's texts of points in time.

/// Seconds since 1970 of an RFC 3339 text such as `2026-11-24T13:55:36.258123917Z` or `...+01:00`; `None` for what is none,
/// and for the year 1, which is the engine's never.
pub fn seconds(text: &str) -> Option<f64> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<i64>().ok();
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    if year < 1970 {
        return None;
    }
    let rest = text.get(19..)?;
    let zone = rest.find(['Z', '+', '-'])?;
    let fraction: f64 = if zone == 0 { 0.0 } else { format!("0{}", &rest[..zone]).parse().ok()? };
    let offset = match &rest[zone..] {
        "Z" => 0,
        offset => {
            let (hours, minutes) = offset.get(1..)?.split_once(':')?;
            let seconds = hours.parse::<i64>().ok()? * 3600 + minutes.parse::<i64>().ok()? * 60;
            if offset.starts_with('-') { -seconds } else { seconds }
        }
    };
    let day = days(year, month, day);
    Some((day * 86_400 + hour * 3600 + minute * 60 + second - offset) as f64 + fraction)
}

/// Days since 1970 in the Gregorian calendar, with years counted from March so that the leap day comes last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year / 4 - year / 100 + year / 400;
    let days_before_month = (153 * month + 2) / 5;
    // 719,468 days lie between 1 March of the year 0 and 1 January 1970.
    year * 365 + leap_days + days_before_month + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_date() {
        // date -u -d ... +%s
        assert_eq!(seconds("1970-01-01T00:00:00Z"), Some(0.0));
        assert_eq!(seconds("2024-02-29T12:00:00Z"), Some(1_709_208_000.0));
        assert_eq!(seconds("2026-11-24T13:55:36.5Z"), Some(1_795_528_536.5));
        assert_eq!(seconds("2026-11-24T14:55:36+01:00"), Some(1_795_528_536.0));
        assert_eq!(seconds("2000-03-01T00:00:00-00:30"), Some(951_870_600.0));
        for text in ["0001-01-01T00:00:00Z", "", "yesterday", "2026-11-24", "2026-11-24T13:55:36"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
