//! One service.

use super::{
    super::decision::{Decision, RESPELLED},
    carry::{carry, replacing, word},
    dependencies,
    figures::Figures,
    found::Found,
    logging, ports,
    profiles::Names,
    tree::{inherit, with},
};
use crate::{
    diag::KeyPath,
    model::Bytes,
    source::compose::node::{Comments, Entry, Node, Value},
};

/// The service in the words of stack.toml.
pub(super) fn translate(service: Entry, names: &mut Names<'_>, found: &mut Found) -> Entry {
    let Entry { key: name, key_place, value } = service;
    let Node { value: Value::Table(entries), place, comments, .. } = value else {
        return Entry { key: name, key_place, value };
    };
    let mut figures = Figures::default();
    let (mut keys, mut at) = (Vec::new(), None);
    let mut gone = Comments::default();
    for entry in entries {
        let Some(entry) = figures.take(&name, entry) else {
            at.get_or_insert(keys.len());
            continue;
        };
        match key(&name, entry, names, found) {
            Ok(mut entry) => {
                inherit(&mut entry.value, std::mem::take(&mut gone));
                keys.push(entry);
            }
            Err(comments) => gone = comments,
        }
    }
    figures.refuse_disagreements(&name, found);
    found.decisions.append(&mut figures.decisions);
    let at = at.unwrap_or_default();
    keys.splice(at..at, figures.into_entries(&name));
    let mut value = with(Value::Table(keys), place, comments);
    value.comments.below.splice(0..0, gone.into_lines());
    Entry { key: name, key_place, value }
}

/// One key; the comments of one that goes away.
fn key(service: &str, from: Entry, names: &mut Names<'_>, found: &mut Found) -> Result<Entry, Comments> {
    let Entry { key, key_place, value } = from;
    let mut path = KeyPath::from(["services", service, key.as_str()]);
    let value = match (key.as_str(), &value.value) {
        // As if they were not there.
        ("command" | "entrypoint" | "develop", Value::Null) => return Err(value.comments),
        (key, Value::Null) if !key.starts_with("x-") => {
            let message = format!("`{key}` of service `{service}` is empty");
            found.refuse(&key_place, message, "Compose refuses the file");
            value
        }
        ("labels" | "annotations" | "environment" | "sysctls" | "networks", Value::Table(_)) => {
            networks(carry(value, &mut path), &key)
        }
        ("depends_on", _) => dependencies::translate(value),
        ("logging", _) => logging::translate(value, service, &mut path, &mut found.decisions),
        ("ports", _) => {
            let place = value.place.clone();
            let (value, changed) = ports::translate(value);
            if changed > 0 {
                let message =
                    format!("ports of service `{service}` without an address are `\"*:...\"` in stack.toml");
                found.decisions.push(
                    Decision::changed(&RESPELLED, format!("services.{service}.ports"), message)
                        .help("stack.toml publishes a port without an address on 127.0.0.1 alone")
                        .at(&place),
                );
            }
            carry(value, &mut path)
        }
        ("profiles", _) => names.translate(service, value, found),
        ("memswap_limit", Value::Integer(bytes)) if *bytes >= 0 => {
            let text = Bytes(bytes.unsigned_abs()).exact();
            replacing(Value::Text(text), value)
        }
        ("privileged", Value::Text(_)) => flag(value),
        ("volumes", Value::List(_)) => carry(letters(service, value, found), &mut path),
        (key, _) if key.starts_with("x-") => without_null(value),
        _ => carry(value, &mut path),
    };
    Ok(Entry::new(key, value, &key_place))
}

/// A network without options is an empty table.
fn networks(mut node: Node, key: &str) -> Node {
    if key == "networks" {
        node.children_mut().for_each(Node::null_to_table);
    }
    node
}

/// A text that Compose reads as a boolean.
fn flag(value: Node) -> Node {
    match value.text().and_then(word) {
        Some(read) => replacing(Value::Boolean(read), value),
        None => value,
    }
}

/// `v:/data` is a Windows path to Compose: an anonymous volume at that path, which only the table says without doubt.
fn letters(service: &str, mut value: Node, found: &mut Found) -> Node {
    let Value::List(items) = &mut value.value else { return value };
    for (index, item) in items.iter_mut().enumerate() {
        let Some(text) = item.text().filter(|text| is_letter(text)).map(str::to_owned) else { continue };
        let place = item.place.clone();
        let message = format!(
            "`{text}` of service `{service}` is an anonymous volume at that path, and no volume is mounted"
        );
        found.decisions.push(
            Decision::changed(&RESPELLED, format!("services.{service}.volumes[{index}]"), message)
                .between(text.clone(), "{ type = \"volume\" }")
                .help("Compose reads a volume name of one letter as a Windows path; give the volume a longer name")
                .at(&place),
        );
        let keys = [("type", "volume".to_owned()), ("target", text)];
        let keys = keys.map(|(key, value)| Entry::new(key, super::tree::text(value, &place), &place));
        item.value = Value::Table(keys.into());
    }
    value
}

fn is_letter(text: &str) -> bool {
    let mut chars = text.chars();
    let drive = chars.next().is_some_and(|c| c.is_ascii_alphabetic()) && chars.next() == Some(':');
    drive && matches!(chars.next(), Some('/' | '\\')) && !chars.any(|c| c == ':')
}

/// What nothing reads, without the nulls that TOML cannot hold.
pub(super) fn without_null(value: Node) -> Node {
    let Node { value, place, comments, .. } = value;
    let value = match value {
        Value::Null => Value::Table(Vec::new()),
        Value::Table(entries) => Value::Table(
            entries
                .into_iter()
                .filter(|entry| entry.value.value != Value::Null)
                .map(|entry| Entry { value: without_null(entry.value), ..entry })
                .collect(),
        ),
        Value::List(items) => Value::List(
            items.into_iter().filter(|item| item.value != Value::Null).map(without_null).collect(),
        ),
        other => other,
    };
    with(value, place, comments)
}
