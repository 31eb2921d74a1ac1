//! Values on one line.

use toml_edit::Key;

use crate::source::compose::node::{Node, Value};

/// The widest line that is written as one.
pub(super) const WIDTH: usize = 100;

/// A key, in quotes where TOML asks for them.
pub(super) fn key(text: &str) -> String {
    Key::new(text).to_string()
}

/// A value on one line, whatever its length. TOML has no null: one is an empty text.
pub(super) fn value(node: &Node) -> String {
    match &node.value {
        Value::Null => "\"\"".to_owned(),
        Value::Boolean(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        // TOML has no larger number.
        Value::Unsigned(value) => format!("\"{value}\""),
        Value::Float(value) => float(*value),
        Value::Text(text) => one_line(text),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(value).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Table(entries) if entries.is_empty() => "{}".to_owned(),
        Value::Table(entries) => {
            let entry = |entry: &crate::source::compose::node::Entry| {
                format!("{} = {}", key(&entry.key), value(&entry.value))
            };
            let entries: Vec<String> = entries.iter().map(entry).collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}

/// A number that TOML reads back as the same one.
fn float(value: f64) -> String {
    toml_edit::Value::from(value).to_string().trim().to_owned()
}

/// A text between quotes without a line break.
fn one_line(text: &str) -> String {
    if !text.contains(['\n', '\r']) {
        return several_lines(text);
    }
    let mut quoted = String::with_capacity(text.len() + 8);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A text between quotes, over several lines where it holds line breaks.
pub(super) fn several_lines(text: &str) -> String {
    toml_edit::Value::from(text).to_string().trim().to_owned()
}

/// Whether something below a value has comments of its own.
pub(super) fn has_comments_below(node: &Node) -> bool {
    let has_own = |node: &Node| !node.comments.above.is_empty() || node.comments.beside.is_some();
    !node.comments.below.is_empty() || node.children().any(|node| has_own(node) || has_comments_below(node))
}

/// The comments below a value in the order of the text, for a value that is written on one line.
pub(super) fn comments_below(node: &Node, found: &mut Vec<String>) {
    for child in node.children() {
        found.extend(child.comments.above.iter().filter(|line| !line.is_empty()).cloned());
        found.extend(child.comments.beside.clone());
        comments_below(child, found);
    }
    found.extend(node.comments.below.iter().filter(|line| !line.is_empty()).cloned());
}

/// Whether a text anywhere in the value is better read over several lines.
pub(super) fn has_line_breaks(node: &Node) -> bool {
    node.text().is_some_and(|text| text.contains('\n')) || node.children().any(has_line_breaks)
}
