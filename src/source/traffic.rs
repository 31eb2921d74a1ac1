//! `[traffic]` as a TOML document of its own.

use std::fmt::Write;

use super::{
    table::{Item, Table},
    tree::{Kind, Node},
};

/// The table as a normalised document without comments: `[traffic]` with plain values, then one `[[traffic.NAME]]` for
/// every table of a list of tables. Reading it back gives the same values in the same order.
pub(super) fn document(table: &Table<'_, '_>) -> String {
    let items: Vec<_> = table.items().collect();
    let mut text = "[traffic]\n".to_owned();
    for item in items.iter().filter(|item| !is_list_of_tables(item)) {
        entry(&mut text, item);
    }
    for item in items.iter().filter(|item| is_list_of_tables(item)) {
        for table in item.as_list().iter().flatten().filter_map(Item::as_table) {
            text.push_str("\n[[traffic.");
            key(&mut text, item.key());
            text.push_str("]]\n");
            for item in table.items() {
                entry(&mut text, &item);
            }
        }
    }
    text
}

fn is_list_of_tables(item: &Item<'_, '_>) -> bool {
    item.node.is_array() && item.node.len() > 0 && item.node.children().all(Node::is_table)
}

fn entry(text: &mut String, item: &Item<'_, '_>) {
    key(text, item.key());
    text.push_str(" = ");
    value(text, item);
    text.push('\n');
}

fn key(text: &mut String, key: &str) {
    let bare = !key.is_empty()
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if bare { text.push_str(key) } else { string(text, key) }
}

fn value(text: &mut String, item: &Item<'_, '_>) {
    match item.node.kind() {
        Kind::String(value) => string(text, value),
        Kind::Array => {
            let elements = item.as_list().unwrap_or_default();
            text.push('[');
            for (position, element) in elements.iter().enumerate() {
                text.push_str(if position > 0 { ", " } else { "" });
                value(text, element);
            }
            text.push(']');
        }
        Kind::Table => {
            let table = item.as_table();
            let entries: Vec<_> = table.iter().flat_map(Table::items).collect();
            text.push('{');
            for (position, item) in entries.iter().enumerate() {
                text.push_str(if position > 0 { ", " } else { " " });
                key(text, item.key());
                text.push_str(" = ");
                value(text, item);
            }
            text.push_str(if entries.is_empty() { "}" } else { " }" });
        }
        _ => text.push_str(&item.written().unwrap_or_default()),
    }
}

/// A basic string: control characters and what ends it are escaped.
fn string(text: &mut String, value: &str) {
    text.push('"');
    for c in value.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            c if c.is_control() => {
                // Writing to a String cannot fail; control characters end at U+009F.
                let _ = write!(text, "\\u{:04X}", u32::from(c));
            }
            c => text.push(c),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    #[test]
    fn reads_back_as_the_same_table() {
        let source = r#"
name = "x"
budget = { memory = "1G", cpus = 1 }
# a comment
[traffic]
modes = { steady = 2, "a b" = 0.50, inf = inf }
requests = [{ weight = 60, json = { id = "{int 1 10}", deep = [1, [true, "\"\u0007\n"], {}] } }]
since = 1979-05-27T07:32:00Z
target = 'http://nginx' # kept
[traffic.tls]
on = true
[[traffic.more]]
path = "/a"
[[traffic.more]]
path = "/b"
"#;
        let table = |text: &str| super::super::parse(text.as_bytes()).stack.traffic_table.unwrap();
        let text = table(source);
        let expected = r#"[traffic]
modes = { steady = 2, "a b" = 0.50, inf = inf }
since = 1979-05-27T07:32:00Z
target = "http://nginx"
tls = { on = true }

[[traffic.requests]]
weight = 60
json = { id = "{int 1 10}", deep = [1, [true, "\"\u0007\n"], {}] }

[[traffic.more]]
path = "/a"

[[traffic.more]]
path = "/b"
"#;
        assert_eq!(text, expected);
        assert_eq!(table(&text), text);
    }
}
