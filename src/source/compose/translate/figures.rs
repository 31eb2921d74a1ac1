//! `limits`, `reservations` and `replicas`, for which Compose has two spellings each.

use super::{
    super::decision::{Decision, NO_EFFECT, RESPELLED},
    carry::carry,
    found::Found,
    tree::{self, inherit, node, shown, with},
};
use crate::{
    diag::KeyPath,
    model::{Bytes, Cpus, variable},
    source::compose::node::{Comments, Entry, Node, Place, Value},
};

/// What a service says of its size.
#[derive(Debug, Default)]
pub(super) struct Figures {
    limits: Vec<Entry>,
    reservations: Vec<Entry>,
    replicas: Option<Entry>,
    deploy: Vec<Entry>,
    /// The keys beside `deploy`, each with the key path of the value that must agree.
    short: Vec<(&'static str, &'static str, Node)>,
    /// What `deploy` holds, by path.
    long: Vec<(&'static str, Node)>,
    has_limits: bool,
    has_reservations: bool,
    comments: Comments,
    place: Option<Place>,
    /// Whether a table is written that nothing but the key itself says.
    pub(super) decisions: Vec<Decision>,
}

/// Compose's short spelling, the table and key of stack.toml, and the path in `deploy`.
const SHORT: [(&str, &str, &str, &str); 4] = [
    ("mem_limit", "limits", "memory", "deploy.resources.limits.memory"),
    ("cpus", "limits", "cpus", "deploy.resources.limits.cpus"),
    ("pids_limit", "limits", "pids", "deploy.resources.limits.pids"),
    ("mem_reservation", "reservations", "memory", "deploy.resources.reservations.memory"),
];
const REPLICAS: &str = "deploy.replicas";

impl Figures {
    /// Take a key of the service; one that is not about its size comes back.
    pub(super) fn take(&mut self, service: &str, from: Entry) -> Option<Entry> {
        if let Some((short, table, key, long)) = SHORT.into_iter().find(|row| row.0 == from.key) {
            self.short.push((short, long, from.value.clone()));
            self.figure(service, short, table, key, from);
            return None;
        }
        match from.key.as_str() {
            "scale" => {
                self.short.push(("scale", REPLICAS, from.value.clone()));
                self.replicas(service, "scale", from);
                None
            }
            "deploy" => {
                self.deploy(service, from);
                None
            }
            _ => Some(from),
        }
    }

    fn deploy(&mut self, service: &str, from: Entry) {
        self.place.get_or_insert(from.key_place.clone());
        let Value::Table(entries) = from.value.value else {
            if from.value.value != Value::Null {
                self.deploy.push(from);
            }
            return;
        };
        let mut rest = Vec::new();
        for part in entries {
            match (part.key.as_str(), &part.value.value) {
                ("replicas", _) => {
                    self.long.push((REPLICAS, part.value.clone()));
                    self.replicas(service, REPLICAS, part);
                }
                ("resources", Value::Table(_)) => self.resources(service, part),
                ("resources", Value::Null) => {}
                _ => rest.push(part),
            }
        }
        if rest.is_empty() {
            self.leave(from.value.comments);
        } else {
            let value = with(Value::Table(rest), from.value.place, from.value.comments);
            self.deploy.push(Entry { value, ..from });
        }
    }

    fn resources(&mut self, service: &str, resources: Entry) {
        let Node { value: Value::Table(kinds), comments, .. } = resources.value else { return };
        self.leave(comments);
        let mut unknown = Vec::new();
        for kind in kinds {
            let (table, has) = match kind.key.as_str() {
                "limits" => ("limits", &mut self.has_limits),
                "reservations" => ("reservations", &mut self.has_reservations),
                _ => {
                    unknown.push(kind);
                    continue;
                }
            };
            let Node { value: Value::Table(figures), comments, .. } = kind.value else { continue };
            *has = true;
            self.leave(comments);
            for figure in figures {
                let long = SHORT.iter().find(|row| row.1 == table && row.2 == figure.key).map(|row| row.3);
                match (long, figure.key.as_str()) {
                    (Some(long), key) => {
                        let key = key.to_owned();
                        self.long.push((long, figure.value.clone()));
                        self.figure(service, long, table, &key, figure);
                    }
                    // `devices`, and what only Swarm reads.
                    _ => self.table(table).push(figure),
                }
            }
        }
        if !unknown.is_empty() {
            let value = node(Value::Table(unknown), &resources.key_place);
            let deploy = Entry::new("resources", value, &resources.key_place);
            let value = node(Value::Table(vec![deploy]), &resources.key_place);
            self.deploy.push(Entry::new("deploy", value, &resources.key_place));
        }
    }

    fn table(&mut self, table: &str) -> &mut Vec<Entry> {
        if table == "limits" { &mut self.limits } else { &mut self.reservations }
    }

    fn figure(&mut self, service: &str, from: &str, table: &'static str, key: &str, was: Entry) {
        self.place.get_or_insert(was.key_place.clone());
        let path = format!("services.{service}.{from}");
        let text = shown(&was.value);
        let Some(value) = figure(&was.value, key) else {
            self.decisions.push(
                Decision::changed(
                    &NO_EFFECT,
                    path,
                    format!("`{from}: {text}` of service `{service}` means no limit, and is left out"),
                )
                .from(text)
                .at(&was.value.place),
            );
            self.leave(was.value.comments);
            return;
        };
        // The two spellings agree, or the file is refused.
        if let Some(known) = self.table(table).iter_mut().find(|known| known.key == key) {
            inherit(&mut known.value, was.value.comments);
            return;
        }
        let message = format!("`{from}` of service `{service}` is `{table}.{key}` in stack.toml");
        self.decisions.push(
            Decision::changed(&RESPELLED, path, message)
                .between(text.clone(), format!("{table}.{key} = {text}"))
                .at(&was.key_place),
        );
        let mut value = Node { value, ..was.value };
        let gone = std::mem::take(&mut self.comments);
        inherit(&mut value, gone);
        self.table(table).push(Entry::new(key, value, &was.key_place));
    }

    fn replicas(&mut self, service: &str, from: &str, was: Entry) {
        self.place.get_or_insert(was.key_place.clone());
        if was.value.value == Value::Null {
            return self.leave(was.value.comments);
        }
        if let Some(known) = &mut self.replicas {
            return inherit(&mut known.value, was.value.comments);
        }
        let text = shown(&was.value);
        let message = format!("`{from}` of service `{service}` is `replicas` in stack.toml");
        self.decisions.push(
            Decision::changed(&RESPELLED, format!("services.{service}.{from}"), message)
                .between(text.clone(), format!("replicas = {text}"))
                .at(&was.key_place),
        );
        let mut value = was.value;
        inherit(&mut value, std::mem::take(&mut self.comments));
        self.replicas = Some(Entry::new("replicas", value, &was.key_place));
    }

    fn leave(&mut self, comments: Comments) {
        self.comments.above.extend(comments.into_lines());
    }

    /// Report where Compose refuses the file because the spellings do not agree: a value that one of them leaves out counts as
    /// another one (measured on 2.40.3).
    pub(super) fn refuse_disagreements(&self, service: &str, found: &mut Found) {
        for (short, long, value) in &self.short {
            let asked = match *long {
                REPLICAS => false,
                long if long.contains(".limits.") => self.has_limits,
                _ => self.has_reservations,
            };
            let agrees = match self.long.iter().find(|other| other.0 == *long) {
                Some((_, other)) => same(value, other),
                None => !asked || figure(value, "").is_none(),
            };
            if !agrees {
                let message = format!("`{short}` of service `{service}` disagrees with `{long}`");
                let why = format!("Compose refuses it: can't set distinct values on '{short}' and '{long}'");
                found.refuse(&value.place, message, why);
            }
        }
    }

    /// The keys of stack.toml: `limits`, `reservations`, `replicas`, and the rest of `deploy`.
    pub(super) fn into_entries(self, service: &str) -> Vec<Entry> {
        let Self { limits, reservations, replicas, deploy, comments, place, .. } = self;
        let Some(place) = place else { return Vec::new() };
        let mut found = Vec::new();
        for (key, entries) in [("limits", limits), ("reservations", reservations)] {
            if entries.is_empty() {
                continue;
            }
            let mut table = node(Value::Table(entries), &place);
            if let Value::Table(entries) = &mut table.value
                && let [only] = entries.as_mut_slice()
            {
                table.comments = std::mem::take(&mut only.value.comments);
            }
            let mut path = KeyPath::from(["services", service, key]);
            found.push(Entry::new(key, carry(table, &mut path), &place));
        }
        found.extend(replicas);
        let mut rest: Vec<Entry> = Vec::new();
        for part in deploy {
            match (rest.iter_mut().find(|known| known.key == part.key), part.value) {
                (Some(known), Node { value: Value::Table(more), .. }) => {
                    if let Value::Table(entries) = &mut known.value.value {
                        entries.extend(more);
                    }
                }
                (_, value) => rest.push(Entry { value, ..part }),
            }
        }
        for part in rest {
            let mut path = KeyPath::from(["services", service, part.key.as_str()]);
            found.push(Entry { value: carry(part.value, &mut path), ..part });
        }
        if let Some(first) = found.first_mut() {
            inherit(&mut first.value, comments);
        }
        found
    }
}

/// A figure as stack.toml takes it; `None` where it means no limit. Bytes get their unit.
fn figure(was: &Node, key: &str) -> Option<Value> {
    match (&was.value, key) {
        (Value::Null, _) => None,
        (Value::Integer(0), _) => None,
        (Value::Integer(bytes), "memory") => {
            u64::try_from(*bytes).ok().map(|bytes| Value::Text(Bytes(bytes).exact()))
        }
        (Value::Float(number), _) if *number == 0.0 => None,
        (Value::Text(text), "memory") if !variable::has_variable(text) => match Bytes::parse(text) {
            Ok(Bytes(0)) => None,
            Err(_) if text.starts_with('-') => None,
            _ => Some(was.value.clone()),
        },
        (Value::Text(text), "cpus") if !variable::has_variable(text) => match Cpus::parse(text) {
            Ok(Cpus { nanos: 0 }) => None,
            // A number reads better than its text.
            Ok(cpus) => Some(Value::Float(cpus.as_f64())),
            Err(_) => text.parse().map_or(Some(was.value.clone()), |number: f64| Some(Value::Float(number))),
        },
        (Value::Text(text), _) if text == "0" => None,
        _ => Some(was.value.clone()),
    }
}

/// Whether two spellings hold the same value. Variables are compared by Compose alone.
fn same(one: &Node, other: &Node) -> bool {
    let text = |node: &Node| match node.text() {
        Some(text) => text.to_owned(),
        None => tree::shown(node),
    };
    let (one, other) = (text(one), text(other));
    one == other
        || variable::has_variable(&one)
        || variable::has_variable(&other)
        || matches!((one.parse::<f64>(), other.parse::<f64>()), (Ok(one), Ok(other)) if one == other)
        || matches!((Bytes::parse(&one), Bytes::parse(&other)), (Ok(one), Ok(other)) if one == other)
}
