//! The one file that knows YAML: a [`Map`] becomes block-style text that readers of YAML 1.1 and 1.2 understand alike.
//!
//! `serde-saphyr` decides what has to be quoted: every text that either version could read as something else (`no`,
//! `22:22`, `1_000`, `2024-01-01`, `~`), in values and in keys. This file decides the layout.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_saphyr::{DoubleQuoted, FlowSeq, LitStr, SerializerOptions, ser_options};

use crate::model::{Map, Value};

/// Keys whose lists read better on one line, as Compose's own documentation writes them.
const ON_ONE_LINE: [&str; 6] = ["profiles", "test", "command", "entrypoint", "cap_add", "cap_drop"];
/// A list longer than this many bytes is written one element a line all the same.
const ONE_LINE_BYTES: usize = 90;

struct Node<'a>(&'a Value);
struct Table<'a>(&'a Map);
struct List<'a>(&'a [Value]);
struct OneLine<'a>(&'a [Value]);

impl Serialize for Node<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Int(value) => serializer.serialize_i64(*value),
            Value::Float(value) => serializer.serialize_f64(*value),
            Value::String(text) if reads_as_block(text) => LitStr(text).serialize(serializer),
            Value::String(text) => serializer.serialize_str(text),
            Value::List(list) => List(list).serialize(serializer),
            Value::Map(map) => Table(map).serialize(serializer),
        }
    }
}

impl Serialize for Table<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in self.0 {
            match value {
                Value::List(list) if ON_ONE_LINE.contains(&key.as_str()) && fits_one_line(list) => {
                    map.serialize_entry(key, &FlowSeq(OneLine(list)))?;
                }
                _ => map.serialize_entry(key, &Node(value))?,
            }
        }
        map.end()
    }
}

impl Serialize for List<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for value in self.0 {
            list.serialize_element(&Node(value))?;
        }
        list.end()
    }
}

impl Serialize for OneLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for value in self.0 {
            match value {
                // Between brackets, libyaml and go-yaml read more into these two than the YAML specification does:
                // `?!` is a key to them, `a:?` an error.
                Value::String(text) if text.contains([':', '?']) => {
                    list.serialize_element(&DoubleQuoted(text))?
                }
                _ => list.serialize_element(&Node(value))?,
            }
        }
        list.end()
    }
}

fn fits_one_line(list: &[Value]) -> bool {
    let length = list.iter().try_fold(0, |sum, value| match value {
        Value::String(text) if !text.contains('\n') => Some(sum + text.len() + 4),
        Value::Bool(_) | Value::Int(_) => Some(sum + 8),
        _ => None,
    });
    length.is_some_and(|length| length <= ONE_LINE_BYTES)
}

/// Whether a text of several lines is written as a literal block. Only the plain ones are: libyaml and go-yaml refuse a
/// block whose first line starts with a tab, and spaces at the ends of lines or line breaks at the end of the text would
/// be invisible. The others are quoted on one line.
fn reads_as_block(text: &str) -> bool {
    let lines = text.strip_suffix('\n').unwrap_or(text);
    let plain = |line: &str| !line.starts_with('\t') && !line.ends_with([' ', '\t']);
    let printable = |c: char| c == '\n' || c == '\t' || (comment_char(c) == c && !c.is_control());
    lines.contains('\n')
        && !lines.starts_with([' ', '\n'])
        && !lines.ends_with('\n')
        && lines.split('\n').all(plain)
        && text.chars().all(printable)
}

fn options() -> SerializerOptions {
    // Nothing is folded: a diff of a folded line would be unreadable. Blocks are chosen by `reads_as_block`.
    ser_options! { compact_list_indent: false, prefer_block_scalars: false }
}

/// Write a table as block YAML, every line indented by `indent` spaces, a line break at the end. An empty table is `{}`.
///
/// # Panics
/// Never: the serializer fails on invalid options, on foreign tags and on a writer's error, and there are none.
pub fn write(map: &Map, indent: usize, out: &mut String) {
    let text = serde_saphyr::to_string_with_options(&Table(map), options());
    let text = text.expect("a tree of plain values can be written into a string");
    let margin = " ".repeat(indent);
    for line in text.split_inclusive('\n') {
        // A line break alone inside a literal block stays alone.
        if line != "\n" {
            out.push_str(&margin);
        }
        out.push_str(line);
    }
}

/// Make a text safe to stand in one comment line: line breaks of YAML 1.1 and 1.2, tabs and what no YAML file may hold
/// become spaces, runs of spaces one.
pub fn comment(text: &str) -> String {
    let spaced: String = text.chars().map(comment_char).collect();
    spaced.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A character as it may stand in a line of a YAML file: what breaks lines in either version and what no file may hold is
/// a space.
fn comment_char(c: char) -> char {
    let breaks = ('\u{2028}'..='\u{2029}').contains(&c);
    if c.is_control() || breaks || "\u{feff}\u{fffe}\u{ffff}".contains(c) { ' ' } else { c }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(map: &Map) -> String {
        let mut out = String::new();
        write(map, 0, &mut out);
        out
    }

    #[test]
    fn layout() {
        let list = |items: &[&str]| Value::List(items.iter().map(|item| Value::from(*item)).collect());
        let long = "x".repeat(200);
        let service = Map::from([
            ("profiles".to_owned(), list(&["tracing", "full"])),
            ("command".to_owned(), list(&["sh", "-c", &long])),
            ("ports".to_owned(), list(&["127.0.0.1:80:80"])),
            (
                "environment".to_owned(),
                Value::Map(Map::from([
                    ("ON".to_owned(), Value::from("no")),
                    ("on".to_owned(), Value::from("a\n\n b\n")),
                    ("n".to_owned(), Value::Null),
                ])),
            ),
            ("empty".to_owned(), Value::Map(Map::new())),
            (
                "volumes".to_owned(),
                Value::List(vec![Value::Map(Map::from([
                    ("type".to_owned(), Value::from("bind")),
                    ("read_only".to_owned(), Value::Bool(true)),
                ]))]),
            ),
        ]);
        insta::assert_snapshot!(text(&Map::from([("a".to_owned(), Value::Map(service))])));
    }

    #[test]
    fn a_comment_stays_in_its_line() {
        assert_eq!(comment("a\n#b\r\u{85}c\u{2028}d\te  f\0"), "a #b c d e f");
    }
}
