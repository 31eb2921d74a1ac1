//! Text that comes from outside (a stack.toml, a service's output, a server's answer, the name of a folder), made harmless
//! for whoever reads it: a terminal obeys control characters, and bidirectional ones show a line in another order than
//! it is read in.

use std::{
    borrow::Cow,
    fmt::{Display, Write as _},
};

/// Bytes of the longest colour sequence that passes.
const LONGEST_COLOR: usize = 40;

/// Whether a character controls the reader instead of being read: C0 without line feed and tab, DEL, C1, the line and
/// paragraph separators, and the bidirectional controls of Unicode (UAX #9, with the deprecated U+206A to U+206F).
pub fn is_control(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{206f}' => true,
        c => c.is_control(),
    }
}

/// What stands for a control character where it is shown: the picture of a C0 character (U+2400 to U+2421), else U+FFFD.
pub fn picture(c: char) -> char {
    match c {
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        _ => '\u{fffd}',
    }
}

/// A text for people: control characters as their pictures, colours (SGR sequences) left out.
pub fn printable(text: &str) -> Cow<'_, str> {
    filter(text, false)
}

/// The same for a terminal that shows colours: SGR sequences pass, and nothing else does.
pub fn printable_in_color(text: &str) -> Cow<'_, str> {
    filter(text, true)
}

fn filter(text: &str, with_colors: bool) -> Cow<'_, str> {
    if !text.contains(is_control) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(is_control) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(length) = color(rest) {
            if with_colors {
                out.push_str(&rest[..length]);
            }
            rest = &rest[length..];
        } else if let Some(c) = rest.chars().next() {
            out.push(picture(c));
            rest = &rest[c.len_utf8()..];
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The length of the SGR sequence (ECMA-48 8.3.117: `ESC [`, numbers, `m`) that a text starts with.
fn color(text: &str) -> Option<usize> {
    let parameters = text.strip_prefix("\x1b[")?.as_bytes();
    let end =
        parameters.iter().take(LONGEST_COLOR).position(|byte| !matches!(byte, b'0'..=b'9' | b';' | b':'))?;
    (parameters[end] == b'm').then_some(end + 3)
}

/// JSON that holds no control character: `\u202e` stands for U+202E, and every reader gets the same value. In JSON such
/// characters stand only inside strings, where this escape is allowed.
pub fn escape_json(json: &str) -> Cow<'_, str> {
    if !json.contains(is_control) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if is_control(c) { escape_char(c, &mut out) } else { out.push(c) }
    }
    Cow::Owned(out)
}

/// A control character as `\uXXXX`, which JSON, TOML and double-quoted YAML share. None is above U+FFFF.
pub fn escape_char(c: char, out: &mut String) {
    let _ = write!(out, "\\u{:04x}", u32::from(c));
}

/// `1 file`, `2 files`: for nouns that take a plain s.
pub fn counted(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// Texts with commas between them: `a, b`.
pub fn listed(texts: impl IntoIterator<Item = impl Display>) -> String {
    texts.into_iter().map(|text| text.to_string()).collect::<Vec<_>>().join(", ")
}

/// `2 up, 1 waiting`: numbers with what they count, without those that are 0.
pub fn counts<'a>(numbers: impl IntoIterator<Item = (usize, &'a str)>) -> String {
    listed(above_zero(numbers).map(|(number, words)| format!("{number} {words}")))
}

/// `2 services, 1 task`: the same for nouns that take a plain s.
pub fn all_counted<'a>(numbers: impl IntoIterator<Item = (usize, &'a str)>) -> String {
    listed(above_zero(numbers).map(|(number, noun)| counted(number, noun)))
}

fn above_zero<'a>(
    numbers: impl IntoIterator<Item = (usize, &'a str)>,
) -> impl Iterator<Item = (usize, &'a str)> {
    numbers.into_iter().filter(|(number, _)| *number > 0)
}

/// A text as a part of a URI: percent-encoded but for unreserved characters (RFC 3986, 2.3) and those that are `kept`.
pub fn percent_encoded(text: &str, kept: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) || kept.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Bytes in hexadecimal, lower case, two digits each.
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal() {
        assert_eq!(hex(&[0, 9, 255]), "0009ff");
    }

    #[test]
    fn what_controls_a_reader() {
        let all = (0..=0x10ffff).filter_map(char::from_u32).filter(|c| is_control(*c)).map(u32::from);
        let expected = (0..9).chain(11..32).chain(127..160).chain([0x61c, 0x200e, 0x200f]);
        let expected = expected.chain(0x2028..0x202f).chain(0x2066..0x2070);
        assert!(all.eq(expected));
    }

    #[test]
    fn a_terminal_is_given_nothing_to_obey() {
        for (text, plain, colored) in [
            ("a\tb\n é 🦀", "a\tb\n é 🦀", "a\tb\n é 🦀"),
            ("\x1b[1;31mred\x1b[0m\x1b[m", "red", "\x1b[1;31mred\x1b[0m\x1b[m"),
            ("\x1b]0;title\x07", "␛]0;title␇", "␛]0;title␇"),
            ("\x1b[2J\x1b[31", "␛[2J␛[31", "␛[2J␛[31"),
            ("\x1b", "␛", "␛"),
            ("\x1b\x1b[0m", "␛", "␛\x1b[0m"),
            ("\u{9b}31m\r\u{7f}\0", "\u{fffd}31m␍␡␀", "\u{fffd}31m␍␡␀"),
            ("a\u{202e}b\u{2066}c\u{2028}", "a\u{fffd}b\u{fffd}c\u{fffd}", "a\u{fffd}b\u{fffd}c\u{fffd}"),
        ] {
            assert_eq!(printable(text), plain, "{text:?}");
            assert_eq!(printable_in_color(text), colored, "{text:?}");
        }
        let long = format!("\x1b[{}m", "1;".repeat(100));
        assert!(printable_in_color(&long).starts_with('␛'));
    }

    #[test]
    fn escaped_json_reads_back_equal() {
        let all: String = (0..=0xffff).filter_map(char::from_u32).collect();
        let json = serde_json::to_string_pretty(&serde_json::json!({ &all: [&all] })).unwrap();
        let escaped = escape_json(&json);
        assert!(!escaped.contains(is_control));
        assert!(escaped.contains("\\u202e") && escaped.contains("\\u009b") && escaped.contains("\\u007f"));
        let back: serde_json::Value = serde_json::from_str(&escaped).unwrap();
        assert_eq!(back[&all][0], all);
    }
}
