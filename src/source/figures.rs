//! `mem_limit`, `cpus` and the like, which Compose has beside `deploy.resources`: what stack.toml says instead, with the user's own
//! figures, and so that every table is written once.

use super::{
    compose_keys::OWNED_KEY,
    table::{Item, Table},
    tree::Kind,
};
use crate::{diag::Diagnostic, model::Bytes};

/// Compose's short key of a figure, and its table and key: in stack.toml, and below `deploy.resources` of Compose.
pub const FIGURES: [(&str, &str, &str); 4] = [
    ("mem_limit", "limits", "memory"),
    ("cpus", "limits", "cpus"),
    ("pids_limit", "limits", "pids"),
    ("mem_reservation", "reservations", "memory"),
];
/// Longer values are not repeated.
const LONGEST: usize = 40;

/// The finding about such a key of a service, with all of them that belong into one table.
pub(super) fn owned(item: &Item<'_, '_>, service: &Table<'_, '_>) -> Option<Diagnostic> {
    let (key, table, _) = *FIGURES.iter().find(|(key, ..)| *key == item.key())?;
    let figures = FIGURES.iter().filter(|(_, of, _)| *of == table);
    let written = figures.filter_map(|(key, _, name)| Some((*name, service.get(key)?)));
    let written: Vec<_> = written.filter(|(_, other)| other.is_inherited() == item.is_inherited()).collect();
    let entries: Option<Vec<String>> =
        written.iter().map(|(name, item)| Some(format!("{name} = {}", value(item, name)?))).collect();
    let entries = entries?;
    let is_there = service.get(table).is_some_and(|item| !item.is_inherited());
    let (write, place) = match is_there {
        true => {
            let entries: Vec<String> = entries.iter().map(|entry| format!("`{entry}`")).collect();
            (entries.join(" and "), format!(" into its `{table}`"))
        }
        false => (format!("`{table} = {{ {} }}`", entries.join(", ")), String::new()),
    };
    let found = item
        .key_error(&OWNED_KEY, format!("`{key}` has another name in stack.toml"))
        .help(format!("write {write}{place}"));
    Some(match written.len() {
        1 => found.label(format!("write {write}{place}")).together_with(
            format!("{{}} services have `{key}`, which has another name in stack.toml"),
            format!("write each as a figure of `{table}`, as the labels say"),
        ),
        _ => {
            let of = item.key_path().parent();
            found
                .label("Compose's key")
                .together(format!("{{}} keys of {of} have another name in stack.toml"))
        }
    })
}

/// The value as stack.toml takes it.
fn value(item: &Item<'_, '_>, name: &str) -> Option<String> {
    let text = match (item.node.kind(), name) {
        (Kind::Integer(number), "memory") => {
            format!("\"{}\"", Bytes(u64::try_from(number.value()?).ok()?).exact())
        }
        (Kind::Integer(_) | Kind::Float(_) | Kind::String(_), _) => item.node.source().to_owned(),
        _ => return None,
    };
    (text.len() <= LONGEST && !text.contains(['\n', '`'])).then_some(text)
}
