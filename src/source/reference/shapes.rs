//! The shapes of Compose's values as JSON Schema, and the texts that stackctl knows as regular expressions.

use serde_json::{Map, Value, json};

use super::{
    json::json_of,
    key::{DOOR, Key},
};
use crate::source::{
    requirement::Requirement,
    shape::{PULL_POLICIES, Shape},
};

/// A text that contains a variable.
pub(super) const VARIABLE: &str = r"^([^$]|\$\$|\$[^A-Za-z_{$])*\$[A-Za-z_{]";
/// A whole number as a text.
pub(super) const DIGITS: &str = "^[+-]?[0-9]+$";
/// A size, as `Bytes::parse` reads it.
pub(super) const SIZE: &str = r"^\+?([0-9]+(_[0-9]+)*(\.([0-9]+(_[0-9]+)*)?)?|\.[0-9]+(_[0-9]+)*)([eE][+-]?[0-9]+)? ?([kKmMgGtTpP]([iI]?[bB])?|[bB])?$";
/// A number of CPUs, as `Cpus::parse` reads it.
pub(super) const CPUS: &str = r"^[0-9]+(\.[0-9]{1,9}0*)?$";
/// A length of time, as `Duration::parse` reads it.
pub(super) const PLAIN_DURATION: &str = r"^(0|(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h|d|w))+)$";
/// The name of a profile or container.
pub(super) const PROFILE: &str = "^[a-zA-Z0-9][a-zA-Z0-9_.-]+$";
const NUMBER: &str = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$";

/// Any of these schemas.
pub(super) fn any_of(schemas: impl IntoIterator<Item = Value>) -> Value {
    json!({ "anyOf": schemas.into_iter().collect::<Vec<_>>() })
}

/// A list of what the schema describes.
pub(super) fn list(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

/// A table with any keys, and values of the schema.
pub(super) fn map(values: Value) -> Value {
    json!({ "type": "object", "additionalProperties": values })
}

/// A text of a pattern.
pub(super) fn text(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern })
}

/// A whole number between two; the limits of 64 bits are left out.
pub(super) fn whole(least: i64, most: i64) -> Value {
    let mut schema = json!({ "type": "integer" });
    if least > i64::MIN {
        schema["minimum"] = least.into();
    }
    if most < i64::MAX {
        schema["maximum"] = most.into();
    }
    schema
}

/// The schema of a shape. In an `open` one, keys that are not known may hold anything.
pub(super) fn shape(of: Shape, open: bool) -> Value {
    let string = || json!({ "type": "string" });
    let scalar = || json!({ "type": ["string", "number", "boolean"] });
    match of {
        Shape::Bool => any_of([json!({ "type": "boolean" }), text(VARIABLE)]),
        Shape::BareBool => json!({ "type": "boolean" }),
        Shape::Int => any_of([json!({ "type": "integer" }), text(DIGITS), text(VARIABLE)]),
        Shape::Between(least, most) => any_of([whole(least, most), text(DIGITS), text(VARIABLE)]),
        Shape::BareInt(least, most) => whole(least, most),
        Shape::Number => any_of([json!({ "type": "number" }), text(NUMBER), text(VARIABLE)]),
        Shape::BareNumber => json!({ "type": "number" }),
        Shape::DeviceCount => {
            any_of([json!({ "type": "integer" }), text("^([aA][lL]{2}|[+-]?[0-9]+)$"), text(VARIABLE)])
        }
        Shape::Text => string(),
        Shape::Filled => json!({ "type": "string", "minLength": 1 }),
        Shape::OneOf(words) => any_of([json!({ "enum": words }), text(VARIABLE)]),
        Shape::PullPolicy => any_of([
            json!({ "enum": PULL_POLICIES }),
            text("^(refresh|every_([0-9]+[wdhms])+)$"),
            text(VARIABLE),
        ]),
        Shape::Scalar => scalar(),
        Shape::TextOrBool => json!({ "type": ["string", "boolean"] }),
        Shape::Size => any_of([whole(0, i64::MAX), text(SIZE), text(VARIABLE)]),
        Shape::Duration => any_of([text(PLAIN_DURATION), text(VARIABLE)]),
        Shape::Mode | Shape::ModeNumber => any_of([whole(0, 0o7777), text("^(0o)*[0-7]+$")]),
        Shape::List => list(string()),
        Shape::Scalars => list(scalar()),
        Shape::TextOrList | Shape::Command | Shape::Test => any_of([string(), list(string())]),
        Shape::Texts => named(string()),
        Shape::ListOrMap | Shape::Variables => any_of([named(scalar()), list(string())]),
        Shape::Pairs(words) => {
            let word = words.iter().map(|word| format!("|^{word}$")).collect::<String>();
            any_of([named(scalar()), list(any_of([text(&format!("={word}")), text(VARIABLE)]))])
        }
        Shape::Hosts => any_of([named(any_of([string(), list(string())])), list(string())]),
        Shape::Each(of) => list(shape(*of, open)),
        Shape::MapOf(of) => map(shape(*of, open)),
        Shape::Keys(of) => keys(of, true, open),
        Shape::Closed(of) => keys(of, false, open),
        Shape::Needing(of, need) => needing(keys(of, true, open), need),
        Shape::Distinct(of) => distinct(shape(*of, open)),
        Shape::Or(scalar, tree) => any_of([shape(*scalar, open), shape(*tree, open)]),
        Shape::Any => json!({}),
    }
}

/// A table of values of one kind, none of them without a name.
fn named(values: Value) -> Value {
    let mut schema = map(values);
    schema["propertyNames"] = json!({ "minLength": 1 });
    schema
}

fn needing(mut table: Value, need: Requirement) -> Value {
    match need {
        Requirement::Unless(key, words, other) => {
            let free = json!({ "anyOf": [{ "enum": words }, text(VARIABLE)] });
            table["if"] = json!({ "required": [key], "properties": { key: { "not": free } } });
            table["then"] = json!({ "required": [other] });
        }
        Requirement::NotBoth(one, other) => table["not"] = json!({ "required": [one, other] }),
    }
    table
}

/// The same, where the lists hold no item twice.
fn distinct(mut schema: Value) -> Value {
    if let Some(kinds) = schema.get_mut("anyOf").and_then(Value::as_array_mut) {
        for kind in kinds {
            *kind = distinct(kind.take());
        }
    } else if schema["type"] == "array" {
        schema["uniqueItems"] = true.into();
    }
    schema
}

/// A table of Compose's own. In an `open` one, keys that are not known may hold anything.
fn keys(keys: &[Key<Shape>], extensions: bool, open: bool) -> Value {
    let properties = keys.iter().map(|key| property(key, shape(key.form, open))).chain([door()]);
    let mut schema = object(properties.collect(), keys, extensions);
    if open && let Some(schema) = schema.as_object_mut() {
        schema.remove("additionalProperties");
    }
    schema
}

/// `compose` of a table. The keys that it may hold are not repeated: the schema would be twice as long.
pub(super) fn door() -> (String, Value) {
    (DOOR.to_owned(), json!({ "type": "object", "description": "Other Compose keys of this table" }))
}

/// A table of these keys, with their schemas as `properties`.
pub(super) fn object<F>(properties: Map<String, Value>, keys: &[Key<F>], extensions: bool) -> Value {
    // Not `false`: Taplo 0.9 then underlines the whole table, once for every key in it. This one points at the unknown key,
    // and the title is what its message shows.
    let unknown = json!({ "not": { "title": "an unknown key" } });
    let mut schema = json!({ "type": "object", "properties": properties, "additionalProperties": unknown });
    let required: Vec<&str> = keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    if extensions {
        schema["patternProperties"] = json!({ "^x-": true });
    }
    schema
}

/// A key with what an editor shows of it. Beside a `$ref` nothing else counts in draft 7, so that one is wrapped.
pub(super) fn property<F>(key: &Key<F>, of: Value) -> (String, Value) {
    let mut schema = if of.get("$ref").is_some() { json!({ "allOf": [of] }) } else { of };
    schema["description"] = key.about.into();
    if let Some(example) = example(key.example).filter(|_| !key.example.is_empty()) {
        schema["examples"] = json!([example]);
    }
    (key.name.to_owned(), schema)
}

/// The value that is written in an example.
fn example(text: &str) -> Option<Value> {
    json_of(&format!("it = {text}"))?.get_mut("it").map(Value::take)
}
