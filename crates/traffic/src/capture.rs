//! Values captured from answers: a JSON pointer (RFC 6901) finds one, a ring keeps the last 50 of each name.

use std::{borrow::Cow, fmt};

use fastrand::Rng;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Values that a ring keeps.
pub const RING: usize = 50;

/// Bytes of a captured value; a longer one is not captured.
pub const MAX_VALUE: usize = 256;

/// A captured scalar.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Value {
    /// The string, or the number or boolean as it is written in JSON.
    pub text: String,
    /// Whether it was a string.
    pub string: bool,
}

/// The last values of one name.
#[derive(Debug, Default)]
pub struct Ring {
    values: Vec<Value>,
    oldest: usize,
}

impl Ring {
    /// Keep a value, instead of the oldest when there are [`RING`] already.
    pub fn push(&mut self, value: Value) {
        if self.values.len() < RING {
            self.values.push(value);
        } else {
            self.values[self.oldest] = value;
            self.oldest = (self.oldest + 1) % RING;
        }
    }

    /// Whether nothing has been captured yet.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// One of the values, drawn uniformly.
    pub fn draw(&self, rng: &mut Rng) -> Option<&Value> {
        if self.values.is_empty() { None } else { self.values.get(rng.usize(..self.values.len())) }
    }
}

/// A parsed JSON pointer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointer(Vec<String>);

impl Pointer {
    /// Read a pointer: empty (the whole document), or `/` before each step, `~1` for `/` and `~0` for `~`.
    /// `None` when it is none.
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self(Vec::new()));
        }
        let steps = text.strip_prefix('/')?.split('/');
        let plain = |step: &str| {
            let mut rest = step;
            while let Some((_, after)) = rest.split_once('~') {
                rest = after.strip_prefix(['0', '1'])?;
            }
            Some(step.replace("~1", "/").replace("~0", "~"))
        };
        steps.map(plain).collect::<Option<_>>().map(Self)
    }

    /// The scalar at this place of a JSON document, without building the document. `None` when there is none, it is
    /// null, not a scalar or longer than [`MAX_VALUE`], or the document is broken before it.
    pub fn find(&self, json: &[u8]) -> Option<Value> {
        let mut found = None;
        let mut reader = serde_json::Deserializer::from_slice(json);
        // What follows the value is not read, and an error there is none of ours.
        let _ = Walk { steps: &self.0, found: &mut found }.deserialize(&mut reader);
        found.filter(|value: &Value| value.text.len() <= MAX_VALUE)
    }
}

struct Walk<'a> {
    steps: &'a [String],
    found: &'a mut Option<Value>,
}

impl Walk<'_> {
    fn keep<E: serde::de::Error>(self, text: String, string: bool) -> Result<(), E> {
        if self.steps.is_empty() {
            *self.found = Some(Value { text, string });
        }
        // Stop reading: either it is found, or a scalar stands where the pointer wants to descend.
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<(), E> {
        self.keep(value.to_string(), false)
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<(), E> {
        self.keep(value.to_string(), false)
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<(), E> {
        self.keep(value.to_string(), false)
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        self.keep(value.to_string(), false)
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<(), E> {
        self.keep(value.to_owned(), true)
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let Some((index, steps)) = self.steps.split_first() else {
            return Err(A::Error::custom("not a scalar"));
        };
        let Ok(index) = index.parse::<usize>() else { return Err(A::Error::custom("not an index")) };
        for _ in 0..index {
            if elements.next_element::<IgnoredAny>()?.is_none() {
                return Ok(());
            }
        }
        elements.next_element_seed(Walk { steps, found: &mut *self.found })?;
        Err(A::Error::custom("done"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let Some((key, steps)) = self.steps.split_first() else {
            return Err(A::Error::custom("not a scalar"));
        };
        while let Some(field) = fields.next_key::<Cow<'de, str>>()? {
            if field.as_ref() == key {
                fields.next_value_seed(Walk { steps, found: &mut *self.found })?;
                return Err(A::Error::custom("done"));
            }
            fields.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn find(pointer: &str, json: &str) -> Option<(String, bool)> {
        Pointer::parse(pointer).unwrap().find(json.as_bytes()).map(|value| (value.text, value.string))
    }

    #[test]
    fn scalars_are_found() {
        let json = r#"{"a":{"b":[1,{"c/d":"x\ny","~":-2.5}]},"id":"0192","n":18446744073709551615,"t":true,"z":null}"#;
        assert_eq!(find("/id", json), Some(("0192".to_owned(), true)));
        assert_eq!(find("/a/b/1/c~1d", json), Some(("x\ny".to_owned(), true)));
        assert_eq!(find("/a/b/1/~0", json), Some(("-2.5".to_owned(), false)));
        assert_eq!(find("/a/b/0", json), Some(("1".to_owned(), false)));
        assert_eq!(find("/n", json), Some(("18446744073709551615".to_owned(), false)));
        assert_eq!(find("/t", json), Some(("true".to_owned(), false)));
        assert_eq!(find("", "7"), Some(("7".to_owned(), false)));
        for absent in ["/z", "/a", "/a/b/2", "/a/b/x", "/id/x", "/q", ""] {
            assert_eq!(find(absent, json), None, "{absent}");
        }
        assert_eq!(find("/id", r#"{"id":"x", broken"#), Some(("x".to_owned(), true)));
        assert_eq!(find("/id", "<html>"), None);
        assert_eq!(find("/id", &format!(r#"{{"id":"{}"}}"#, "x".repeat(MAX_VALUE + 1))), None);
    }

    #[test]
    fn a_ring_keeps_the_last_fifty() {
        let mut ring = Ring::default();
        for n in 0..RING * 2 {
            ring.push(Value { text: n.to_string(), string: false });
        }
        let mut kept: Vec<usize> = ring.values.iter().map(|value| value.text.parse().unwrap()).collect();
        kept.sort_unstable();
        assert_eq!(kept, (RING..RING * 2).collect::<Vec<_>>());
    }

    #[test]
    fn pointers_are_checked() {
        assert!(Pointer::parse("id").is_none());
        assert!(Pointer::parse("/a~2").is_none());
        assert!(Pointer::parse("/a~").is_none());
    }

    proptest! {
        #[test]
        fn it_agrees_with_serde_json(value: i64, key in "[a-z~/]{0,4}", index in 0_usize..4) {
            let json = serde_json::json!({ "other": [1], key.clone(): [0, value, "s", { "k": value }] });
            let pointer = format!("/{}/{index}", key.replace('~', "~0").replace('/', "~1"));
            let expected = json.pointer(&pointer).filter(|v| !v.is_object());
            let expected = expected.map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned));
            let found = Pointer::parse(&pointer).unwrap().find(json.to_string().as_bytes());
            prop_assert_eq!(found.map(|value| value.text), expected);
        }
    }
}
