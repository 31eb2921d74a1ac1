//! Values that no proof reads, as plain trees.

use toml::de::DeValue;

use super::table::{Item, Table};
use crate::model::{Map, Value};

impl Item<'_, '_> {
    /// The value as a plain tree: types stay, a date becomes its text, malformed variables are reported.
    pub(super) fn tree(&self) -> Option<Value> {
        Some(match self.value.get_ref() {
            DeValue::String(_) => Value::String(self.text()?),
            DeValue::Integer(_) => Value::Int(self.integer()?),
            DeValue::Float(number) => Value::Float(number.as_str().parse().ok()?),
            DeValue::Boolean(value) => Value::Bool(*value),
            DeValue::Datetime(_) => Value::String(self.written()?),
            DeValue::Array(_) => Value::List(self.as_list()?.iter().filter_map(Item::tree).collect()),
            DeValue::Table(_) => Value::Map(self.as_table()?.tree()),
        })
    }
}

impl Table<'_, '_> {
    /// The table as a plain tree.
    pub(super) fn tree(&self) -> Map {
        self.items()
            .iter()
            .filter_map(|item| item.tree().map(|value| (item.key().to_owned(), value)))
            .collect()
    }
}
