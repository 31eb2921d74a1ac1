//! The whole file.

use indexmap::IndexMap;

use super::{
    super::decision::{Decision, NO_EFFECT},
    carry::carry,
    defaults,
    found::Found,
    profiles::Names,
    service,
    tree::{inherit, is_bare, node, text, with},
};
use crate::{
    diag::{Diagnostic, KeyPath},
    source::compose::node::{Comments, Entry, Node, Place, Value},
};

/// What the surroundings give.
pub struct Options<'a> {
    /// The name that Compose gives the project.
    pub name: &'a str,
    /// The profiles that `COMPOSE_PROFILES` enables.
    pub enabled: &'a [String],
    /// Whether an `x-...` key at the top holds anchors: what they hold stands where it is used.
    pub is_anchor: &'a dyn Fn(&Entry) -> bool,
    /// The values of variables, for the places that hold none in stack.toml.
    pub lookup: &'a dyn Fn(&str) -> Option<&'a str>,
}

/// What a translation gives.
#[derive(Debug)]
pub struct Translated {
    /// The tree of stack.toml.
    pub tree: Node,
    /// What was done beside copying, in the order of the text.
    pub decisions: Vec<Decision>,
    /// Why Compose refuses the file: the place of each is that of the Compose file.
    pub refused: Vec<(Place, Diagnostic)>,
    /// The profiles as Compose and as stack.toml call them.
    pub profiles: IndexMap<String, String>,
}

/// The tree of stack.toml for a merged Compose file.
pub fn translate(root: Node, options: &Options<'_>) -> Translated {
    let place = root.place.clone();
    let Node { value: Value::Table(sections), comments, .. } = root else {
        return Translated {
            tree: node(Value::Table(Vec::new()), &place),
            decisions: Vec::new(),
            refused: Vec::new(),
            profiles: IndexMap::new(),
        };
    };
    let mut found = Found::default();
    let mut names = Names::new(options.lookup);
    let mut tree = Node { comments, ..node(Value::Table(Vec::new()), &place) };
    let (mut name, mut rest, mut gone) = (None, Vec::new(), Comments::default());
    for (position, mut section) in sections.into_iter().enumerate() {
        if !section.key.starts_with("x-") && !is_bare(&gone) {
            inherit(&mut section.value, std::mem::take(&mut gone));
        }
        if position == 0 {
            open(&mut tree.comments, &section.key, &mut section.value.comments);
        }
        match section.key.as_str() {
            "name" => name = Some(section),
            "version" => {
                found.decisions.push(
                    Decision::changed(&NO_EFFECT, "version", "`version` is left out: Compose ignores it")
                        .from(super::tree::shown(&section.value))
                        .at(&section.key_place),
                );
                leave(&mut tree.comments, section.value.comments);
            }
            key if key.starts_with("x-") && (options.is_anchor)(&section) => {
                let message =
                    format!("`{key}` is left out: what its anchors hold is written where it is used");
                found.decisions.push(Decision::changed(&NO_EFFECT, key, message).at(&section.key_place));
                gather(section.value, &mut gone);
            }
            "services" => rest.push(services(section, &mut names, &mut found)),
            _ => rest.extend(self::section(section, &mut found)),
        }
    }
    let mut top = vec![project_name(name, options, &place)];
    top.extend(names.defaults(options.enabled, &place, &mut found));
    if let Some(services) = rest.iter_mut().find(|section| section.key == "services")
        && let Some(shared) = defaults::extract(&mut services.value)
    {
        let at = shared.place.clone();
        top.push(Entry::new("defaults", shared, &at));
    }
    top.extend(names.tables(&place));
    top.extend(rest);
    tree.value = Value::Table(top);
    let Found { decisions, refused } = found;
    Translated { tree, decisions, refused, profiles: names.into_map() }
}

/// Every comment of something that goes away.
fn gather(node: Node, gone: &mut Comments) {
    gone.above.extend(node.comments.above);
    gone.above.extend(node.comments.beside);
    match node.value {
        Value::List(items) => items.into_iter().for_each(|item| gather(item, gone)),
        Value::Table(entries) => entries.into_iter().for_each(|entry| gather(entry.value, gone)),
        _ => {}
    }
    gone.above.extend(node.comments.below);
}

/// The block that opens a file stays at its top: it is what stands above the first key, up to the last empty line where that key
/// has a line of its own in stack.toml.
fn open(top: &mut Comments, key: &str, first: &mut Comments) {
    let end = match key {
        "services" | "version" | "name" => first.above.len(),
        _ => first.above.iter().rposition(String::is_empty).unwrap_or_default(),
    };
    let mut head: Vec<String> = first.above.drain(..end).collect();
    head.truncate(head.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1));
    first.above.retain(|line| !line.is_empty());
    top.above.extend(head);
}

/// Comments of what goes away stay at the top.
fn leave(top: &mut Comments, gone: Comments) {
    let lines: Vec<String> = gone.into_lines().collect();
    if !lines.is_empty() && !top.above.is_empty() {
        top.above.push(String::new());
    }
    top.above.extend(lines);
}

/// `name`, as Compose derives it; the comments beside the source's are kept.
fn project_name(written: Option<Entry>, options: &Options<'_>, place: &Place) -> Entry {
    let mut name = written.unwrap_or_else(|| Entry::new("name", text(options.name, place), place));
    name.value.value = Value::Text(options.name.to_owned());
    name
}

fn services(section: Entry, names: &mut Names<'_>, found: &mut Found) -> Entry {
    let Entry { key, key_place, value } = section;
    let Node { value: Value::Table(services), place, comments, .. } = value else {
        return Entry { key, key_place, value };
    };
    let mut services: Vec<Entry> =
        services.into_iter().map(|service| service::translate(service, names, found)).collect();
    // `[services]` has no line of its own: its comments stand above the first.
    let Comments { mut above, beside, below } = comments;
    above.extend(beside);
    if let Some(first) = services.first_mut()
        && !above.is_empty()
    {
        if !first.value.comments.above.is_empty() {
            above.push(String::new());
        }
        first.value.comments.above.splice(0..0, above);
    }
    let comments = Comments { below, ..Comments::default() };
    Entry { key, key_place, value: with(Value::Table(services), place, comments) }
}

/// `volumes`, `networks`, `secrets`, `configs` and what else stands at the top. One without options is an empty table.
fn section(section: Entry, found: &mut Found) -> Option<Entry> {
    let Entry { key, key_place, value } = section;
    if key.starts_with("x-") {
        return Some(Entry::new(key, service::without_null(value), &key_place));
    }
    if value.value == Value::Null {
        let why = format!("Compose refuses it: {key} must be a mapping");
        found.refuse(&key_place, format!("`{key}` is empty"), why);
        return None;
    }
    let mut value = carry(value, &mut KeyPath::from([key.as_str()]));
    if let Value::Table(resources) = &mut value.value {
        for resource in resources {
            resource.value.null_to_table();
            external(&mut resource.value);
        }
    }
    Some(Entry::new(key, value, &key_place))
}

/// `external: { name: x }` is `external = true` with `name = "x"`.
fn external(resource: &mut Node) {
    let Value::Table(entries) = &mut resource.value else { return };
    let Some(at) = entries.iter().position(|entry| entry.key == "external") else { return };
    match &mut entries[at].value.value {
        Value::Table(inside) => {
            let inside = std::mem::take(inside);
            entries[at].value.value = Value::Boolean(true);
            if !entries.iter().any(|entry| entry.key == "name") {
                entries.extend(inside.into_iter().filter(|entry| entry.key == "name"));
            }
        }
        Value::Text(text) if matches!(text.as_str(), "true" | "false") => {
            let is_true = text == "true";
            entries[at].value.value = Value::Boolean(is_true);
        }
        _ => {}
    }
    // It says nothing, and a reader of stack.toml need not see it.
    if entries[at].value.value == Value::Boolean(false) {
        let mut gone = entries.remove(at);
        let comments = std::mem::take(&mut gone.value.comments);
        inherit(resource, comments);
    }
}
