//! Building and taking apart trees.

use crate::{
    diag::{KeyPath, Segment},
    source::compose::node::{Comments, Entry, Node, Place, Value},
};

/// A value without comments.
pub(super) fn node(value: Value, place: &Place) -> Node {
    Node::new(value, place.clone())
}

/// A value with comments.
pub(super) fn with(value: Value, place: Place, comments: Comments) -> Node {
    Node { comments, ..Node::new(value, place) }
}

/// A text without comments.
pub(super) fn text(text: impl Into<String>, place: &Place) -> Node {
    node(Value::Text(text.into()), place)
}

/// Let the comments of something that goes away stand above a value that stays.
pub(super) fn inherit(onto: &mut Node, from: Comments) {
    onto.comments.above.splice(0..0, from.into_lines());
}

/// Whether there is a comment.
pub(super) fn is_bare(comments: &Comments) -> bool {
    *comments == Comments::default()
}

/// A scalar as a report shows it.
pub(super) fn shown(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Boolean(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Unsigned(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::Text(text) => text.clone(),
        Value::List(_) => "[...]".to_owned(),
        Value::Table(_) => "{...}".to_owned(),
    }
}

/// The place of the value at a path, or of its nearest ancestor. A key of a list of `KEY=value` is found in it, and what a
/// service inherits in `defaults`.
pub fn at(root: &Node, path: &KeyPath) -> Option<Place> {
    let (place, depth) = descend(root, &path.0);
    if depth < path.0.len()
        && let [Segment::Key(services), Segment::Key(_), rest @ ..] = path.0.as_slice()
        && services == "services"
        && let Some(defaults) = root.get("defaults")
    {
        let (inherited, covered) = descend(defaults, rest);
        if covered + 2 > depth && covered > 0 {
            return inherited;
        }
    }
    place
}

fn descend(root: &Node, path: &[Segment]) -> (Option<Place>, usize) {
    let (mut at, mut place) = (root, None);
    for (depth, segment) in path.iter().enumerate() {
        let next = match (&at.value, segment) {
            (Value::Table(entries), Segment::Key(key)) => entries
                .iter()
                .find(|entry| entry.key == *key)
                .map(|entry| (&entry.value, key_or_value(entry))),
            (Value::List(items), Segment::Index(index)) => {
                items.get(*index).map(|item| (item, item.place.clone()))
            }
            (Value::List(items), Segment::Key(key)) => {
                let named = |item: &&Node| {
                    item.text()
                        .and_then(|text| text.strip_prefix(key.as_str()))
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['=', ':']))
                };
                items.iter().find(named).map(|item| (item, item.place.clone()))
            }
            _ => None,
        };
        let Some((next, found)) = next else { return (place, depth) };
        (at, place) = (next, Some(found));
    }
    (place, path.len())
}

/// The place of a short value, and of a table its key.
fn key_or_value(entry: &Entry) -> Place {
    match entry.value.value {
        Value::Table(_) | Value::List(_) | Value::Null => entry.key_place.clone(),
        _ => entry.value.place.clone(),
    }
}
