//! Forms and shapes in words, for people.

use super::form::{Form, Naming};
use crate::source::shape::Shape;

/// What a form takes.
pub(super) fn form(of: &Form) -> String {
    match of {
        Form::Of(of) => shape(*of),
        Form::Flag => "boolean".to_owned(),
        Form::Name(Naming::Project) => "string of `a-z 0-9 _ -`".to_owned(),
        Form::Name(Naming::Container) | Form::StartsWith(_) => "string".to_owned(),
        Form::Profiles => "list of profiles".to_owned(),
        Form::Size => "size".to_owned(),
        Form::Swap => "size, or -1".to_owned(),
        Form::Cpus => "number".to_owned(),
        Form::Whole(..) => "integer".to_owned(),
        Form::UpTo(most) => format!("number from 0 to {most}"),
        Form::Span => "duration".to_owned(),
        Form::PortRange => "integer, or string `FIRST-LAST`".to_owned(),
        Form::TextOrWhole => "string or integer".to_owned(),
        Form::Word(words) => either(words),
        Form::Given(of) => form(of),
        Form::Condition => either(&["started", "healthy", "completed"]),
        Form::Map(key, of) => format!("table of {key} = {}", form(of)),
        Form::List(of) => format!("list of {}", plural(&form(of))),
        Form::Either(forms) => forms.iter().map(form).collect::<Vec<_>>().join(", or "),
        Form::Passthrough => "table of other Compose keys".to_owned(),
        Form::Table(_) | Form::Service => "table".to_owned(),
    }
}

/// What a shape takes.
pub(super) fn shape(of: Shape) -> String {
    match of {
        Shape::Bool | Shape::BareBool => "boolean".to_owned(),
        Shape::Int | Shape::Between(..) | Shape::BareInt(..) => "integer".to_owned(),
        Shape::Number | Shape::BareNumber => "number".to_owned(),
        Shape::DeviceCount => "integer, or `all`".to_owned(),
        Shape::Text | Shape::Filled => "string".to_owned(),
        Shape::OneOf(words) => either(words),
        Shape::PullPolicy => either(&["always", "missing", "never", "build", "daily", "weekly", "every_12h"]),
        Shape::Scalar => "string, number or boolean".to_owned(),
        Shape::TextOrBool => "string or boolean".to_owned(),
        Shape::Size => "size".to_owned(),
        Shape::Duration => "duration".to_owned(),
        Shape::Mode | Shape::ModeNumber => "octal".to_owned(),
        Shape::List => "list of strings".to_owned(),
        Shape::Scalars => "list of strings and numbers".to_owned(),
        Shape::TextOrList => "string, or list of strings".to_owned(),
        Shape::ListOrMap | Shape::Variables | Shape::Pairs(_) => {
            "table of scalars, or list of `KEY=value`".to_owned()
        }
        Shape::Hosts => "table of addresses, or list of `NAME=address`".to_owned(),
        Shape::Command | Shape::Test => "list of words, or string".to_owned(),
        Shape::Each(of) => format!("list of {}", plural(&shape(*of))),
        Shape::Texts => "table of NAME = string".to_owned(),
        Shape::MapOf(of) => format!("table of NAME = {}", shape(*of)),
        Shape::Keys(_) | Shape::Closed(_) | Shape::Needing(..) => "table".to_owned(),
        Shape::Distinct(of) => shape(*of),
        Shape::Or(scalar, tree) => format!("{}, or {}", shape(*scalar), shape(*tree)),
        Shape::Any => "anything".to_owned(),
    }
}

fn either(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match words.split_last() {
        Some((last, [_, ..])) => format!("{} or {last}", words[..words.len() - 1].join(", ")),
        _ => words.concat(),
    }
}

/// `string, or table` in the plural.
fn plural(words: &str) -> String {
    let each = words.split(", or ").map(|word| match word {
        "string" | "table" | "string or integer" => {
            word.replace("string", "strings").replace("table", "tables").replace("integer", "integers")
        }
        _ => word.to_owned(),
    });
    each.collect::<Vec<_>>().join(" or ")
}
