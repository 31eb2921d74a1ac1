//! TOML as JSON.

use serde_json::{Map, Number, Value};
use toml::de::DeValue;

use crate::source::{parse, tree::Node};

/// A document as a language server shows it to a schema: a date is its text. `None` where the text is not TOML, or where
/// JSON has no such number (`nan`, or an integer of more than 64 bits).
pub fn json_of(text: &str) -> Option<Value> {
    let parsed = parse::read(text);
    let sound = parsed.errors.is_empty() && parsed.is_complete;
    if sound { value(parsed.root(), text) } else { None }
}

fn value(node: Node<'_>, text: &str) -> Option<Value> {
    Some(match node.value() {
        DeValue::String(text) => text.as_ref().into(),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok()?.into(),
        DeValue::Float(number) => Number::from_f64(number.as_str().parse().ok()?)?.into(),
        DeValue::Boolean(value) => (*value).into(),
        DeValue::Datetime(_) => text.get(node.span())?.into(),
        DeValue::Array(_) => {
            Value::Array(node.children().into_iter().map(|node| value(node, text)).collect::<Option<_>>()?)
        }
        DeValue::Table(_) => {
            let entry = |node: Node<'_>| Some((node.key().to_owned(), value(node, text)?));
            Value::Object(node.children().into_iter().map(entry).collect::<Option<Map<_, _>>>()?)
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
