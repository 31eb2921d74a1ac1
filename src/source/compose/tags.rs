//! `!reset` and `!override`: what a file takes out of the files before it.

use super::{
    merge::with_context,
    node::{Node, Tag, Value},
};

/// The keys that lead to a value with one of the tags.
pub(super) type Path = Vec<String>;

/// Take the tags out of a file's tree, and what `!reset` marks with them.
pub(super) fn take(root: &mut Node) -> Vec<Path> {
    let mut found = Vec::new();
    walk(root, &mut Vec::new(), &mut found);
    found
}

fn walk(node: &mut Node, path: &mut Path, found: &mut Vec<Path>) {
    match &mut node.value {
        Value::Table(entries) => entries.retain_mut(|entry| {
            path.push(entry.key.clone());
            let tag = entry.value.tag.filter(|tag| *tag != Tag::Date);
            if tag.is_some() {
                entry.value.tag = None;
                found.push(path.clone());
            }
            let stays = tag != Some(Tag::Reset);
            if stays {
                walk(&mut entry.value, path, found);
            }
            path.pop();
            stays
        }),
        // An element has no key that another file could name.
        Value::List(elements) => {
            elements.retain(|element| element.tag != Some(Tag::Reset));
            for element in elements {
                element.tag = element.tag.filter(|tag| *tag == Tag::Date);
                walk(element, path, &mut Vec::new());
            }
        }
        _ => {}
    }
}

/// Remove from an earlier tree what a later file replaces.
pub(super) fn apply(root: &mut Node, paths: &[Path]) {
    for path in paths {
        remove(root, path, 0);
    }
}

/// Remove from an earlier service what a later one of the same name, or one that extends it, replaces.
pub(super) fn apply_to_service(service: &mut Node, paths: &[Path], name: &str) {
    for path in paths {
        if path.len() > 2 && path[0] == "services" && path[1] == name {
            remove(service, path, 2);
        }
    }
}

fn remove(node: &mut Node, path: &[String], depth: usize) {
    let key = &path[depth];
    if depth == 3 && path[0] == "services" {
        match path[2].as_str() {
            // A list of names is a table for Compose here, and the path of a build its `context`.
            "depends_on" | "networks" => {
                if let Value::List(elements) = &mut node.value {
                    elements.retain(|element| element.text() != Some(key));
                }
            }
            "build" => *node = with_context(std::mem::take(node)),
            _ => {}
        }
    }
    let Value::Table(entries) = &mut node.value else { return };
    if depth + 1 == path.len() {
        entries.retain(|entry| entry.key != *key);
    } else if let Some(entry) = entries.iter_mut().find(|entry| entry.key == *key) {
        remove(&mut entry.value, path, depth + 1);
    }
}
