//! The JSON Schema of stack.toml, for editors.
//!
//! Draft 7: what the TOML language servers read. TOML has a type that JSON has not: a date, which they show to the schema as
//! a text, so that a date where a text belongs is left to `validate`.

use serde_json::{Map, Value, json};

use super::{
    compose::REST,
    form::{Form, Naming, Needs, Table},
    service::SERVICE,
    shapes::{
        CPUS, DIGITS, PLAIN_DURATION, PROFILE, SIZE, VARIABLE, any_of, door, list, map, object, property,
        shape, text, whole,
    },
    top::TOP_TABLE,
};

/// Its title, by which a schema that some stackctl wrote is known.
pub(super) const TITLE: &str = "stack.toml";

/// The JSON Schema: the same text for the same program.
pub fn schema() -> Value {
    let mut top = table(&TOP_TABLE);
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), json!("http://json-schema.org/draft-07/schema#"));
    schema.insert("title".to_owned(), json!(TITLE));
    schema.insert("description".to_owned(), json!("One declaration of a stack, for stackctl"));
    if let Some(top) = top.as_object_mut() {
        schema.append(top);
    }
    let mut definitions = Map::new();
    definitions.insert("service".to_owned(), table(&SERVICE));
    schema.insert("definitions".to_owned(), definitions.into());
    schema.into()
}

fn form(form: &Form) -> Value {
    match form {
        Form::Of(of) => shape(*of, false),
        Form::Flag => json!({ "type": "boolean" }),
        Form::Name(Naming::Project) => text("^[a-z0-9][a-z0-9_-]*$"),
        Form::Name(Naming::Container) => any_of([text(PROFILE), text(VARIABLE)]),
        Form::Profiles => list(text(PROFILE)),
        Form::Size => text(SIZE),
        Form::Swap => any_of([text(SIZE), json!({ "enum": [-1, "-1"] })]),
        Form::Cpus => any_of([json!({ "type": "number", "exclusiveMinimum": 0 }), text(CPUS)]),
        Form::Whole(least, most) => any_of([whole(*least, *most), text(DIGITS)]),
        Form::UpTo(most) => json!({ "type": "number", "minimum": 0, "maximum": most }),
        Form::Span => text(PLAIN_DURATION),
        Form::StartsWith(words) => text(&format!("^({})", words.join("|"))),
        Form::PortRange => any_of([whole(0, 65_535), text("^[0-9]+(-[0-9]+)?$")]),
        Form::TextOrWhole => json!({ "type": ["string", "integer"] }),
        Form::Word(words) => json!({ "enum": words }),
        Form::Given(of) => any_of([self::form(of), text(VARIABLE)]),
        Form::Condition => json!({ "enum": [
            "started", "healthy", "completed",
            "service_started", "service_healthy", "service_completed_successfully",
        ] }),
        Form::Map(_, of) => map(self::form(of)),
        Form::List(of) => list(self::form(of)),
        Form::Either(forms) => any_of(forms.iter().map(self::form)),
        Form::Passthrough => {
            let known = REST.iter().map(|key| property(key, shape(key.form, true)));
            json!({ "type": "object", "properties": known.collect::<Map<_, _>>() })
        }
        Form::Service => json!({ "$ref": "#/definitions/service" }),
        Form::Table(of) => table(of),
    }
}

fn table(table: &Table) -> Value {
    let kept = table.kept.iter().map(|key| property(key, shape(key.form, false)));
    let properties = table.keys.iter().map(|key| property(key, form(&key.form))).chain(kept);
    let door = table.door.then(door);
    let mut schema = object(properties.chain(door).collect(), table.keys, table.extensions);
    match table.needs {
        Needs::Nothing => {}
        Needs::OneOf(present, yes) => {
            let is_there = present.iter().map(|key| json!({ "required": [key] }));
            let is_true =
                yes.iter().map(|key| json!({ "required": [key], "properties": { *key: { "const": true } } }));
            schema["anyOf"] = is_there.chain(is_true).collect();
        }
        Needs::Where(key, value, other) => {
            schema["if"] = json!({ "required": [key], "properties": { key: { "const": value } } });
            schema["then"] = json!({ "required": [other] });
        }
    }
    schema
}
