//! Two trees become one, as Compose merges a later file over an earlier one: tables by key, lists one behind the other, scalars
//! replaced, and the keys with rules of their own (measured on Compose 2.40.3).

use super::{
    node::{Comments, Entry, Node, Value},
    pairs,
};

/// How a value is merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// Tables by key, lists one behind the other, anything else replaced.
    Deep,
    /// The later value alone, even null.
    Replace,
    /// A table or a list of `KEY=value`.
    Pairs,
    /// A table or a list of `HOST=address`; a host may have several.
    Hosts,
    /// A text or a list of texts.
    Texts,
    /// A text is the `context` of a table.
    Build,
    /// A list of names is a table of names, each with what a name alone means.
    Names(Names),
    /// Options belong to their driver.
    Logging,
    /// A list of tables with the same subnet.
    Subnets,
    /// `all`, or a list.
    Gpus,
    /// A number, or a table of two.
    Ulimit,
}

/// What a name in a list is as a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Names {
    /// `{ condition: service_started, required: true }`.
    Dependencies,
    /// Null.
    Networks,
}

fn rule(path: &[String]) -> Rule {
    let mut keys = ["*"; 4];
    if path.len() > keys.len() {
        return Rule::Deep;
    }
    for (key, segment) in keys.iter_mut().zip(path) {
        *key = segment;
    }
    match (path.len(), keys[0], keys[2], keys[3]) {
        (3, "services", "command" | "entrypoint", _) | (4, "services", "healthcheck", "test") => {
            Rule::Replace
        }
        (3, "services", "environment" | "labels" | "annotations" | "sysctls", _)
        | (4, "services", "build", "args" | "labels" | "additional_contexts")
        | (4, "services", "deploy", "labels")
        | (3, "networks" | "volumes", "labels", _)
        | (4, "networks", "ipam", "options") => Rule::Pairs,
        (3, "services", "extra_hosts", _) | (4, "services", "build", "extra_hosts") => Rule::Hosts,
        (3, "services", "dns" | "dns_search" | "tmpfs" | "env_file" | "label_file", _) => Rule::Texts,
        (3, "services", "build", _) => Rule::Build,
        (3, "services", "depends_on", _) => Rule::Names(Names::Dependencies),
        (3, "services", "networks" | "models", _) => Rule::Names(Names::Networks),
        (3, "services", "logging", _) => Rule::Logging,
        (3, "services", "gpus", _) => Rule::Gpus,
        (4, "services", "ulimits", _) => Rule::Ulimit,
        (4, "networks", "ipam", "config") => Rule::Subnets,
        _ => Rule::Deep,
    }
}

/// A value that cannot be merged: where it stands in the tree.
#[derive(Debug)]
pub(super) struct Conflict {
    /// The keys that lead to it.
    pub(super) path: Vec<String>,
    /// The later value.
    pub(super) node: Node,
}

/// Merge a later tree over an earlier one. `path` leads to both.
pub(super) fn merge(base: Node, over: Node, path: &mut Vec<String>, conflicts: &mut Vec<Conflict>) -> Node {
    let rule = rule(path);
    let comments = base.comments.joined(&over.comments);
    let mut merged = match (rule, &base.value, &over.value) {
        (Rule::Replace, ..) | (_, Value::Null, _) => over,
        (Rule::Ulimit, Value::Table(_), value) if !matches!(value, Value::Table(_) | Value::Null) => over,
        (_, _, Value::Null) => base,
        (Rule::Pairs, ..) => pairs::merge(base, over),
        (Rule::Hosts, ..) => pairs::merge_hosts(base, over),
        (Rule::Texts, ..) => appended(listed(base), listed(over)),
        (Rule::Build, ..) => deep(with_context(base), with_context(over), path, conflicts),
        (Rule::Names(_), Value::List(_), Value::List(_)) => without_equal(appended(base, over)),
        (Rule::Names(names), ..) => deep(tabled(base, names), tabled(over, names), path, conflicts),
        (Rule::Logging, ..) if driver(&base).zip(driver(&over)).is_some_and(|(one, two)| one != two) => over,
        (Rule::Subnets, Value::List(_), Value::List(_)) => subnets(base, over, path, conflicts),
        (Rule::Gpus, Value::Text(_), Value::List(_)) => appended(all_gpus(base), over),
        _ => deep(base, over, path, conflicts),
    };
    merged.comments = comments;
    merged
}

fn deep(mut base: Node, over: Node, path: &mut Vec<String>, conflicts: &mut Vec<Conflict>) -> Node {
    match (&mut base.value, over.value) {
        (Value::Table(entries), Value::Table(later)) => {
            let known = pairs::positions(entries);
            for entry in later {
                let Some(&at) = known.get(&entry.key) else {
                    entries.push(entry);
                    continue;
                };
                let earlier = std::mem::take(&mut entries[at].value);
                path.push(entry.key);
                entries[at].value = merge(earlier, entry.value, path, conflicts);
                path.pop();
            }
            base
        }
        (Value::List(elements), Value::List(later)) => {
            elements.extend(later);
            base
        }
        (Value::Table(_) | Value::List(_), value) => {
            conflicts.push(Conflict { path: path.clone(), node: Node::new(value, over.place) });
            base
        }
        (_, value) => Node { value, place: over.place, ..base },
    }
}

fn appended(mut base: Node, over: Node) -> Node {
    if let (Value::List(elements), Value::List(later)) = (&mut base.value, over.value) {
        elements.extend(later);
    }
    base
}

/// A value as a list: alone, it is the only element.
fn listed(node: Node) -> Node {
    if matches!(node.value, Value::List(_)) {
        return node;
    }
    let place = node.place.clone();
    let element = Node { comments: Comments::default(), ..node };
    Node::new(Value::List(vec![element]), place)
}

/// A list without the later ones of equal elements.
fn without_equal(mut list: Node) -> Node {
    if let Value::List(elements) = &mut list.value {
        let mut known = std::collections::HashSet::new();
        elements.retain(|element| element.text().is_none_or(|text| known.insert(text.to_owned())));
    }
    list
}

/// `build: ./path` as a table.
pub(super) fn with_context(node: Node) -> Node {
    if !matches!(node.value, Value::Text(_)) {
        return node;
    }
    let (place, comments) = (node.place.clone(), node.comments.clone());
    let context = Entry::new("context", Node { comments: Comments::default(), ..node }, &place);
    Node { comments, ..Node::new(Value::Table(vec![context]), place) }
}

/// A list of names as a table.
fn tabled(node: Node, names: Names) -> Node {
    let Value::List(elements) = node.value else { return node };
    let entry = |element: Node| {
        let Value::Text(key) = element.value else { return None };
        let place = element.place;
        let text = |key: &str, value| Entry::new(key, Node::new(value, place.clone()), &place);
        let value = match names {
            Names::Networks => Value::Null,
            Names::Dependencies => Value::Table(vec![
                text("condition", Value::Text("service_started".to_owned())),
                text("required", Value::Boolean(true)),
            ]),
        };
        let value = Node { comments: element.comments, ..Node::new(value, place.clone()) };
        Some(Entry { key, key_place: place, value })
    };
    let entries = elements.into_iter().filter_map(entry).collect();
    Node { comments: node.comments, ..Node::new(Value::Table(entries), node.place) }
}

fn driver(logging: &Node) -> Option<&str> {
    logging.get("driver").and_then(Node::text)
}

/// Addresses of a network: those of one subnet are merged.
fn subnets(mut base: Node, over: Node, path: &mut Vec<String>, conflicts: &mut Vec<Conflict>) -> Node {
    let (Value::List(elements), Value::List(later)) = (&mut base.value, over.value) else { return base };
    for element in later {
        let subnet = element.get("subnet").and_then(Node::text);
        let same = |one: &&mut Node| subnet.is_some() && one.get("subnet").and_then(Node::text) == subnet;
        match elements.iter_mut().find(same) {
            Some(earlier) => {
                *earlier = deep(std::mem::take(earlier), element, path, conflicts);
            }
            None => elements.push(element),
        }
    }
    base
}

/// `gpus: all` as a list.
fn all_gpus(node: Node) -> Node {
    let place = node.place.clone();
    let count = Entry::new("count", node, &place);
    let element = Node::new(Value::Table(vec![count]), place.clone());
    Node::new(Value::List(vec![element]), place)
}
