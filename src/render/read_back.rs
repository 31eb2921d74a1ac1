//! Reads every YAML file back after it was written: a file that differs from its tree is never written to disk.
//!
//! Values are compared while they are read, without a second tree: a third less time, most of it libyaml's.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{error::RenderError, output::Document};
use crate::model::Value;

/// Read the text of a document and compare it with the tree that it was written from, order included.
///
/// # Errors
/// When the text is not YAML or differs from the tree: a bug of stackctl.
pub fn check(Document { file, tree }: &Document) -> Result<(), RenderError> {
    let mut place = Place::default();
    let read = Same { meant: tree, place: &mut place };
    read.deserialize(serde_yaml::Deserializer::from_str(&file.text)).map_err(|error| {
        let detail = match place.differs {
            true => format!("{} does not read back as it was written", place.keys.join(".")),
            false => error.to_string(),
        };
        RenderError::Misread { file: file.path.clone(), detail }
    })
}

/// The position of the reader.
#[derive(Debug, Default)]
struct Place {
    /// The path of keys to it.
    keys: Vec<String>,
    /// Whether the value there differs from the tree.
    differs: bool,
}

impl Place {
    fn expect<E: Error>(&mut self, is_same: bool) -> Result<(), E> {
        self.differs = !is_same;
        if is_same { Ok(()) } else { Err(E::custom("something else")) }
    }
}

/// Reads a value and compares it with the one of the tree.
struct Same<'a> {
    meant: &'a Value,
    place: &'a mut Place,
}

impl<'de> DeserializeSeed<'de> for Same<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Same<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what was written")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.place.expect(*self.meant == Value::Null)
    }

    fn visit_bool<E: Error>(self, read: bool) -> Result<(), E> {
        self.place.expect(*self.meant == Value::Bool(read))
    }

    fn visit_i64<E: Error>(self, read: i64) -> Result<(), E> {
        self.place.expect(*self.meant == Value::Int(read))
    }

    fn visit_u64<E: Error>(self, read: u64) -> Result<(), E> {
        self.place.expect(i64::try_from(read).is_ok_and(|read| *self.meant == Value::Int(read)))
    }

    fn visit_f64<E: Error>(self, read: f64) -> Result<(), E> {
        let same = |meant: f64| meant == read || (meant.is_nan() && read.is_nan());
        self.place.expect(matches!(self.meant, Value::Float(meant) if same(*meant)))
    }

    fn visit_str<E: Error>(self, read: &str) -> Result<(), E> {
        self.place.expect(self.meant.as_str() == Some(read))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut read: A) -> Result<(), A::Error> {
        let Self { meant, place } = self;
        let Value::List(list) = meant else { return place.expect(false) };
        for (index, meant) in list.iter().enumerate() {
            place.keys.push(index.to_string());
            let item = read.next_element_seed(Same { meant, place: &mut *place })?;
            place.keys.pop();
            place.expect(item.is_some())?;
        }
        place.expect(read.next_element::<IgnoredAny>()?.is_none())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut read: A) -> Result<(), A::Error> {
        let Self { meant, place } = self;
        let Value::Map(table) = meant else { return place.expect(false) };
        for (index, (key, meant)) in table.iter().enumerate() {
            place.keys.push(key.clone());
            let found = read.next_key_seed(Key(key))?;
            if found == Some(true) {
                read.next_value_seed(Same { meant, place: &mut *place })?;
                place.keys.pop();
                continue;
            }
            // A difference in length is reported for the table, any other for the first key that differs.
            let (mut length, mut is_more) = (index, found.is_some());
            while is_more {
                read.next_value::<IgnoredAny>()?;
                length += 1;
                is_more = read.next_key::<IgnoredAny>()?.is_some();
            }
            if length != table.len() {
                place.keys.pop();
            }
            return place.expect(false);
        }
        place.expect(read.next_key::<IgnoredAny>()?.is_none())
    }
}

/// Reads a key and compares it with this one.
struct Key<'a>(&'a str);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Key<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text as key")
    }

    fn visit_str<E: Error>(self, read: &str) -> Result<bool, E> {
        Ok(read == self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::Map, render::output::GeneratedFile};

    fn read_back(text: &str, meant: &Map) -> Result<(), String> {
        let file = GeneratedFile { path: "docker-compose.yml".to_owned(), text: text.to_owned() };
        check(&Document { file, tree: Value::Map(meant.clone()) }).map_err(|error| match error {
            RenderError::Misread { detail, .. } => detail,
            RenderError::Mistakes(_) => String::new(),
        })
    }

    #[test]
    fn a_text_that_says_something_else_is_found() {
        let list = Value::List(vec![Value::from("sh"), Value::from("no")]);
        let service = Map::from([
            ("entrypoint".to_owned(), Value::List(Vec::new())),
            ("command".to_owned(), list),
            ("init".to_owned(), Value::Bool(true)),
            ("x-n".to_owned(), Value::Int(-1)),
            ("x-f".to_owned(), Value::Float(0.5)),
            ("networks".to_owned(), Value::Map(Map::from([("n".to_owned(), Value::Null)]))),
        ]);
        let meant = Map::from([("a".to_owned(), Value::Map(service))]);
        let text = "a:\n  entrypoint: []\n  command: [sh, \"no\"]\n  init: true\n  x-n: -1\n  x-f: 0.5\n  networks:\n    n: null\n";
        assert_eq!(read_back(text, &meant), Ok(()));
        for (old, new, found) in [
            ("init: true", "init: \"true\"", "a.init"),
            ("[sh, \"no\"]", "[sh]", "a.command"),
            ("[sh, \"no\"]", "[\"no\", sh]", "a.command.0"),
            ("-1", "1", "a.x-n"),
            ("0.5", "0.25", "a.x-f"),
            ("n: null", "n: 1", "a.networks.n"),
            ("    n: null", "    m: null", "a.networks.n"),
            ("  init: true\n  x-n: -1\n", "  x-n: -1\n  init: true\n", "a.init"),
            ("  init: true\n", "", "a"),
        ] {
            let error = read_back(&text.replace(old, new), &meant).unwrap_err();
            assert_eq!(error, format!("{found} does not read back as it was written"), "{new}");
        }
        // What an empty list was once written as.
        assert!(read_back(&text.replace("[]", "]"), &meant).unwrap_err().contains("line 2"));
        assert!(read_back("- a", &meant).is_err());
    }
}
