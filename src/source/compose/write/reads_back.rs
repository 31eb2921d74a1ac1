//! Property: what is written reads back as the tree, whatever its keys, texts and comments.

use proptest::prelude::*;
use toml::de::DeValue;

use super::write;
use crate::source::compose::node::{Comments, Entry, Node, Place, Value};

/// Texts with what TOML quotes, escapes and forbids.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z./:${}-]{0,12}",
        "[ -~]{0,20}",
        "[ -~\n\t\"'\\\\]{0,30}",
        "[a-z]{0,60}( [a-z]{0,60}){0,3}",
        any::<String>().prop_map(|text| text.replace('\0', "")),
    ]
}

fn comments() -> impl Strategy<Value = Comments> {
    let line = prop_oneof!["[ -~]{0,20}", Just(String::new()), any::<String>()];
    let line = line.prop_map(|text| text.replace(['\n', '\r'], " "));
    let block = prop_oneof![4 => Just(Vec::new()), 1 => prop::collection::vec(line.clone(), 1..3)];
    (block.clone(), prop::option::weighted(0.2, line), block).prop_map(|(above, beside, below)| Comments {
        above,
        beside,
        below,
    })
}

fn node() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::Boolean),
        any::<i64>().prop_map(Value::Integer),
        (-1e9..1e9).prop_map(Value::Float),
        text().prop_map(Value::Text),
    ];
    let leaf = (leaf, comments()).prop_map(|(value, comments)| with(value, comments));
    leaf.prop_recursive(5, 40, 6, |inner| {
        let list = prop::collection::vec(inner.clone(), 0..6).prop_map(Value::List);
        prop_oneof![list, table(inner)]
            .boxed()
            .prop_flat_map(|value| comments().prop_map(move |comments| with(value.clone(), comments)))
    })
}

fn table(of: impl Strategy<Value = Node>) -> impl Strategy<Value = Value> {
    let key = prop_oneof!["[a-z_-]{1,8}", "[ -~]{0,10}", "[a-z]{1,3}\\.[a-z]{1,3}"];
    prop::collection::btree_map(key, of, 0..6).prop_map(|map| {
        let entry = |(key, value)| Entry { key, key_place: Place::default(), value };
        Value::Table(map.into_iter().map(entry).collect())
    })
}

fn with(value: Value, comments: Comments) -> Node {
    Node { comments, ..Node::new(value, Place::default()) }
}

/// A value as plain text, the keys sorted: TOML's reader does not keep their order.
fn of_tree(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Boolean(value) => value.to_string(),
        Value::Integer(value) => format!("i{value}"),
        Value::Unsigned(value) => format!("{:?}", value.to_string()),
        Value::Float(value) => format!("f{value:?}"),
        // A reader makes one line break of two characters.
        Value::Text(text) => format!("{text:?}"),
        Value::List(items) => format!("[{}]", items.iter().map(of_tree).collect::<Vec<_>>().join(",")),
        Value::Table(entries) => {
            let mut entries: Vec<String> =
                entries.iter().map(|entry| format!("{:?}={}", entry.key, of_tree(&entry.value))).collect();
            entries.sort();
            format!("{{{}}}", entries.join(","))
        }
    }
}

fn of_toml(value: &DeValue<'_>) -> String {
    match value {
        DeValue::Boolean(value) => value.to_string(),
        DeValue::Integer(value) => {
            format!("i{}", i64::from_str_radix(value.as_str(), value.radix()).unwrap())
        }
        DeValue::Float(value) => format!("f{:?}", value.as_str().parse::<f64>().unwrap()),
        DeValue::String(text) => format!("{text:?}"),
        DeValue::Datetime(value) => value.to_string(),
        DeValue::Array(items) => {
            format!("[{}]", items.iter().map(|item| of_toml(item.get_ref())).collect::<Vec<_>>().join(","))
        }
        DeValue::Table(table) => {
            let mut entries: Vec<String> = table
                .iter()
                .map(|(key, value)| format!("{:?}={}", key.get_ref(), of_toml(value.get_ref())))
                .collect();
            entries.sort();
            format!("{{{}}}", entries.join(","))
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_reads_back(value in table(node()), comments in comments()) {
        let tree = with(value, comments);
        let text = write(&tree);
        let read = toml::de::DeTable::parse(&text);
        prop_assert!(read.is_ok(), "{}\n{text}", read.unwrap_err());
        prop_assert_eq!(of_tree(&tree), of_toml(&DeValue::Table(read.unwrap().into_inner())), "{}", text);
    }
}
