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

/// The text of a time in seconds since 1970.
pub fn text(seconds: i64) -> String {
    let (day, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // The day decides within 366 days after the first one of its mean year.
    let year = 1970 + day * 400 / 146_097;
    let year = (year - 1..=year + 1).rev().find(|year| days(*year, 1, 1) <= day).unwrap_or(year);
    let month = (1..=12).rev().find(|month| days(year, *month, 1) <= day).unwrap_or(1);
    let day = day - days(year, month, 1) + 1;
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
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
    fn a_text_is_read_back() {
        for at in [0, 951_782_399, 951_782_400, 1_709_208_000, 1_735_689_599, 1_735_689_600, 4_102_444_799] {
            assert_eq!(seconds(&text(at)), Some(at as f64), "{}", text(at));
        }
        for day in 0..60_000 {
            let at = day * 86_400 + day % 86_400;
            assert_eq!(seconds(&text(at)), Some(at as f64), "{}", text(at));
        }
        assert_eq!(text(1_709_208_000), "2024-02-29T12:00:00Z");
    }

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
