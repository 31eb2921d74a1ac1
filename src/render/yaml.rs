//! The one file that knows YAML: a [`Map`] becomes block-style text that readers of YAML 1.1 and 1.2 understand alike.
//!
//! `serde-saphyr` formats it and quotes every text that either version could read as another type (`no`, `22:22`,
//! `1_000`, `2024-01-01`, `~`), in values and in keys. This file chooses the style of a value.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_saphyr::{DoubleQuoted, FlowSeq, LitStr, Tagged, ser_options};

use crate::{
    model::{Map, Value},
    text::{escape_json, is_control},
};

/// Keys with lists that read better on one line, as Compose's own documentation writes them.
const ON_ONE_LINE: [&str; 6] = ["profiles", "test", "command", "entrypoint", "cap_add", "cap_drop"];
/// A key longer than this many bytes is marked as one: readers look for its colon only within 1,024 of them.
const KEY_BYTES: usize = 1000;
/// A list longer than this many bytes is written with one element per line all the same.
const ONE_LINE_BYTES: usize = 90;
/// The tag that every text has in YAML.
const STRING_TAG: &str = "tag:yaml.org,2002:str";

/// A value in its style.
struct Node<'a>(&'a Value);

impl Serialize for Node<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Int(value) => serializer.serialize_i64(*value),
            Value::Float(value) => serializer.serialize_f64(*value),
            Value::String(text) if reads_as_block(text) => LitStr(text).serialize(serializer),
            // Only between quotes can all of them be escaped.
            Value::String(text) if text.contains(is_control) => DoubleQuoted(text).serialize(serializer),
            Value::String(text) => serializer.serialize_str(text),
            Value::List(list) => serializer.collect_seq(list.iter().map(Node)),
            Value::Map(map) => Table(map).serialize(serializer),
        }
    }
}

/// An element of a list on one line.
struct FlowItem<'a>(&'a Value);

impl Serialize for FlowItem<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            // Between brackets, libyaml and go-yaml read more into these two than the YAML specification does: `?!` is a
            // key to them, `a:?` an error.
            Value::String(text) if text.contains([':', '?']) => DoubleQuoted(text).serialize(serializer),
            value => Node(value).serialize(serializer),
        }
    }
}

struct Table<'a>(&'a Map);

impl Serialize for Table<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut table = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in self.0 {
            if key.len() > KEY_BYTES || key.contains(is_control) {
                // A plain key can be neither quoted nor marked as one by force; one with a tag is both.
                table.serialize_key(&Tagged(DoubleQuoted(key), Some(STRING_TAG.to_owned())))?;
            } else {
                table.serialize_key(key)?;
            }
            match value {
                Value::List(list) if ON_ONE_LINE.contains(&key.as_str()) && fits_one_line(list) => {
                    table.serialize_value(&FlowSeq(list.iter().map(FlowItem).collect::<Vec<_>>()))?;
                }
                value => table.serialize_value(&Node(value))?,
            }
        }
        table.end()
    }
}

fn fits_one_line(list: &[Value]) -> bool {
    let length = list.iter().try_fold(0, |sum, value| match value {
        Value::String(text) if !text.contains(|c| c == '\n' || is_control(c)) => Some(sum + text.len() + 4),
        Value::Bool(_) | Value::Int(_) => Some(sum + 8),
        _ => None,
    });
    length.is_some_and(|length| length <= ONE_LINE_BYTES)
}

/// Whether a text of several lines is written as a literal block. Only the plain ones are: libyaml and go-yaml refuse a
/// block with a tab at the start of its first line, and spaces at the ends of lines or line breaks at the end of the text would
/// be invisible. The others are quoted on one line.
fn reads_as_block(text: &str) -> bool {
    let lines = text.strip_suffix('\n').unwrap_or(text);
    let plain = |line: &str| !line.starts_with('\t') && !line.ends_with([' ', '\t']);
    let printable = |c: char| c == '\n' || c == '\t' || (comment_char(c) == c && !is_control(c));
    lines.contains('\n')
        && !lines.starts_with([' ', '\n'])
        && !lines.ends_with('\n')
        && lines.split('\n').all(plain)
        && text.chars().all(printable)
}

/// Write a table as block YAML, every line indented by `indent` spaces, a line break at the end. An empty table is `{}`.
pub fn write(map: &Map, indent: usize, out: &mut String) {
    // Nothing is folded: a diff of a folded line would be unreadable. Blocks are chosen by `reads_as_block`.
    let options = ser_options! { compact_list_indent: false, prefer_block_scalars: false };
    let text = serde_saphyr::to_string_with_options(&Table(map), options);
    let text = text.expect("a tree of plain values can be written into a string");
    // The control characters that `serde-saphyr` does not escape, the bidirectional ones, stand between double quotes,
    // where YAML has the escapes of JSON.
    for line in escape_json(&text).split_inclusive('\n') {
        if line != "\n" {
            out.extend(std::iter::repeat_n(' ', indent));
        }
        out.push_str(line);
    }
}

/// Make a text safe for one comment line: control characters, tabs and what no YAML file may hold become spaces,
/// runs of spaces one.
pub fn comment(text: &str) -> String {
    let spaced: String = text.chars().map(comment_char).collect();
    spaced.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A character as it may stand in a line of a YAML file: line breaks, control characters and what no YAML
/// file may hold become spaces.
fn comment_char(c: char) -> char {
    if matches!(c, '\n' | '\t') || is_control(c) || "\u{feff}\u{fffe}\u{ffff}".contains(c) { ' ' } else { c }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::{
        output::{Document, GeneratedFile},
        read_back,
    };

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
    fn long_keys_and_empty_lists_come_back() {
        let long = |c: &str| c.repeat(1024);
        let inner = Map::from([(long("k"), Value::from("v")), (long(" "), Value::Null)]);
        let map = Map::from([
            ("a".to_owned(), Value::List(vec![Value::Map(inner.clone())])),
            (long("\u{1f980}"), Value::Map(inner)),
            ("command".to_owned(), Value::List(Vec::new())),
            ("ports".to_owned(), Value::List(Vec::new())),
        ]);
        let file = GeneratedFile { path: String::new(), text: text(&map) };
        let document = Document { file, tree: Value::Map(map) };
        read_back::check(&document).unwrap();
        assert!(document.file.text.contains("\ncommand: []\nports: []\n"));
    }

    #[test]
    fn control_characters_are_escaped_and_come_back() {
        let controls = (0..=0xffff).filter_map(char::from_u32).filter(|c| is_control(*c));
        let all: String = controls.chain("\"\\\u{feff}\u{fffe}\n\t é".chars()).collect();
        let list = Value::List(vec![Value::from("a"), Value::from(all.as_str())]);
        let lines = format!("a\n{all}b\n");
        let map = Map::from([
            (all.clone(), Value::from(all.as_str())),
            ("command".to_owned(), list.clone()),
            ("ports".to_owned(), list),
            ("lines".to_owned(), Value::from(lines.as_str())),
        ]);
        let text = text(&map);
        assert!(!text.contains(is_control), "{text}");
        let read: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
        assert_eq!(read[&all].as_str(), Some(all.as_str()));
        assert_eq!(read["command"][1].as_str(), Some(all.as_str()));
        assert_eq!(read["ports"][1].as_str(), Some(all.as_str()));
        assert_eq!(read["lines"].as_str(), Some(lines.as_str()));
    }

    #[test]
    fn a_comment_stays_in_its_line() {
        assert_eq!(comment("a\n#b\r\u{85}c\u{2028}d\te  f\0"), "a #b c d e f");
        assert_eq!(comment("a\u{202e}b\u{2066}\u{200f}c\u{1b}[31md"), "a b c [31md");
    }
}
