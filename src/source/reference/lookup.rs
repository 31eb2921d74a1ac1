//! Lookups in the reference: the shape of the value at a key path, and the keys of a service that are unknown.

use super::{
    compose::{DEPLOY, REST},
    form::{Form, Table},
    key::{Key, names},
    service::SERVICE,
    top::TOP_TABLE,
};
use crate::{
    diag::{KeyPath, Segment, nearest},
    model::{Map, Value},
    source::shape::Shape,
};

/// The shape of the value at a place, where it is kept or interpolated as Compose takes it.
pub(in crate::source) fn shape_at(path: &KeyPath) -> Option<Shape> {
    in_table(&TOP_TABLE, &path.0)
}

fn in_table(table: &Table, path: &[Segment]) -> Option<Shape> {
    let (Segment::Key(key), rest) = path.split_first()? else { return None };
    match table.keys.iter().find(|known| known.name == key) {
        Some(known) => in_form(&known.form, rest),
        None => in_keys(table.kept, key, rest),
    }
}

fn in_keys(keys: &[Key<Shape>], key: &str, rest: &[Segment]) -> Option<Shape> {
    in_shape(keys.iter().find(|known| known.name == key)?.form, rest)
}

fn in_form(form: &Form, path: &[Segment]) -> Option<Shape> {
    match (form, path) {
        (Form::Of(shape), path) => in_shape(*shape, path),
        (Form::Map(_, of), [Segment::Key(_), rest @ ..])
        | (Form::List(of), [Segment::Index(_), rest @ ..]) => in_form(of, rest),
        (Form::Either(forms), path) => forms.iter().find_map(|form| in_form(form, path)),
        (Form::Table(table), path) => in_table(table, path),
        (Form::Service, path) => in_table(&SERVICE, path),
        (Form::Passthrough, [Segment::Key(key), rest @ ..]) if key == DEPLOY.name => {
            in_shape(DEPLOY.form, rest)
        }
        (Form::Passthrough, [Segment::Key(key), rest @ ..]) => in_keys(&REST, key, rest),
        _ => None,
    }
}

fn in_shape(shape: Shape, path: &[Segment]) -> Option<Shape> {
    match (shape, path) {
        (Shape::Distinct(of), path) => in_shape(*of, path),
        (Shape::Or(scalar, tree), path) => in_shape(if path.is_empty() { *scalar } else { *tree }, path),
        (shape, []) => Some(shape),
        (Shape::Each(of), [Segment::Index(_), rest @ ..])
        | (Shape::MapOf(of), [Segment::Key(_), rest @ ..]) => in_shape(*of, rest),
        (
            Shape::Keys(keys) | Shape::Closed(keys) | Shape::Needing(keys, _),
            [Segment::Key(key), rest @ ..],
        ) => in_keys(keys, key, rest),
        _ => None,
    }
}

/// A key of a table that the reference does not know.
#[derive(Debug)]
pub struct Unknown {
    /// The steps to it, from the table of the service.
    pub path: Vec<Segment>,
    /// A known key with a similar name.
    pub near: Option<&'static str>,
}

/// The keys of a service that the reference does not have: they came through `compose`, which is where newer keys go.
/// `rest` are its other keys, `compose` what was passed through.
pub fn unknown_keys(rest: &Map, compose: &Map) -> Vec<Unknown> {
    let mut found = Vec::new();
    let mut path = Vec::new();
    for (key, value) in rest.iter().chain(compose) {
        let known = REST.iter().chain([&DEPLOY]).find(|known| known.name == key);
        path.push(Segment::Key(key.clone()));
        match known {
            Some(known) => below(known.form, value, &mut path, &mut found),
            None if key.starts_with("x-") => {}
            None => {
                let known = names(&REST).chain(names(SERVICE.keys)).chain([DEPLOY.name]);
                found.push(Unknown { path: path.clone(), near: nearest(key, known) });
            }
        }
        path.pop();
    }
    found
}

fn below(shape: Shape, value: &Value, path: &mut Vec<Segment>, found: &mut Vec<Unknown>) {
    match (shape, value) {
        (Shape::Distinct(of) | Shape::Or(_, of), value) => below(*of, value, path, found),
        (Shape::Each(of), Value::List(items)) => {
            for (position, item) in items.iter().enumerate() {
                path.push(Segment::Index(position));
                below(*of, item, path, found);
                path.pop();
            }
        }
        (Shape::MapOf(of), Value::Map(map)) => {
            for (key, value) in map {
                path.push(Segment::Key(key.clone()));
                below(*of, value, path, found);
                path.pop();
            }
        }
        (Shape::Keys(keys) | Shape::Closed(keys) | Shape::Needing(keys, _), Value::Map(map)) => {
            let extensions = !matches!(shape, Shape::Closed(_));
            for (key, value) in map {
                match keys.iter().find(|known| known.name == key) {
                    Some(known) => {
                        path.push(Segment::Key(key.clone()));
                        below(known.form, value, path, found);
                        path.pop();
                    }
                    None if extensions && key.starts_with("x-") => {}
                    None => {
                        path.push(Segment::Key(key.clone()));
                        found.push(Unknown { path: path.clone(), near: nearest(key, names(keys)) });
                        path.pop();
                    }
                }
            }
        }
        _ => {}
    }
}
