//! Scalars as their tag and their quotes make them.

use super::{
    node::{Tag, Value},
    plain::{self, Plain},
};

/// What a tag of a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// `!reset` or `!override`.
    Compose(Tag),
    /// One of YAML's own, by its name: `str`.
    Core(String),
    /// `!`, which says nothing.
    Plain,
    /// Any other, with its text.
    Unknown(String),
}

/// The kind of a tag, given as its resolved handle and the rest.
pub(super) fn kind(handle: &str, suffix: &str) -> Kind {
    let full = format!("{handle}{suffix}");
    match full.as_str() {
        "!" => Kind::Plain,
        "!reset" => Kind::Compose(Tag::Reset),
        "!override" => Kind::Compose(Tag::Override),
        _ => match full.strip_prefix("tag:yaml.org,2002:") {
            Some(name) => Kind::Core(name.to_owned()),
            None => Kind::Unknown(full),
        },
    }
}

/// A scalar with one of YAML's own tags; `None` where it does not fit.
pub(super) fn scalar(tag: &str, text: &str) -> Option<Plain> {
    if tag == "str" {
        return Some(Plain::Value(Value::Text(text.to_owned())));
    }
    if tag == "binary" {
        return binary(text).map(|text| Plain::Value(Value::Text(text)));
    }
    let resolved = plain::resolve(text);
    let own_tag = match &resolved {
        Plain::Date(_) => "timestamp",
        Plain::Value(Value::Integer(whole)) if tag == "float" => {
            return Some(Plain::Value(Value::Float(*whole as f64)));
        }
        Plain::Value(Value::Unsigned(whole)) if tag == "float" => {
            return Some(Plain::Value(Value::Float(*whole as f64)));
        }
        Plain::Value(Value::Null) => "null",
        Plain::Value(Value::Boolean(_)) => "bool",
        Plain::Value(Value::Integer(_) | Value::Unsigned(_)) => "int",
        Plain::Value(Value::Float(_)) => "float",
        Plain::Value(_) => return None,
    };
    (own_tag == tag).then_some(resolved)
}

/// The text of base64, where it is text.
fn binary(text: &str) -> Option<String> {
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let written: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    if !written.len().is_multiple_of(4) {
        return None;
    }
    let padding = written.iter().rev().take_while(|byte| **byte == b'=').count();
    if padding > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(written.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in &written[..written.len() - padding] {
        bits = bits << 6 | u32::from(digit(*byte)?);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_decide_what_a_scalar_is() {
        let text = |text: &str| Some(Plain::Value(Value::Text(text.to_owned())));
        assert_eq!(scalar("str", "017"), text("017"));
        assert_eq!(scalar("int", "017"), Some(Plain::Value(Value::Integer(15))));
        assert_eq!(scalar("float", "1"), Some(Plain::Value(Value::Float(1.0))));
        assert_eq!(scalar("binary", "aGVsbG8="), text("hello"));
        for (tag, written) in
            [("int", "1.5"), ("int", "foo"), ("bool", "yes"), ("null", "foo"), ("binary", "a")]
        {
            assert_eq!(scalar(tag, written), None, "{tag} {written}");
        }
    }
}
