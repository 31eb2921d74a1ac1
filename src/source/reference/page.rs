//! The tables one after the other, as a page shows them.

use super::{
    describe,
    form::{Form, Needs, Table},
    key::{Key, names},
    service::SERVICE,
    top::TOP_TABLE,
};
use crate::source::shape::Shape;

/// A table of stack.toml.
#[derive(Debug)]
pub struct Section {
    /// Its path: `services.SERVICE.healthcheck`; `[]` is an element of a list. Empty for the top.
    pub path: String,
    /// Its keys.
    pub entries: Vec<Entry>,
    /// Keys of which it has to have one.
    pub one_of: Vec<&'static str>,
}

/// A key of a table.
#[derive(Debug)]
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// What it takes, in words.
    pub takes: String,
    /// What it is for: a sentence without a full stop.
    pub about: &'static str,
    /// A value, as it is written in TOML; may be empty.
    pub example: &'static str,
    /// Whether the table cannot do without it.
    pub required: bool,
    /// Whether it is kept for Compose as it is.
    pub kept: bool,
}

/// Every table, each before those below it.
pub fn sections() -> Vec<Section> {
    let mut sections = Vec::new();
    table("", &TOP_TABLE, &mut sections);
    sections
}

fn table(path: &str, of: &Table, sections: &mut Vec<Section>) {
    let own = of.keys.iter().map(|key| entry(key, describe::form(&key.form), false));
    let kept = of.kept.iter().map(|key| entry(key, describe::shape(key.form), !of.keys.is_empty()));
    let one_of = match of.needs {
        Needs::OneOf(present, yes) => {
            names(of.keys).filter(|key| present.contains(key) || yes.contains(key)).collect()
        }
        Needs::Nothing | Needs::Where(..) => Vec::new(),
    };
    let entries: Vec<Entry> = own.chain(kept).collect();
    if !entries.is_empty() {
        sections.push(Section { path: path.to_owned(), entries, one_of });
    }
    of.keys.iter().for_each(|key| form(&below(path, key.name), &key.form, sections));
    of.kept.iter().for_each(|key| shape(&below(path, key.name), key.form, sections));
}

fn entry<F>(key: &Key<F>, takes: String, kept: bool) -> Entry {
    let Key { name, about, example, required, .. } = *key;
    Entry { name, takes, about, example, required, kept }
}

fn below(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// The tables inside of a value.
fn form(path: &str, of: &Form, sections: &mut Vec<Section>) {
    match of {
        Form::Of(of) => shape(path, *of, sections),
        Form::Map(key, of) => form(&below(path, key), of, sections),
        Form::List(of) => form(&format!("{path}[]"), of, sections),
        Form::Either(forms) => {
            let mut found = Vec::new();
            forms.iter().for_each(|of| form(path, of, &mut found));
            // Alone and in a list it is the same table.
            found.dedup_by(|left, right| left.path.trim_end_matches("[]") == right.path);
            sections.extend(found);
        }
        Form::Table(of) => table(path, of, sections),
        // Listed once, under services.
        Form::Service if path == "defaults" => {}
        Form::Service => table(path, &SERVICE, sections),
        _ => {}
    }
}

fn shape(path: &str, of: Shape, sections: &mut Vec<Section>) {
    match of {
        Shape::Each(of) => shape(&format!("{path}[]"), *of, sections),
        Shape::MapOf(of) => shape(&below(path, "NAME"), *of, sections),
        Shape::Or(scalar, tree) => {
            shape(path, *scalar, sections);
            shape(path, *tree, sections);
        }
        Shape::Distinct(of) => shape(path, *of, sections),
        Shape::Keys(keys) | Shape::Closed(keys) | Shape::Needing(keys, _) => {
            let entries = keys.iter().map(|key| entry(key, describe::shape(key.form), false)).collect();
            sections.push(Section { path: path.to_owned(), entries, one_of: Vec::new() });
            keys.iter().for_each(|key| shape(&below(path, key.name), key.form, sections));
        }
        _ => {}
    }
}
