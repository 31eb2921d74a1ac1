//! The one file that knows YAML: a [`Map`] becomes block-style text that readers of YAML 1.1 and 1.2 understand alike.
//!
//! `serde-saphyr` decides what has to be quoted: every text that either version could read as something else (`no`,
//! `22:22`, `1_000`, `2024-01-01`, `~`), in values and in keys. This file decides the layout.

use std::fmt::Write as _;

use serde::ser::{Serialize, SerializeSeq, Serializer};
use serde_saphyr::{DoubleQuoted, FlowSeq, SerializerOptions, ser_options};

use super::words::{Form, form, is_word};
use crate::{
    model::{Map, Value},
    text::{escape_char, is_control},
};

/// Keys whose lists read better on one line, as Compose's own documentation writes them.
const ON_ONE_LINE: [&str; 6] = ["profiles", "test", "command", "entrypoint", "cap_add", "cap_drop"];
/// A key longer than this many bytes is marked as one: readers look for its colon only within 1,024 characters.
const KEY_BYTES: usize = 1000;
/// A list longer than this many bytes is written one element a line all the same.
const ONE_LINE_BYTES: usize = 90;

/// A list on one line, between brackets.
struct OneLine<'a>(&'a [Value]);

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
                Value::String(text) => list.serialize_element(text)?,
                Value::Bool(value) => list.serialize_element(value)?,
                Value::Int(value) => list.serialize_element(value)?,
                _ => list.serialize_element(&())?,
            }
        }
        list.end()
    }
}

/// A text with control characters, which stand escaped between double quotes: a terminal that shows the file obeys none of
/// them, and every reader gets the same value.
fn escaped(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            // No YAML file may hold these.
            '\u{feff}' | '\u{fffe}' | '\u{ffff}' => escape_char(c, out),
            c if is_control(c) => escape_char(c, out),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// A scalar on one line.
fn scalar<T: Serialize>(value: &T, out: &mut String) {
    let text = serde_saphyr::to_string_with_options(value, options());
    out.push_str(text.expect("a plain value can be written into a string").trim_end_matches('\n'));
}

fn key(text: &str, out: &mut String) {
    match text {
        text if is_word(text) => out.push_str(text),
        text if text.contains(is_control) => escaped(text, out),
        text => scalar(&text, out),
    }
}

fn text(text: &str, out: &mut String) {
    match form(text) {
        Form::Plain => out.push_str(text),
        Form::Quoted => quoted(text, out),
        Form::Unclear if text.contains(is_control) => escaped(text, out),
        Form::Unclear => scalar(&text, out),
    }
}

fn quoted(text: &str, out: &mut String) {
    out.extend(["\"", text, "\""]);
}

/// A list on one line.
fn one_line(list: &[Value], out: &mut String) {
    let start = out.len();
    for (position, item) in list.iter().enumerate() {
        out.push_str(if position == 0 { "[" } else { ", " });
        match item {
            Value::String(text) if is_word(text) => out.push_str(text),
            Value::String(text) if text.contains(':') && form(text) != Form::Unclear => quoted(text, out),
            _ => {
                out.truncate(start);
                scalar(&FlowSeq(OneLine(list)), out);
                return;
            }
        }
    }
    out.push(']');
}

/// What stands behind `KEY:` or `-`, up to and with the line break. `indent` is that of the line.
fn value(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::String(text) if reads_as_block(text) => block(text, indent + 2, out),
        Value::List(list) if !list.is_empty() => {
            out.push('\n');
            list.iter().for_each(|item| element(item, indent + 2, out));
            return;
        }
        Value::Map(map) if !map.is_empty() => {
            out.push('\n');
            table(map, indent + 2, out);
            return;
        }
        Value::Null => out.push_str(" null"),
        Value::Bool(value) => out.push_str(if *value { " true" } else { " false" }),
        Value::Int(value) => {
            let _ = write!(out, " {value}");
        }
        Value::Float(value) => {
            out.push(' ');
            scalar(value, out);
        }
        Value::String(text) => {
            out.push(' ');
            self::text(text, out);
        }
        Value::List(_) => out.push_str(" []"),
        Value::Map(_) => out.push_str(" {}"),
    }
    out.push('\n');
}

/// A literal block, without the last line break.
fn block(text: &str, indent: usize, out: &mut String) {
    let lines = text.strip_suffix('\n');
    out.push_str(if lines.is_some() { " |" } else { " |-" });
    for line in lines.unwrap_or(text).split('\n') {
        out.push('\n');
        if !line.is_empty() {
            margin(indent, out);
        }
        out.push_str(line);
    }
}

fn element(item: &Value, indent: usize, out: &mut String) {
    margin(indent, out);
    out.push('-');
    match item {
        // A table starts behind the dash.
        Value::Map(map) if !map.is_empty() => {
            let start = out.len();
            table(map, indent + 2, out);
            out.replace_range(start..start + indent + 2, " ");
        }
        item => value(item, indent, out),
    }
}

fn table(map: &Map, indent: usize, out: &mut String) {
    for (key, entry) in map {
        margin(indent, out);
        let start = out.len();
        self::key(key, out);
        if out.len() - start > KEY_BYTES {
            out.insert_str(start, "? ");
            out.push('\n');
            margin(indent, out);
        }
        out.push(':');
        match entry {
            Value::List(list)
                if !list.is_empty() && ON_ONE_LINE.contains(&key.as_str()) && fits_one_line(list) =>
            {
                out.push(' ');
                one_line(list, out);
                out.push('\n');
            }
            entry => value(entry, indent, out),
        }
    }
}

fn margin(indent: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', indent));
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
/// block whose first line starts with a tab, and spaces at the ends of lines or line breaks at the end of the text would
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

fn options() -> SerializerOptions {
    // Nothing is folded: a diff of a folded line would be unreadable. Blocks are chosen by `reads_as_block`.
    ser_options! { compact_list_indent: false, prefer_block_scalars: false }
}

/// Write a table as block YAML, every line indented by `indent` spaces, a line break at the end. An empty table is `{}`.
pub fn write(map: &Map, indent: usize, out: &mut String) {
    if map.is_empty() {
        margin(indent, out);
        out.push_str("{}\n");
    }
    table(map, indent, out);
}

/// Make a text safe to stand in one comment line: control characters, tabs and what no YAML file may hold become spaces,
/// runs of spaces one.
pub fn comment(text: &str) -> String {
    let spaced: String = text.chars().map(comment_char).collect();
    spaced.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A character as it may stand in a line of a YAML file: what breaks lines, what controls a reader and what no file may
/// hold is a space.
fn comment_char(c: char) -> char {
    if matches!(c, '\n' | '\t') || is_control(c) || "\u{feff}\u{fffe}\u{ffff}".contains(c) { ' ' } else { c }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::{GeneratedFile, read_back};

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

    /// Every answer that is given at a glance is the one that `serde-saphyr` gives.
    #[test]
    fn what_is_seen_at_a_glance_is_right() {
        let asked = |item: &dyn Fn(&mut String)| {
            let mut out = String::new();
            item(&mut out);
            out
        };
        let pieces = [
            "", "a", "b", "e", "x", "o", "T", "Z", "M", "s", "no", "on", "y", "null", "inf", "nan", "true",
            "/", ".", ":", "@", "=", "-", "_", "0", "1", "59", "60", "2024", "01", "0x", "0b", "~", ",", "+",
            "#", " ", "?", "<",
        ];
        let mut seen = [0; 2];
        for index in 0..pieces.len().pow(3) {
            let part = |at: u32| pieces[index / pieces.len().pow(at) % pieces.len()];
            let text = [part(2), part(1), part(0)].concat();
            if form(&text) != Form::Unclear {
                seen[0] += 1;
                assert_eq!(asked(&|out| super::text(&text, out)), asked(&|out| scalar(&text, out)));
            }
            if is_word(&text) {
                seen[1] += 1;
                let key = Map::from([(text.clone(), Value::Null)]);
                assert!(self::text(&key).starts_with(&format!("{text}: ")), "{text}");
                assert_eq!(asked(&|out| scalar(&text, out)), text);
            }
            let list = [Value::from(text.as_str()), Value::from("CMD")];
            if is_word(&text) || (text.contains(':') && form(&text) != Form::Unclear) {
                let flow = asked(&|out| scalar(&FlowSeq(OneLine(&list)), out));
                assert_eq!(asked(&|out| one_line(&list, out)), flow);
            }
        }
        assert!(seen[0] > 10_000 && seen[1] > 2_000, "{seen:?}");
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
        read_back::check(&file, &map).unwrap();
        assert!(file.text.contains("\ncommand: []\nports: []\n"));
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
