//! `[volumes]`, `[networks]`, `[secrets]` and `[configs]`.

use indexmap::IndexMap;

use super::{
    names as rules,
    reference::{CONFIG, Columns, DOOR, MODEL, NETWORK, SECRET, VOLUME},
    requirement::CONFLICTING_KEYS,
    scalar::BAD_VALUE,
    service,
    shape::Shape,
    table::{Item, MISSING_KEY, Table},
};
use crate::model::{Config, ConfigSource, Declared, Map, Resource, Secret, SecretSource, Value};

/// Decode `[volumes]`.
pub(super) fn volumes(item: &Item<'_, '_>) -> IndexMap<String, Resource> {
    each(item, "volume", |item| resource(item, &VOLUME))
}

/// Decode `[networks]`.
pub(super) fn networks(item: &Item<'_, '_>) -> IndexMap<String, Resource> {
    each(item, "network", |item| resource(item, &NETWORK))
}

/// Decode `[secrets]`.
pub(super) fn secrets(item: &Item<'_, '_>) -> IndexMap<String, Secret> {
    each(item, "secret", secret)
}

/// Decode `[configs]`.
pub(super) fn configs(item: &Item<'_, '_>) -> IndexMap<String, Config> {
    each(item, "config", config)
}

/// Decode `[models]`.
pub(super) fn models(item: &Item<'_, '_>) -> IndexMap<String, Map> {
    each(item, "model", |item| match item.shaped(Shape::Keys(&MODEL))? {
        Value::Map(model) => Some(model),
        _ => None,
    })
}

fn each<T>(
    item: &Item<'_, '_>,
    noun: &'static str,
    decode: impl Fn(&Item<'_, '_>) -> Option<T>,
) -> IndexMap<String, T> {
    let Some(table) = item.table() else { return IndexMap::new() };
    let mut found = IndexMap::with_capacity(table.own_len());
    for item in table.items() {
        let named = item.named(rules::resource(noun));
        if let Some(decoded) = decode(&item)
            && named
        {
            found.insert(item.key().to_owned(), decoded);
        }
    }
    found
}

fn resource(item: &Item<'_, '_>, columns: &'static Columns) -> Option<Resource> {
    let table = item.table()?;
    let mut resource = Resource::default();
    for item in table.read(columns, &mut resource.rest) {
        match item.key() {
            "external" => resource.external = item.boolean().unwrap_or_default(),
            "name" => resource.name = item.text(),
            "allow" => resource.allow = service::allow(&item),
            _ => {}
        }
    }
    if resource.external {
        only_named(&table, &["external", "name", "allow"]);
    }
    Some(resource)
}

/// Report keys that `external` excludes.
fn only_named(table: &Table<'_, '_>, fine: &[&str]) {
    for item in table.items() {
        if !fine.contains(&item.key()) && item.key() != DOOR && !item.key().starts_with("x-") {
            item.report(|| {
                item.key_error(
                    &CONFLICTING_KEYS,
                    format!("`{}` cannot be combined with `external`", item.key()),
                )
                .label("created outside of this stack, so nothing can be set")
                .why("Compose refuses the file")
                .help("remove it, or remove `external`")
            });
        }
    }
}

/// A secret or config: its source, its `name`, and what is kept for Compose. `source` is what a key gives: nothing, or `None`
/// after it was reported. More than one source, or none, is reported.
fn declared<S>(
    item: &Item<'_, '_>,
    columns: &'static Columns,
    example: &str,
    mut source: impl FnMut(&Item<'_, '_>) -> Option<Option<S>>,
) -> Option<Declared<S>> {
    let table = item.table()?;
    let (mut name, mut allow, mut rest) = (None, IndexMap::new(), Map::new());
    let (mut sources, mut unread) = (Vec::new(), false);
    for item in table.read(columns, &mut rest) {
        match item.key() {
            "name" => name = item.text(),
            "allow" => allow = service::allow(&item),
            _ => match source(&item) {
                Some(found) => sources.extend(found.map(|source| (item, source))),
                None => unread = true,
            },
        }
    }
    let mut sources = sources.into_iter();
    let Some((first, source)) = sources.next() else {
        if !unread {
            table.report(|| {
                let error = table.error(&MISSING_KEY, "no source is set");
                error.label("no source").help(format!("add {example}"))
            });
        }
        return None;
    };
    for (item, _) in sources {
        item.report(|| {
            let message = format!("`{}` cannot be combined with `{}`", item.key(), first.key());
            item.key_error(&CONFLICTING_KEYS, message).label("another source").help("keep one of them")
        });
    }
    if first.key() == "external" {
        only_named(&table, &["external", "name", "labels", "allow"]);
    }
    Some(Declared { source, name, allow, rest })
}

/// The source that a boolean key switches on.
fn switched<S>(item: &Item<'_, '_>, source: S) -> Option<Option<S>> {
    item.boolean().map(|on| on.then_some(source))
}

fn secret(item: &Item<'_, '_>) -> Option<Secret> {
    let example = "`generate = true`, `file = \"PATH\"` or `environment = \"VARIABLE\"`";
    let mut keys = Vec::new();
    let mut secret = declared(item, &SECRET, example, |item| match item.key() {
        "generate" => switched(item, SecretSource::Generated { env: Vec::new() }),
        "external" => switched(item, SecretSource::External),
        "file" => item.text().map(|path| Some(SecretSource::File(path))),
        "environment" => item.filled_text().map(|name| Some(SecretSource::Environment(name))),
        _ => {
            keys = env_keys(item);
            Some(None)
        }
    })?;
    match (&mut secret.source, item.as_table()?.get("env")) {
        (SecretSource::Generated { env }, _) => *env = keys,
        (_, None) => {}
        (_, Some(item)) => item.report(|| {
            item.key_error(&CONFLICTING_KEYS, "`env` belongs to a generated secret")
                .label("without `generate = true`")
                .help("add `generate = true`, or remove `env`")
        }),
    }
    Some(secret)
}

fn config(item: &Item<'_, '_>) -> Option<Config> {
    let example = "`file = \"PATH\"` or `content = \"...\"`";
    declared(item, &CONFIG, example, |item| match item.key() {
        "external" => switched(item, ConfigSource::External),
        "file" => item.text().map(|path| Some(ConfigSource::File(path))),
        "content" => item.text().map(|text| Some(ConfigSource::Content(text))),
        _ => item.filled_text().map(|name| Some(ConfigSource::Environment(name))),
    })
}

fn env_keys(item: &Item<'_, '_>) -> Vec<String> {
    item.each(|item| {
        let text = item.plain_text()?;
        let good = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let good = item.ensure(good, || {
            item.error(&BAD_VALUE, format!("{text:?} is not an environment variable name"))
                .label("letters, digits and `_`")
                .help("write a name such as \"DRONE_RPC_SECRET\"")
        });
        good.then(|| text.to_owned())
    })
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
        bad-name at `"a b"`: "a b" is not a name for a volume (letters, digits, `.`, `_` and `-`)
        conflicting-keys at `driver`: `driver` cannot be combined with `external` (created outside of this stack, so nothing can be set)
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
        missing-key at `{}`: no source is set (no source)
        conflicting-keys at `file`: `file` cannot be combined with `generate` (another source)
        conflicting-keys at `env`: `env` belongs to a generated secret (without `generate = true`)
        bad-value at `"A-B"`: "A-B" is not an environment variable name (letters, digits and `_`)
        missing-key at `{ generate = false }`: no source is set (no source)
        wrong-type at `5`: secrets.f.file must be a string in quotes, not an integer (expected a string in quotes)
        missing-key at `{ name = "x" }`: no source is set (no source)
        conflicting-keys at `file`: `file` cannot be combined with `content` (another source)
        conflicting-keys at `template_driver`: `template_driver` cannot be combined with `external` (created outside of this stack, so nothing can be set)
        "#);
    }
}
