//! TOML as JSON.

use serde_json::{Map, Number, Value};

use crate::source::{
    toml::parse,
    tree::{Kind, Node},
};

/// A document as a language server shows it to a schema: a date is its text. `None` where the text is not TOML, or where
/// JSON has no such number (`nan`, or an integer of more than 64 bits).
pub fn json_of(text: &str) -> Option<Value> {
    let parsed = parse::read(&text.into());
    let sound = parsed.errors.is_empty() && parsed.is_complete;
    if sound { value(parsed.tree.root()) } else { None }
}

fn value(node: Node<'_>) -> Option<Value> {
    Some(match node.kind() {
        Kind::String(text) => text.into(),
        Kind::Integer(number) => number.value()?.into(),
        Kind::Float(number) => Number::from_f64(number.parse().ok()?)?.into(),
        Kind::Boolean(value) => value.into(),
        Kind::Date(text) => text.into(),
        Kind::Null => Value::Null,
        Kind::Array => Value::Array(node.children().map(value).collect::<Option<_>>()?),
        Kind::Table => {
            let entry = |node: Node<'_>| Some((node.key().to_owned(), value(node)?));
            Value::Object(node.children().map(entry).collect::<Option<Map<_, _>>>()?)
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_type_has_a_value() {
        let text = "a = 0o17\nb = 1.5\nc = [true, 1979-05-27]\n[d]\ne = \"x\"";
        let expected = json!({ "a": 15, "b": 1.5, "c": [true, "1979-05-27"], "d": { "e": "x" } });
        assert_eq!(json_of(text), Some(expected));
        assert_eq!(json_of("a = nan"), None);
        assert_eq!(json_of("a = "), None);
    }
}
