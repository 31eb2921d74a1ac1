//! `[volumes]`, `[networks]`, `[secrets]` and `[configs]`.

use indexmap::IndexMap;

use super::{
    names as rules,
    reference::{CONFIG, CONFIG_KEYS, Form, Key, NETWORK, RESOURCE, SECRET, SECRET_KEYS, VOLUME, has, names},
    scalar::BAD_VALUE,
    shape::Shape,
    table::{Item, Table},
    tree::Toml,
};
use crate::{
    diag::{Code, Severity},
    model::{Config, ConfigSource, Map, Resource, Secret, SecretSource},
};

/// Keys that exclude each other.
pub static CONFLICTING_KEYS: Code = Code {
    name: "conflicting-keys",
    severity: Severity::Error,
    docs: "\
Two keys of one table exclude each other. A secret comes from one place: `generate`, `file`, `environment` or `external`. \
What is `external` was made by somebody else, so nothing but its `name` can be said about it.

```toml
[secrets.db]
file = \"db.txt\"
generate = true       # error

[volumes.data]
external = true
driver = \"local\"      # error
```

Keep one of them. Compose refuses the file with \"conflicting parameters\".",
};

/// Decode `[volumes]`.
pub(super) fn volumes(item: &Item<'_, '_>) -> IndexMap<String, Resource> {
    each(item, "volume", |table| resource(table, &VOLUME))
}

/// Decode `[networks]`.
pub(super) fn networks(item: &Item<'_, '_>) -> IndexMap<String, Resource> {
    each(item, "network", |table| resource(table, &NETWORK))
}

/// Decode `[secrets]`.
pub(super) fn secrets(item: &Item<'_, '_>) -> IndexMap<String, Secret> {
    each(item, "secret", secret)
}

/// Decode `[configs]`.
pub(super) fn configs(item: &Item<'_, '_>) -> IndexMap<String, Config> {
    each(item, "config", config)
}

fn each<T>(
    item: &Item<'_, '_>,
    noun: &'static str,
    decode: impl Fn(&Table<'_, '_>) -> Option<T>,
) -> IndexMap<String, T> {
    let Some(table) = item.table() else { return IndexMap::new() };
    let mut found = IndexMap::with_capacity(table.own_len());
    for item in table.items() {
        let named = item.named(rules::resource(noun));
        if let Some(decoded) = item.table().and_then(|table| decode(&table))
            && named
        {
            found.insert(item.key().to_owned(), decoded);
        }
    }
    found
}

/// Keep a key that Compose knows, or report that it is unknown.
fn keep(item: &Item<'_, '_>, rest: &mut Map, kept: &'static [Key<Shape>], read: &'static [Key<Form>]) {
    let key = item.key();
    let shape = kept.iter().find(|known| known.name == key).map(|known| known.form);
    match shape.or_else(|| key.starts_with("x-").then_some(Shape::Any)) {
        Some(shape) => {
            if let Some(value) = item.shaped(shape) {
                rest.insert(key.to_owned(), value);
            }
        }
        None => item.unknown(names(read).chain(names(kept))),
    }
}

fn resource(table: &Table<'_, '_>, kept: &'static [Key<Shape>]) -> Option<Resource> {
    let mut resource = Resource::default();
    for item in table.items() {
        match item.key() {
            key if !has(&RESOURCE, key) => keep(&item, &mut resource.rest, kept, &RESOURCE),
            "external" => resource.external = item.boolean().unwrap_or_default(),
            "name" => resource.name = item.text(),
            _ => {}
        }
    }
    if resource.external {
        only_named(table, &["external", "name"]);
    }
    Some(resource)
}

/// Report what stands beside `external`.
fn only_named(table: &Table<'_, '_>, fine: &[&str]) {
    for item in table.items() {
        if !fine.contains(&item.key()) && !item.key().starts_with("x-") {
            item.report(|| {
                item.key_error(&CONFLICTING_KEYS, format!("`{}` cannot stand beside `external`", item.key()))
                    .label("made by somebody else, so nothing can be set")
                    .why("Compose refuses the file")
                    .help("remove it, or remove `external`")
            });
        }
    }
}

/// The one source of a secret or config; more than one, or none, is reported.
fn one_source<S>(table: &Table<'_, '_>, sources: Vec<(Item<'_, '_>, S)>, example: &str) -> Option<S> {
    let mut sources = sources.into_iter();
    let Some((first, source)) = sources.next() else {
        table.report(|| {
            let error = table.error(&super::table::MISSING_KEY, "nothing says where it comes from");
            error.label("no source").help(format!("add {example}"))
        });
        return None;
    };
    for (item, _) in sources {
        item.report(|| {
            let message = format!("`{}` cannot stand beside `{}`", item.key(), first.key());
            item.key_error(&CONFLICTING_KEYS, message).label("a second source").help("keep one of them")
        });
    }
    Some(source)
}

fn secret(table: &Table<'_, '_>) -> Option<Secret> {
    let (mut name, mut rest) = (None, Map::new());
    let mut env = Vec::new();
    let mut sources = Vec::new();
    let mut written = false;
    let items: Vec<_> = table.items().collect();
    for item in &items {
        written |= matches!(item.key(), "generate" | "file" | "environment" | "external");
        match item.key() {
            key if !has(&SECRET_KEYS, key) => keep(item, &mut rest, &SECRET, &SECRET_KEYS),
            "generate" if item.boolean() == Some(true) => {
                sources.push((*item, SecretSource::Generated { env: Vec::new() }));
            }
            "external" if item.boolean() == Some(true) => sources.push((*item, SecretSource::External)),
            "generate" | "external" => {}
            "file" => sources.extend(item.text().map(|path| (*item, SecretSource::File(path)))),
            "environment" => {
                sources.extend(item.filled_text().map(|name| (*item, SecretSource::Environment(name))));
            }
            "env" => env = env_keys(item),
            "name" => name = item.text(),
            _ => {}
        }
    }
    if sources.is_empty()
        && written
        && !items.iter().any(|item| matches!(item.node.value(), Toml::Boolean(false)))
    {
        return None;
    }
    let source =
        one_source(table, sources, "`generate = true`, `file = \"PATH\"` or `environment = \"VARIABLE\"`")?;
    let source = match (source, table.get("env")) {
        (SecretSource::Generated { .. }, _) => SecretSource::Generated { env },
        (source, None) => source,
        (source, Some(item)) => {
            item.report(|| {
                item.key_error(&CONFLICTING_KEYS, "`env` belongs to a generated secret")
                    .label("without `generate = true`")
                    .help("add `generate = true`, or remove `env`")
            });
            source
        }
    };
    if source == SecretSource::External {
        only_named(table, &["external", "name", "labels"]);
    }
    Some(Secret { source, name, rest })
}

fn env_keys(item: &Item<'_, '_>) -> Vec<String> {
    let items = item.list().unwrap_or_default();
    let mut keys: Vec<String> = Vec::new();
    for item in &items {
        let Some(text) = item.plain_text() else { continue };
        let good = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if good {
            keys.push(text.to_owned());
        } else {
            item.report(|| {
                item.error(&BAD_VALUE, format!("{text:?} is no name of an environment variable"))
                    .label("letters, digits and `_`")
                    .help("write a name such as \"DRONE_RPC_SECRET\"")
            });
        }
    }
    keys
}

fn config(table: &Table<'_, '_>) -> Option<Config> {
    let (mut name, mut rest) = (None, Map::new());
    let mut sources = Vec::new();
    let mut written = false;
    let items: Vec<_> = table.items().collect();
    for item in &items {
        written |= matches!(item.key(), "file" | "content" | "environment");
        match item.key() {
            key if !has(&CONFIG_KEYS, key) => keep(item, &mut rest, &CONFIG, &CONFIG_KEYS),
            "file" => sources.extend(item.text().map(|path| (*item, ConfigSource::File(path)))),
            "content" => sources.extend(item.text().map(|text| (*item, ConfigSource::Content(text)))),
            "environment" => {
                sources.extend(item.filled_text().map(|name| (*item, ConfigSource::Environment(name))));
            }
            "external" if item.boolean() == Some(true) => sources.push((*item, ConfigSource::External)),
            "external" => {}
            "name" => name = item.text(),
            _ => {}
        }
    }
    if sources.is_empty() && written {
        return None;
    }
    let source = one_source(table, sources, "`file = \"PATH\"` or `content = \"...\"`")?;
    if source == ConfigSource::External {
        only_named(table, &["external", "name", "labels"]);
    }
    Some(Config { source, name, rest })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{HEAD, mistakes, stack};
    use super::*;

    #[test]
    fn a_secret_has_one_source() {
        let stack = stack(
            "[secrets]\na = { generate = true, env = [\"A_B\"] }\nb = { file = \"b\", external = false }\nc = { external = true, name = \"n\" }",
        );
        assert_eq!(stack.secrets["a"].source, SecretSource::Generated { env: vec!["A_B".into()] });
        assert_eq!(stack.secrets["b"].source, SecretSource::File("b".into()));
        assert_eq!(stack.secrets["c"].source, SecretSource::External);
    }

    #[test]
    fn says_what_is_wrong_with_volumes_and_networks() {
        let text = "[volumes]\n\"a b\" = {}\nc = { external = true, driver = \"local\" }\nd = { drver = \"x\" }\ne = \"x\"\n[networks]\nf = { internal = \"maybe\", ipam = { config = [{ subnt = \"x\" }] } }";
        insta::assert_snapshot!(mistakes(&format!("{HEAD}{text}")), @r#"
        bad-name at `"a b"`: "a b" is no name for a volume (letters, digits, `.`, `_` and `-`)
        conflicting-keys at `driver`: `driver` cannot stand beside `external` (made by somebody else, so nothing can be set)
        unknown-key at `drver`: unknown key `drver` in volumes.d (did you mean `driver`?)
        wrong-type at `"x"`: volumes.e must be a table, not a string (expected a table)
        wrong-type at `"maybe"`: networks.f.internal must be true or false, not a string (expected true or false)
        unknown-key at `subnt`: unknown key `subnt` in networks.f.ipam.config[0] (did you mean `subnet`?)
        "#);
    }

    #[test]
    fn says_what_is_wrong_with_secrets_and_configs() {
        let text = "[secrets]\na = {}\nb = { generate = true, file = \"x\" }\nc = { file = \"x\", env = [\"A\"] }\nd = { generate = true, env = [\"A-B\"] }\ne = { generate = false }\nf = { file = 5 }\n[configs]\ng = { name = \"x\" }\nh = { content = \"a\", file = \"b\" }\ni = { external = true, template_driver = \"x\" }";
        insta::assert_snapshot!(mistakes(&format!("{HEAD}{text}")), @r#"
        missing-key at `{}`: nothing says where it comes from (no source)
        conflicting-keys at `file`: `file` cannot stand beside `generate` (a second source)
        conflicting-keys at `env`: `env` belongs to a generated secret (without `generate = true`)
        bad-value at `"A-B"`: "A-B" is no name of an environment variable (letters, digits and `_`)
        missing-key at `{ generate = false }`: nothing says where it comes from (no source)
        wrong-type at `5`: secrets.f.file must be a string in quotes, not an integer (expected a string in quotes)
        missing-key at `{ name = "x" }`: nothing says where it comes from (no source)
        conflicting-keys at `file`: `file` cannot stand beside `content` (a second source)
        conflicting-keys at `template_driver`: `template_driver` cannot stand beside `external` (made by somebody else, so nothing can be set)
        "#);
    }
}
