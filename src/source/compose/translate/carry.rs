//! What means the same in both files: carried over, with the few values that TOML writes differently.

use super::tree::{self, inherit, with};
use crate::{
    diag::{KeyPath, Segment},
    source::{
        compose::{
            node::{Node, Value},
            text_of,
        },
        reference::shape_at,
        shape::Shape,
    },
};

/// Carry a value over to `path` in stack.toml.
pub(super) fn carry(node: Node, path: &mut KeyPath) -> Node {
    let Node { value, place, comments, .. } = node;
    let value = match value {
        Value::Table(entries) if is_scalars(path) => {
            let caller =
                matches!(path.0.last(), Some(Segment::Key(key)) if key == "environment" || key == "args");
            return tree_of_scalars(with(Value::Table(entries), place, comments), caller);
        }
        Value::Table(entries) => Value::Table(
            entries
                .into_iter()
                .map(|mut entry| {
                    path.0.push(Segment::Key(entry.key.clone()));
                    entry.value = carry(entry.value, path);
                    path.0.pop();
                    entry
                })
                .collect(),
        ),
        Value::List(items) => Value::List(
            items
                .into_iter()
                .enumerate()
                .map(|(index, item)| {
                    path.0.push(Segment::Index(index));
                    let item = carry(item, path);
                    path.0.pop();
                    item
                })
                .collect(),
        ),
        // Compose reads these words as booleans where it wants one.
        Value::Text(text) if word(&text).is_some() && matches!(shape_at(path), Some(Shape::Bool)) => {
            word(&text).map_or(Value::Text(text), Value::Boolean)
        }
        // A mode is octal in stack.toml.
        Value::Integer(mode)
            if mode >= 0 && matches!(shape_at(path), Some(Shape::Mode | Shape::ModeNumber)) =>
        {
            Value::Text(format!("{mode:04o}"))
        }
        number @ (Value::Float(_) | Value::Unsigned(_)) if matches!(shape_at(path), Some(Shape::Scalar)) => {
            as_text(number)
        }
        other => other,
    };
    with(value, place, comments)
}

/// Whether the entries of a table become texts.
fn is_scalars(path: &KeyPath) -> bool {
    is_listed(shape_at(path))
}

fn is_listed(shape: Option<Shape>) -> bool {
    match shape {
        Some(Shape::ListOrMap | Shape::Variables | Shape::Pairs(_)) => true,
        Some(Shape::Distinct(of) | Shape::Or(_, of)) => is_listed(Some(*of)),
        Some(Shape::MapOf(of)) => matches!(of, Shape::Scalar),
        _ => false,
    }
}

/// A table of values that Compose makes texts of. A key without a value is an empty text; of the variables of a container or a
/// build it is the caller's value (`caller`), which only a list of `KEY=value` can say.
fn tree_of_scalars(node: Node, caller: bool) -> Node {
    let Node { value: Value::Table(mut entries), place, mut comments, .. } = node else { return node };
    for entry in &mut entries {
        match entry.value.value {
            Value::Float(_) | Value::Unsigned(_) => {
                let number = std::mem::replace(&mut entry.value.value, Value::Null);
                entry.value.value = as_text(number);
            }
            Value::Null if !caller => entry.value.value = Value::Text(String::new()),
            _ => {}
        }
    }
    if !entries.iter().any(|entry| entry.value.value == Value::Null) {
        return with(Value::Table(entries), place, comments);
    }
    let items = entries.into_iter().map(|entry| {
        let mut node = entry.value;
        // Compose puts no variable into a key of a table, and does into a list.
        let key = entry.key.replace('$', "$$");
        if node.entries().is_empty() && !matches!(node.value, Value::List(_)) {
            let text = match node.value {
                Value::Null => key,
                _ => format!("{key}={}", tree::shown(&node)),
            };
            node.value = Value::Text(text);
        }
        node.place = entry.key_place;
        node
    });
    let items = items.collect();
    if let Some(beside) = comments.beside.take() {
        comments.above.push(beside);
    }
    with(Value::List(items), place, comments)
}

/// A boolean in words, as Compose reads one in a text.
pub(super) fn word(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "true" | "1" | "yes" | "y" | "on" => Some(true),
        "false" | "0" | "no" | "n" | "off" => Some(false),
        _ => None,
    }
}

/// A number as Compose prints it.
fn as_text(number: Value) -> Value {
    text_of(&number).map_or(number, Value::Text)
}

/// Let a value that replaces another keep its comments.
pub(super) fn replacing(new: Value, old: Node) -> Node {
    let mut node = tree::node(new, &old.place);
    inherit(&mut node, old.comments);
    node
}
