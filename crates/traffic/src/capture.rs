//! Values captured from answers: a JSON pointer (RFC 6901) finds one, a ring keeps the last 50 of each name.

use fastrand::Rng;

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

/// The scalar at a place of a JSON document. `None` when there is none, it is null, not a scalar or longer than
/// [`MAX_VALUE`].
pub fn find(document: &serde_json::Value, pointer: &str) -> Option<Value> {
    let value = match document.pointer(pointer)? {
        serde_json::Value::String(text) => Value { text: text.clone(), string: true },
        scalar @ (serde_json::Value::Bool(_) | serde_json::Value::Number(_)) => {
            Value { text: scalar.to_string(), string: false }
        }
        _ => return None,
    };
    (value.text.len() <= MAX_VALUE).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(pointer: &str, json: &str) -> Option<(String, bool)> {
        let found = super::find(&serde_json::from_str(json).ok()?, pointer)?;
        Some((found.text, found.string))
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
        assert_eq!(find("/id", r#"{"id":"x", broken"#), None);
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
}
