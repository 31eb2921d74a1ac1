//! `environment` and `env_file`.

use super::{reference::ENV_FILE, scalar::BAD_VALUE, table::Item, tree::Kind};
use crate::model::{EnvFile, EnvFileSource, Map, replacement::split_outside, variable};
use indexmap::IndexMap;

/// Decode `environment`: a table, or a list of `KEY=value` and `KEY` (taken from the caller's environment).
pub(super) fn decode(item: &Item<'_, '_>) -> IndexMap<String, Option<String>> {
    let mut environment = item.beneath_a_list().map_or_else(IndexMap::new, |beneath| decode(&beneath));
    environment.reserve(item.node.len());
    if let Some(table) = item.as_table() {
        for item in table.items() {
            let text = item.written();
            if good_key(&item, item.key(), true)
                && let Some(text) = text
            {
                environment.insert(item.key().to_owned(), Some(text));
            }
        }
    } else if let Some(list) = item.as_list() {
        for item in list {
            let Some(text) = item.text() else { continue };
            let (key, value) = split(&text);
            let value = value.map(str::to_owned);
            // Compose puts variables in the names of a list.
            if variable::has_variable(key) || good_key(&item, key, false) {
                environment.insert(key.to_owned(), value);
            }
        }
    } else {
        return item.wrong_type("a table, or a list of \"KEY=value\"").unwrap_or(environment);
    }
    environment
}

/// An entry of a list at its first `=` outside of a variable.
fn split(text: &str) -> (&str, Option<&str>) {
    let key = split_outside(text, '=')[0];
    (key, text.get(key.len() + 1..))
}

fn good_key(item: &Item<'_, '_>, key: &str, at_key: bool) -> bool {
    let good = !key.is_empty() && !key.contains(['=', '\0', '$']) && !key.contains(char::is_whitespace);
    item.ensure(good, || {
        let message = format!("{key:?} is not an environment variable name");
        let error =
            if at_key { item.key_error(&BAD_VALUE, message) } else { item.error(&BAD_VALUE, message) };
        error
            .label("not a variable name")
            .help("a name has no space, no `=` and no `$`; a name with a variable is written in a list: [\"${NAME}=value\"]")
    })
}

/// Decode `env_file`: a path, or a list of paths and tables.
pub(super) fn env_file(item: &Item<'_, '_>) -> Vec<EnvFile> {
    match item.node.kind() {
        Kind::Array => item.each(file),
        _ => file(item).into_iter().collect(),
    }
}

fn file(item: &Item<'_, '_>) -> Option<EnvFile> {
    let mut file = EnvFile {
        source: EnvFileSource::Path(String::new()),
        required: true,
        format: None,
        rest: Map::new(),
    };
    if item.as_text().is_some() {
        return item.text().map(|path| EnvFile { source: EnvFileSource::Path(path), ..file });
    }
    let Some(table) = item.as_table() else {
        return item.wrong_type("a path, or a table with `path` or `secret`");
    };
    let mut source = None;
    for item in table.read(&ENV_FILE, &mut file.rest) {
        match item.key() {
            "path" => source = source.or(item.text().map(EnvFileSource::Path)),
            "secret" => {
                source = source.or(item.plain_text().map(|name| EnvFileSource::Secret(name.to_owned())))
            }
            "required" => file.required = item.boolean().unwrap_or(true),
            "format" => file.format = item.text(),
            _ => {}
        }
    }
    match (table.get("path"), table.get("secret")) {
        (None, None) => {
            table.missing("path", "`path = \"FILE\"`, or `secret = \"NAME\"` for a generated env file")
        }
        (Some(_), Some(secret)) => secret.report(|| {
            secret
                .key_error(
                    &super::requirement::CONFLICTING_KEYS,
                    "an env file is a `path` or a `secret`, not both",
                )
                .label("beside `path`")
                .help("keep one of them")
        }),
        _ => {}
    }
    Some(EnvFile { source: source?, ..file })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{in_service, service};
    use super::*;

    #[test]
    fn keeps_the_text_that_was_written() {
        let environment = service(
            "environment = { A = 1.10, B = 017e-0, C = true, D = 1979-05-27 07:32:00, E = 0x1F, F = 1_000, G = \"$$x ${Y:-z}\" }"
                .replace("017e-0", "1e5")
                .as_str(),
        )
        .environment;
        let texts: Vec<&str> = environment.values().flatten().map(String::as_str).collect();
        assert_eq!(texts, ["1.10", "1e5", "true", "1979-05-27 07:32:00", "0x1F", "1000", "$$x ${Y:-z}"]);
    }

    #[test]
    fn a_list_takes_the_callers_value_where_there_is_none() {
        let environment = service("environment = [\"A=b=c\", \"D\", \"E=\"]").environment;
        assert_eq!(environment["A"].as_deref(), Some("b=c"));
        assert_eq!(environment["D"], None);
        assert_eq!(environment["E"].as_deref(), Some(""));
    }

    #[test]
    fn names_of_a_list_hold_variables() {
        let environment = service("environment = [\"${A:-b=c}_X=1=2\", \"$A=\", \"${LINE}\"]").environment;
        let entries: Vec<_> =
            environment.iter().map(|(key, value)| (key.as_str(), value.as_deref())).collect();
        let expected = [("${A:-b=c}_X", Some("1=2")), ("$A", Some("")), ("${LINE}", None)];
        assert_eq!(entries, expected);
    }

    #[test]
    fn env_files_have_three_spellings() {
        let files = service("env_file = [\"a.env\", { path = \"b\", required = false }, { secret = \"s\" }]")
            .env_file;
        assert_eq!(files[0].source, EnvFileSource::Path("a.env".into()));
        assert!(files[0].required && !files[1].required);
        assert_eq!(files[2].source, EnvFileSource::Secret("s".into()));
        assert_eq!(service("env_file = \"a.env\"").env_file.len(), 1);
    }

    #[test]
    fn says_what_is_wrong() {
        insta::assert_snapshot!(
            in_service("environment = { A = [1], \"B C\" = 1, \"D$E\" = 1, F = \"${\" }\nenv_file = 3"),
            @r#"
            wrong-type at `[1]`: services.api.environment.A must be a string, a number or a boolean, not a list (expected a string, a number or a boolean)
            bad-value at `"B C"`: "B C" is not an environment variable name (not a variable name)
            bad-value at `"D$E"`: "D$E" is not an environment variable name (not a variable name)
            bad-variable at `"${"`: services.api.environment.F contains a `$` that Compose cannot interpolate (malformed from `${` on)
            wrong-type at `3`: services.api.env_file must be a path, or a table with `path` or `secret`, not an integer (expected a path, or a table with `path` or `secret`)
            "#
        );
        insta::assert_snapshot!(in_service("environment = [\"=x\", 5]\nenv_file = [{}, { path = \"a\", secret = \"b\" }]"), @r#"
        bad-value at `"=x"`: "" is not an environment variable name (not a variable name)
        wrong-type at `5`: services.api.environment[1] must be a string in quotes, not an integer (expected a string in quotes)
        missing-key at `{}`: services.api.env_file[0] has no `path` (`path` is missing)
        conflicting-keys at `secret`: an env file is a `path` or a `secret`, not both (beside `path`)
        "#);
        insta::assert_snapshot!(in_service("environment = \"A=b\""), @r#"
        wrong-type at `"A=b"`: services.api.environment must be a table, or a list of "KEY=value", not a string (expected a table, or a list of "KEY=value")
        "#);
    }
}
