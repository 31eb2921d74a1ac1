//! `environment` and `env_file`.

use indexmap::IndexMap;
use toml::de::DeValue;

use super::{scalar::BAD_VALUE, table::Item};
use crate::model::{EnvFile, EnvFileSource};

/// Decode `environment`: a table, or a list of `KEY=value` and `KEY` (taken from the caller's environment).
pub(super) fn decode(item: &Item<'_, '_>) -> IndexMap<String, Option<String>> {
    let mut environment = IndexMap::new();
    if let Some(table) = item.as_table() {
        for item in table.items() {
            let text = item.written();
            if good_key(&item, item.key())
                && let Some(text) = text
            {
                environment.insert(item.key().to_owned(), Some(text));
            }
        }
    } else if let Some(list) = item.as_list() {
        for item in list {
            let Some(text) = item.text() else { continue };
            let (key, value) = match text.split_once('=') {
                Some((key, value)) => (key, Some(value.to_owned())),
                None => (text.as_str(), None),
            };
            if good_key(&item, key) {
                environment.insert(key.to_owned(), value);
            }
        }
    } else {
        item.wrong_type("a table, or a list of \"KEY=value\"");
    }
    environment
}

fn good_key(item: &Item<'_, '_>, key: &str) -> bool {
    let good = !key.is_empty() && !key.contains(['=', '\0', '$']) && !key.contains(char::is_whitespace);
    if !good {
        item.report(|| {
            item.error(&BAD_VALUE, format!("{key:?} is no name of an environment variable"))
                .label("no name of a variable")
                .help("a name has no space, no `=` and no `$`; Compose does not interpolate names")
        });
    }
    good
}

/// Decode `env_file`: a path, or a list of paths and tables.
pub(super) fn env_file(item: &Item<'_, '_>) -> Vec<EnvFile> {
    match item.value.get_ref() {
        DeValue::Array(_) => item.as_list().unwrap_or_default().iter().filter_map(file).collect(),
        _ => file(item).into_iter().collect(),
    }
}

fn file(item: &Item<'_, '_>) -> Option<EnvFile> {
    if item.as_text().is_some() {
        let path = item.text()?;
        return Some(EnvFile { source: EnvFileSource::Path(path), required: true, format: None });
    }
    let Some(table) = item.as_table() else {
        item.wrong_type("a path, or a table with `path` or `secret`");
        return None;
    };
    let (mut source, mut required, mut format) = (None, true, None);
    for item in table.items() {
        match item.key() {
            "path" => source = source.or(item.text().map(EnvFileSource::Path)),
            "secret" => {
                source = source.or(item.plain_text().map(|name| EnvFileSource::Secret(name.to_owned())))
            }
            "required" => required = item.boolean().unwrap_or(true),
            "format" => format = item.text(),
            _ => item.unknown(["path", "secret", "required", "format"]),
        }
    }
    match (table.get("path"), table.get("secret")) {
        (None, None) => {
            table.missing("path", "`path = \"FILE\"`, or `secret = \"NAME\"` for a generated env file")
        }
        (Some(_), Some(secret)) => secret.report(|| {
            secret
                .key_error(
                    &super::resources::CONFLICTING_KEYS,
                    "an env file is a `path` or a `secret`, not both",
                )
                .label("beside `path`")
                .help("keep one of them")
        }),
        _ => {}
    }
    Some(EnvFile { source: source?, required, format })
}
