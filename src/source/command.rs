//! `command`, `entrypoint` and the test of a health check.

use toml::de::DeValue;

use super::table::Item;
use crate::model::Command;

/// Decode a text or a list of texts.
pub(super) fn decode(item: &Item<'_, '_>) -> Option<Command> {
    match item.value.get_ref() {
        DeValue::String(_) => item.text().map(Command::Shell),
        // One bad word makes the whole command unknown: without it, it would be another command.
        DeValue::Array(array) => item.texts().filter(|words| words.len() == array.len()).map(Command::Exec),
        _ => {
            item.wrong_type("a string or a list of strings");
            None
        }
    }
}
