//! `depends_on`.

use std::borrow::Cow;

use super::{reference::DEPENDENCY_TABLE, scalar::BAD_VALUE, table::Item};
use crate::{
    diag::nearest,
    model::{Condition, Dependency, Map},
};
use indexmap::IndexMap;

/// A dependency on the start of a service, the default.
fn started() -> Dependency {
    Dependency { condition: Condition::Started, required: true, restart: false, rest: Map::new() }
}

/// Decode `depends_on`: a list of names, or a table of conditions.
pub(super) fn decode(item: &Item<'_, '_>) -> IndexMap<String, Dependency> {
    if let Some(list) = item.as_list() {
        list.iter().filter_map(|element| Some((name(item, element)?, started()))).collect()
    } else if let Some(table) = item.as_table() {
        table.items().filter_map(|item| Some((item.key().to_owned(), dependency(&item)?))).collect()
    } else {
        item.wrong_type("a list of services or a table of conditions").unwrap_or_default()
    }
}

/// The name of an element of a list. Compose interpolates it there, and not as the key of a table; the checks read its value.
fn name(list: &Item<'_, '_>, element: &Item<'_, '_>) -> Option<String> {
    let text = element.plain_text()?;
    let name = element.resolved(text)?;
    if let Cow::Owned(name) = &name {
        list.keep(list.key_path().key(name), text);
    }
    Some(name.into_owned())
}

fn dependency(item: &Item<'_, '_>) -> Option<Dependency> {
    if item.as_text().is_some() {
        return condition(item).map(|condition| Dependency { condition, ..started() });
    }
    let Some(table) = item.as_table() else {
        return item.wrong_type("a condition (\"started\", \"healthy\", \"completed\") or a table");
    };
    let mut dependency = started();
    for item in table.read(&DEPENDENCY_TABLE, &mut dependency.rest) {
        match item.key() {
            "condition" => dependency.condition = condition(&item).unwrap_or_default(),
            "required" => dependency.required = item.boolean().unwrap_or(true),
            "restart" => dependency.restart = item.boolean().unwrap_or_default(),
            _ => {}
        }
    }
    Some(dependency)
}

fn condition(item: &Item<'_, '_>) -> Option<Condition> {
    let text = item.plain_text()?;
    Condition::parse(text).or_else(|| {
        item.reject(|| {
            item.error(&BAD_VALUE, format!("{text:?} is not a condition"))
                .label(match nearest(text, ["started", "healthy", "completed"]) {
                    Some(near) => format!("did you mean \"{near}\"?"),
                    None => "not a condition".to_owned(),
                })
                .help("write \"started\", \"healthy\" or \"completed\"")
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{in_service, service};
    use super::*;

    #[test]
    fn a_list_means_started() {
        let depends_on = service("depends_on = [\"a\", \"b\"]").depends_on;
        assert!(depends_on.keys().eq(["a", "b"]));
        assert_eq!(depends_on["a"], started());
    }

    #[test]
    fn a_table_has_conditions() {
        let lines = "depends_on = { a = \"healthy\", b = { condition = \"service_completed_successfully\", required = false } }";
        let depends_on = service(lines).depends_on;
        assert_eq!(depends_on["a"].condition, Condition::Healthy);
        let completed = Dependency { condition: Condition::Completed, required: false, ..started() };
        assert_eq!(depends_on["b"], completed);
    }

    #[test]
    fn says_what_is_wrong() {
        insta::assert_snapshot!(
            in_service("depends_on = { a = \"helthy\", b = true, c = { requird = true, restart = \"yes\" } }"),
            @r#"
            bad-value at `"helthy"`: "helthy" is not a condition (did you mean "healthy"?)
            wrong-type at `true`: services.api.depends_on.b must be a condition ("started", "healthy", "completed") or a table, not a boolean (expected a condition ("started", "healthy", "completed") or a table)
            unknown-key at `requird`: unknown key `requird` in services.api.depends_on.c (did you mean `required`?)
            wrong-type at `"yes"`: services.api.depends_on.c.restart must be true or false, not a string (expected true or false)
            "#
        );
        insta::assert_snapshot!(in_service("depends_on = [\"a\", 1, \"a\"]"), @"
        wrong-type at `1`: services.api.depends_on[1] must be a string in quotes, not an integer (expected a string in quotes)
        ");
        insta::assert_snapshot!(in_service("depends_on = \"a\""), @r#"
        wrong-type at `"a"`: services.api.depends_on must be a list of services or a table of conditions, not a string (expected a list of services or a table of conditions)
        "#);
    }
}
