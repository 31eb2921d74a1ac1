//! What Compose takes as a table or as a list of `KEY=value`.

use std::collections::HashMap;

use super::{
    node::{Comments, Entry, Node, Value},
    plain::text_of,
};

/// The position of each key.
pub(super) fn positions(entries: &[Entry]) -> HashMap<String, usize> {
    entries.iter().enumerate().map(|(at, entry)| (entry.key.clone(), at)).collect()
}

/// Merge by key: the later value replaces the earlier one at its place, null too. The form of the earlier one stays where it
/// can hold both: Compose replaces variables in a list, and none in the keys of a table.
pub(super) fn merge(base: Node, over: Node) -> Node {
    let over = match (&base.value, &over.value) {
        (Value::Table(_), Value::List(elements)) if elements.iter().all(has_plain_key) => to_table(over),
        _ => over,
    };
    if let (Value::Table(_), Value::Table(_)) = (&base.value, &over.value) {
        return by_key(base, over);
    }
    if !matches!(over.value, Value::Table(_) | Value::List(_)) {
        return base;
    }
    let mut list = to_list(base);
    if let (Value::List(elements), Value::List(later)) = (&mut list.value, to_list(over).value) {
        elements.extend(later);
        *elements = last_of_each(std::mem::take(elements), |element| {
            element.text().map(|text| text.split_once('=').map_or(text, |(key, _)| key).to_owned())
        });
    }
    list
}

/// Merge hosts: a host that both name has the addresses of both.
pub(super) fn merge_hosts(base: Node, over: Node) -> Node {
    if let (Value::Table(earlier), Value::Table(later)) = (&base.value, &over.value) {
        let known = positions(earlier);
        if !later.iter().any(|entry| known.contains_key(&entry.key)) {
            return by_key(base, over);
        }
    }
    let mut list = to_list(base);
    if let (Value::List(elements), Value::List(later)) = (&mut list.value, to_list(over).value) {
        // Those that are written alike are one for Compose.
        for address in later {
            if !elements.iter().any(|one| one.value == address.value) {
                elements.push(address);
            }
        }
    }
    list
}

fn by_key(mut base: Node, over: Node) -> Node {
    if let (Value::Table(entries), Value::Table(later)) = (&mut base.value, over.value) {
        let known = positions(entries);
        for mut entry in later {
            match known.get(&entry.key) {
                Some(&at) => {
                    entry.value.comments = entries[at].value.comments.joined(&entry.value.comments);
                    entries[at] = entry;
                }
                None => entries.push(entry),
            }
        }
    }
    base
}

/// The last element of each key, at the place of the first. Those without a key stay.
pub(super) fn last_of_each(elements: Vec<Node>, key: impl Fn(&Node) -> Option<String>) -> Vec<Node> {
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut kept: Vec<Node> = Vec::with_capacity(elements.len());
    for element in elements {
        match key(&element) {
            Some(key) => match known.get(&key) {
                Some(&at) => {
                    let comments = kept[at].comments.joined(&element.comments);
                    kept[at] = Node { comments, ..element };
                }
                None => {
                    known.insert(key, kept.len());
                    kept.push(element);
                }
            },
            None => kept.push(element),
        }
    }
    kept
}

/// Whether the key of a list's element is the same as a table's key.
fn has_plain_key(element: &Node) -> bool {
    element.text().is_some_and(|text| !text.split('=').next().unwrap_or_default().contains('$'))
}

fn to_table(list: Node) -> Node {
    let Value::List(elements) = list.value else { return list };
    let mut entries: Vec<Entry> = Vec::with_capacity(elements.len());
    let mut known: HashMap<String, usize> = HashMap::new();
    for element in elements {
        let Value::Text(text) = &element.value else { continue };
        let (key, value) = match text.split_once('=') {
            Some((key, value)) => (key.to_owned(), Value::Text(value.to_owned())),
            None => (text.clone(), Value::Null),
        };
        let place = element.place;
        let value = Node { comments: element.comments, ..Node::new(value, place.clone()) };
        let entry = Entry { key: key.clone(), key_place: place, value };
        match known.get(&key) {
            Some(&at) => entries[at] = entry,
            None => {
                known.insert(key, entries.len());
                entries.push(entry);
            }
        }
    }
    Node { comments: list.comments, ..Node::new(Value::Table(entries), list.place) }
}

fn to_list(table: Node) -> Node {
    let Value::Table(entries) = table.value else { return table };
    let mut elements = Vec::with_capacity(entries.len());
    for entry in entries {
        // A key of a table is never interpolated.
        let key = entry.key.replace('$', "$$");
        let Node { value, place, comments, .. } = entry.value;
        let mut push = |text: String, comments: Comments| {
            elements.push(Node { comments, ..Node::new(Value::Text(text), place.clone()) });
        };
        match value {
            Value::List(values) => {
                for value in values {
                    push(format!("{key}={}", text_of(&value.value).unwrap_or_default()), value.comments);
                }
            }
            value => {
                push(text_of(&value).map_or_else(|| key.clone(), |value| format!("{key}={value}")), comments)
            }
        }
    }
    Node { comments: table.comments, ..Node::new(Value::List(elements), table.place) }
}
