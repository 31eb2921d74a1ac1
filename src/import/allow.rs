//! `allow` for what stackctl reports as an error and Compose accepts, and the comments beside it.

use std::collections::HashSet;

use crate::{
    diag::{Allow, Diagnostic, KeyPath, Place, Segment, Severity},
    source::compose::node::{Entry, Node, Value},
};

/// Tables that take an `allow`.
const OWNERS: [&str; 6] = ["services", "profiles", "volumes", "networks", "secrets", "configs"];

/// One finding that stack.toml is to allow.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Allowed {
    /// `services`, `profiles` and the like, and the name below.
    pub owner: [String; 2],
    /// The code.
    pub code: &'static str,
}

/// What of the findings can be allowed and is not refused as such: each once, with the finding.
pub fn allowable<'d>(found: &'d [Diagnostic], refused: &HashSet<Allowed>) -> Vec<(Allowed, &'d Diagnostic)> {
    let mut seen = HashSet::new();
    let errors = errors(found).filter(|(allowed, it)| {
        !matches!(it.allow, Allow::Never(_)) && !refused.contains(allowed) && seen.insert(allowed.clone())
    });
    errors.collect()
}

/// What is allowed and an error all the same: Compose refuses it in every selection.
pub fn not_taken(found: &[Diagnostic], written: &[Allowed]) -> Vec<Allowed> {
    errors(found).map(|(allowed, _)| allowed).filter(|allowed| written.contains(allowed)).collect()
}

/// The errors in a table that has an `allow`.
fn errors(found: &[Diagnostic]) -> impl Iterator<Item = (Allowed, &Diagnostic)> {
    let errors = found.iter().filter(|it| it.severity == Severity::Error);
    errors.filter_map(|it| owner(it).map(|owner| (Allowed { owner, code: it.code.name }, it)))
}

fn owner(found: &Diagnostic) -> Option<[String; 2]> {
    let (Place::Value(path) | Place::Key(path)) = found.place.as_ref()? else { return None };
    match path.0.as_slice() {
        [Segment::Key(table), Segment::Key(name), ..] if OWNERS.contains(&table.as_str()) => {
            Some([table.clone(), name.clone()])
        }
        _ => None,
    }
}

/// Write `allow = { CODE = "REASON" }`.
pub fn allow(tree: &mut Node, allowed: &Allowed, reason: &str) {
    let Some(table) = find(tree, &allowed.owner) else { return };
    let place = table.place.clone();
    let entry = |key: &str, value| Entry::new(key, Node::new(value, place.clone()), &place);
    let Value::Table(entries) = &mut table.value else { return };
    let reason = entry(allowed.code, Value::Text(reason.to_owned()));
    match entries.iter_mut().find(|entry| entry.key == "allow").map(|entry| &mut entry.value.value) {
        Some(Value::Table(codes)) => codes.push(reason),
        _ => entries.push(entry("allow", Value::Table(vec![reason]))),
    }
}

/// Take an entry back.
pub fn take_back(tree: &mut Node, allowed: &Allowed) {
    let Some(owner) = find(tree, &allowed.owner) else { return };
    let Some(codes) = owner.get_mut("allow") else { return };
    codes.take(allowed.code);
    if codes.entries().is_empty() {
        owner.take("allow");
    }
}

/// Propose `excludes` where two profiles collide; it is not written, since it changes what can be started.
pub fn propose_excludes(tree: &mut Node, collision: &Diagnostic) {
    let Some([one, other]) = collision.combination.as_deref() else { return };
    let Some(profile) = find(tree, &["profiles".to_owned(), one.clone()]) else { return };
    let lines = [
        format!("`{one}` and `{other}` collide ({}). Where they are alternatives:", collision.code.name),
        format!("excludes = [\"{other}\"]"),
    ];
    for line in lines {
        if !profile.comments.below.contains(&line) {
            profile.comments.below.push(line);
        }
    }
}

fn find<'n>(tree: &'n mut Node, path: &[String; 2]) -> Option<&'n mut Node> {
    path.iter().try_fold(tree, |node, key| node.get_mut(key))
}

/// A path of stack.toml for messages.
pub fn shown(allowed: &Allowed) -> String {
    KeyPath::from([allowed.owner[0].as_str(), allowed.owner[1].as_str()]).to_string()
}
