//! `depends_on`.

use indexmap::IndexMap;
use toml::de::DeValue;

use super::{scalar::BAD_VALUE, table::Item};
use crate::model::{Condition, Dependency, name};

const STARTED: Dependency = Dependency { condition: Condition::Started, required: true, restart: false };

/// Decode `depends_on`: a list of names, or a table of conditions.
pub(super) fn decode(item: &Item<'_, '_>) -> IndexMap<String, Dependency> {
    match item.value.get_ref() {
        DeValue::Array(_) => {
            item.texts().unwrap_or_default().into_iter().map(|name| (name, STARTED)).collect()
        }
        DeValue::Table(_) => {
            let Some(table) = item.as_table() else { return IndexMap::new() };
            let entries = table.items();
            entries
                .iter()
                .filter_map(|item| dependency(item).map(|found| (item.key().to_owned(), found)))
                .collect()
        }
        _ => {
            item.wrong_type("a list of services or a table of conditions");
            IndexMap::new()
        }
    }
}

fn dependency(item: &Item<'_, '_>) -> Option<Dependency> {
    if item.as_text().is_some() {
        return condition(item).map(|condition| Dependency { condition, ..STARTED });
    }
    let Some(table) = item.as_table() else {
        item.wrong_type("a condition (\"started\", \"healthy\", \"completed\") or a table");
        return None;
    };
    let mut dependency = STARTED;
    for item in table.items() {
        match item.key() {
            "condition" => dependency.condition = condition(&item).unwrap_or_default(),
            "required" => dependency.required = item.boolean().unwrap_or(true),
            "restart" => dependency.restart = item.boolean().unwrap_or_default(),
            _ => item.unknown(["condition", "required", "restart"]),
        }
    }
    Some(dependency)
}

fn condition(item: &Item<'_, '_>) -> Option<Condition> {
    let text = item.plain_text()?;
    let condition = Condition::parse(text);
    if condition.is_none() {
        item.report(|| {
            let near = name::nearest(text, ["started", "healthy", "completed"]);
            item.error(&BAD_VALUE, format!("{text:?} is no condition"))
                .label(
                    near.map_or_else(
                        || "not a condition".to_owned(),
                        |near| format!("did you mean \"{near}\"?"),
                    ),
                )
                .help("write \"started\", \"healthy\" or \"completed\"")
        });
    }
    condition
}
