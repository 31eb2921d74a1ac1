//! `depends_on`: conditions in the words of stack.toml.

use super::tree::is_bare;
use crate::source::compose::node::{Entry, Node, Value};

/// `{ db: { condition: service_healthy } }` is `{ db = "healthy" }`; `restart` and `required` keep the table.
pub(super) fn translate(mut node: Node) -> Node {
    let Value::Table(entries) = &mut node.value else { return node };
    for entry in entries {
        let Value::Table(keys) = &mut entry.value.value else { continue };
        for key in keys.iter_mut() {
            if key.key == "condition"
                && let Some(word) = key.value.text().and_then(word)
            {
                key.value.value = Value::Text(word.to_owned());
            }
        }
        // Compose's defaults say nothing.
        keys.retain(|key| !is_default(key));
        if let [only] = keys.as_slice()
            && only.key == "condition"
            && is_bare(&only.value.comments)
        {
            entry.value.value = only.value.value.clone();
        }
    }
    node
}

fn is_default(entry: &Entry) -> bool {
    let value = match entry.key.as_str() {
        "required" => Value::Boolean(true),
        "restart" => Value::Boolean(false),
        _ => return false,
    };
    entry.value.value == value && is_bare(&entry.value.comments)
}

fn word(condition: &str) -> Option<&'static str> {
    Some(match condition {
        "service_started" => "started",
        "service_healthy" => "healthy",
        "service_completed_successfully" => "completed",
        _ => return None,
    })
}
