//! Small trees of Compose keys.

use crate::model::{Map, Value};

/// A table of these entries; those without a value are left out.
pub fn map<const N: usize>(entries: [(&str, Option<Value>); N]) -> Map {
    entries.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

/// A table, or nothing where it would be empty.
pub fn filled(map: Map) -> Option<Value> {
    (!map.is_empty()).then_some(Value::Map(map))
}

/// A list, or nothing where it would be empty.
pub fn some(list: Vec<Value>) -> Option<Value> {
    (!list.is_empty()).then_some(Value::List(list))
}

/// A text, where there is one.
pub fn text(text: Option<&str>) -> Option<Value> {
    text.map(Value::from)
}

/// Texts as values.
pub fn texts(items: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<Value> {
    items.into_iter().map(|item| Value::from(item.as_ref())).collect()
}

/// `true`, or nothing.
pub fn flag(is_set: bool) -> Option<Value> {
    is_set.then_some(Value::Bool(true))
}

/// A table with what else is kept of it.
pub fn with(mut map: Map, rest: &Map) -> Value {
    map.extend(rest.iter().map(|(key, value)| (key.clone(), value.clone())));
    Value::Map(map)
}
