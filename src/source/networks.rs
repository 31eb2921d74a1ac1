//! `networks` of a service.

use indexmap::IndexMap;

use super::{reference::Key, shape::Shape, table::Item};
use crate::model::Value;

/// Decode `networks` or `models`: a list of names, or a table of attachments with these options.
pub(super) fn decode(item: &Item<'_, '_>, options: &'static [Key<Shape>]) -> IndexMap<String, Value> {
    let Some(table) = item.as_table() else {
        if item.as_list().is_none() {
            let expected = format!("a list of {}, or a table of attachments", item.key());
            return item.wrong_type(&expected).unwrap_or_default();
        }
        return item.texts().unwrap_or_default().into_iter().map(|name| (name, Value::Null)).collect();
    };
    table.items().map(|item| (item.key().to_owned(), attachment(&item, options))).collect()
}

fn attachment(item: &Item<'_, '_>, options: &'static [Key<Shape>]) -> Value {
    match item.shaped(Shape::Keys(options)) {
        Some(Value::Map(options)) if !options.is_empty() => Value::Map(options),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{in_service, service};
    use super::*;

    #[test]
    fn are_names_or_attachments() {
        assert_eq!(service("networks = [\"a\"]").networks["a"], Value::Null);
        let networks = service("networks = { a = {}, b = { aliases = [\"x\"], priority = 5 } }").networks;
        assert_eq!(networks["a"], Value::Null);
        assert_eq!(networks["b"].as_map().unwrap()["priority"], Value::Int(5));
    }

    #[test]
    fn says_what_is_wrong() {
        insta::assert_snapshot!(in_service("networks = { a = \"x\", b = { alias = [\"x\"], aliases = \"x\" } }"), @r#"
        wrong-type at `"x"`: services.api.networks.a must be a table, not a string (expected a table)
        unknown-key at `alias`: unknown key `alias` in services.api.networks.b (did you mean `aliases`?)
        wrong-type at `"x"`: services.api.networks.b.aliases must be a list of strings, not a string (expected a list of strings)
        "#);
        insta::assert_snapshot!(in_service("networks = \"a\""), @r#"
        wrong-type at `"a"`: services.api.networks must be a list of networks, or a table of attachments, not a string (expected a list of networks, or a table of attachments)
        "#);
    }
}
