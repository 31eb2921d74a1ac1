//! Lookups in the reference: the shape of the value at a key path.

use super::{
    compose::REST,
    form::{Form, Table},
    key::{DOOR, Key},
    parts::DEPLOY,
    service::SERVICE,
    top::TOP_TABLE,
};
use crate::{
    diag::{KeyPath, Segment},
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
        None => in_keys(table.kept, path),
    }
}

/// What keys that are kept hold, also in `compose` of their table.
fn in_keys(keys: &[Key<Shape>], path: &[Segment]) -> Option<Shape> {
    let (Segment::Key(key), rest) = path.split_first()? else { return None };
    if key == DOOR {
        return in_keys(keys, rest);
    }
    in_shape(keys.iter().find(|known| known.name == key)?.form, rest)
}

fn in_form(form: &Form, path: &[Segment]) -> Option<Shape> {
    match (form, path) {
        (Form::Of(shape), path) => in_shape(*shape, path),
        (Form::Given(of), []) => match of {
            Form::Size => Some(Shape::Size),
            Form::Cpus => Some(Shape::Number),
            Form::Flag => Some(Shape::Bool),
            Form::Whole(least, most) => Some(Shape::Between(*least, *most)),
            _ => None,
        },
        (Form::Map(_, of), [Segment::Key(_), rest @ ..])
        | (Form::List(of), [Segment::Index(_), rest @ ..]) => in_form(of, rest),
        (Form::Either(forms), path) => forms.iter().find_map(|form| in_form(form, path)),
        (Form::Table(table), path) => in_table(table, path),
        (Form::Service, path) => in_table(&SERVICE, path),
        (Form::Passthrough, [Segment::Key(key), rest @ ..]) if key == "deploy" => in_table(&DEPLOY, rest),
        (Form::Passthrough, path) => in_keys(&REST, path),
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
        (Shape::Keys(keys) | Shape::Closed(keys) | Shape::Needing(keys, _), path) => in_keys(keys, path),
        _ => None,
    }
}
