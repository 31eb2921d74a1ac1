//! Text as HTML, and a page with slots.

use stackctl_base::text::{escape_json, is_control, picture};

/// Text that a browser shows as it is, between tags and in quoted attributes.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c if is_control(c) => escaped.push(picture(c)),
            c => escaped.push(c),
        }
    }
    escaped
}

/// JSON that can stand in a script element: it holds nothing that could end one.
pub fn json(value: &impl serde::Serialize) -> Result<String, serde_json::Error> {
    let json = serde_json::to_string(value)?.replace('<', "\\u003c");
    Ok(escape_json(&json).into_owned())
}

/// The template with each `{{name}}` replaced by what `slot` has for it, in one pass: what is put in is not read again.
pub fn fill(template: &str, slot: impl Fn(&str) -> String) -> String {
    let mut page = String::with_capacity(template.len() * 2);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        page.push_str(before);
        let (name, after) = after.split_once("}}").unwrap_or((after, ""));
        page.push_str(&slot(name));
        rest = after;
    }
    page.push_str(rest);
    page
}

/// A number for people: three digits that matter, thousands apart.
pub fn number(value: f64) -> String {
    let digits = match value.abs() {
        size if size == 0.0 || size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        _ => 2,
    };
    let text = format!("{value:.digits$}");
    match text.split_once('.') {
        Some((whole, fraction)) => format!("{}.{fraction}", grouped(whole)),
        None => grouped(&text),
    }
}

/// A count for people, thousands apart.
pub fn whole(count: u64) -> String {
    grouped(&count.to_string())
}

fn grouped(digits: &str) -> String {
    let mut grouped = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (at, c) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(c);
    }
    grouped
}

/// Seconds since 1970 as `2026-11-24 13:45:10 UTC`; the algorithm is Howard Hinnant's `civil_from_days`.
pub fn utc(seconds: f64) -> String {
    let seconds = seconds.max(0.0) as i64;
    let (days, second) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_its_place() {
        assert_eq!(escape(r#"<b a="1" b='2'>&"#), "&lt;b a=&quot;1&quot; b=&#39;2&#39;&gt;&amp;");
        assert_eq!(escape("a\u{1b}[31m\u{202e}b\u{9b}"), "a␛[31m\u{fffd}b\u{fffd}");
        assert_eq!(json(&"\u{202e}\u{9b}").unwrap(), r#""\u202e\u009b""#);
        assert_eq!(json(&"</script><!--").unwrap(), r#""\u003c/script>\u003c!--""#);
        let page =
            fill("<p>{{a}}</p>{{b}}", |name| if name == "a" { "{{b}}".to_owned() } else { "x".to_owned() });
        assert_eq!(page, "<p>{{b}}</p>x");
    }

    #[test]
    fn numbers_for_people() {
        let all = [0.0, 0.123, 9.876, 12.345, 999.6, 12_345_678.0].map(number);
        assert_eq!(all, ["0", "0.12", "9.88", "12.3", "1,000", "12,345,678"]);
        assert_eq!(
            [0, 7, 999, 1_000, u64::MAX].map(whole),
            ["0", "7", "999", "1,000", "18,446,744,073,709,551,615"]
        );
    }

    #[test]
    fn dates() {
        let all = [0.0, 951_782_400.0, 1_700_000_000.9, 1_795_527_750.0].map(utc);
        let expected =
            ["1970-01-01 00:00:00", "2000-02-29 00:00:00", "2023-11-14 22:13:20", "2026-11-24 13:42:30"];
        assert_eq!(all, expected.map(|time| format!("{time} UTC")));
    }
}
