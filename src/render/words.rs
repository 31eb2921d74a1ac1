//! Texts whose form in YAML is seen at a glance. Most are, and asking `serde-saphyr` about each would be half of the time
//! that writing takes; a test in `yaml` holds every answer to it.

/// How a text is written as a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As it is.
    Plain,
    /// Between double quotes, with nothing in it to escape.
    Quoted,
    /// That takes a closer look.
    Unclear,
}

/// What some reader of either version takes for a boolean, a number or nothing.
const READ_OTHERWISE: [&str; 11] =
    ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"];

/// A word that no reader of either version takes for anything else, as a key and between brackets too.
pub fn is_word(text: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'/');
    text.len() > 1
        && text.as_bytes()[0].is_ascii_alphabetic()
        && text.bytes().all(word)
        && !READ_OTHERWISE.iter().any(|special| text.eq_ignore_ascii_case(special))
}

/// The form of a text that stands behind a key or a dash.
pub fn form(text: &str) -> Form {
    let bytes = text.as_bytes();
    let common =
        |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'/' | b'.' | b':' | b'@' | b'=');
    if text.len() < 2 || text.ends_with(':') || !bytes.iter().all(common) {
        return Form::Unclear;
    }
    match bytes[0] {
        b'a'..=b'z' | b'A'..=b'Z'
            if !READ_OTHERWISE.iter().any(|special| text.eq_ignore_ascii_case(special)) =>
        {
            Form::Plain
        }
        b'/' => Form::Plain,
        b'.' if text.starts_with("./") || text.starts_with("../") => Form::Plain,
        b'0'..=b'9' => number(bytes),
        _ => Form::Unclear,
    }
}

/// What starts with a digit: a number is quoted; a size, a duration and an address with ports are none.
fn number(bytes: &[u8]) -> Form {
    // No digit of any base, so that no reader takes `512M`, `1m30s` or `0x1k` for a number.
    let unit = |b: &u8| b"ghkmnpstuGKMPT".contains(b);
    if bytes.iter().all(u8::is_ascii_alphanumeric) {
        return match (bytes.iter().any(unit), bytes.iter().all(u8::is_ascii_digit)) {
            (true, _) => Form::Plain,
            (_, true) => Form::Quoted,
            _ => Form::Unclear,
        };
    }
    if !bytes.iter().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b':')) {
        return Form::Unclear;
    }
    let first = |byte: u8| bytes.iter().position(|b| *b == byte);
    match (first(b'.'), first(b':')) {
        (Some(point), Some(colon)) if point < colon => Form::Plain,
        (Some(point), None) if point + 1 < bytes.len() && !bytes[point + 1..].contains(&b'.') => Form::Quoted,
        _ => Form::Unclear,
    }
}
