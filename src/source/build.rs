//! `build`.

use super::{
    compose_keys::{self, Shape},
    table::Item,
};
use crate::model::{Build, Map};

/// The keys of `build` that are kept as they are.
const REST: [(&str, Shape); 19] = [
    ("additional_contexts", Shape::ListOrMap),
    ("args", Shape::ListOrMap),
    ("cache_from", Shape::List),
    ("cache_to", Shape::List),
    ("entitlements", Shape::List),
    ("extra_hosts", Shape::ListOrMap),
    ("isolation", Shape::Text),
    ("labels", Shape::ListOrMap),
    ("network", Shape::Text),
    ("no_cache", Shape::Bool),
    ("platforms", Shape::List),
    ("privileged", Shape::Bool),
    ("provenance", Shape::Scalar),
    ("pull", Shape::Bool),
    ("sbom", Shape::Scalar),
    ("secrets", Shape::Any),
    ("shm_size", Shape::Size),
    ("ssh", Shape::ListOrMap),
    ("tags", Shape::List),
];
const MORE: [(&str, Shape); 2] = [("target", Shape::Text), ("ulimits", Shape::Table)];

/// Decode `build`: a context, or a table.
pub(super) fn decode(item: &Item<'_, '_>) -> Option<Build> {
    if item.as_text().is_some() {
        let context = item.text()?;
        return Some(Build { context, dockerfile: None, dockerfile_inline: None, rest: Map::new() });
    }
    let Some(table) = item.as_table() else {
        item.wrong_type("a folder, or a table with `context`");
        return None;
    };
    let mut build =
        Build { context: ".".to_owned(), dockerfile: None, dockerfile_inline: None, rest: Map::new() };
    for item in table.items() {
        match item.key() {
            "context" => build.context = item.text()?,
            "dockerfile" => build.dockerfile = item.text(),
            "dockerfile_inline" => build.dockerfile_inline = item.text(),
            key => match REST.iter().chain(&MORE).find(|(known, _)| *known == key) {
                Some((_, shape)) => {
                    if let Some(value) = compose_keys::shaped(&item, *shape) {
                        build.rest.insert(key.to_owned(), value);
                    }
                }
                None => {
                    let typed = ["context", "dockerfile", "dockerfile_inline"];
                    item.unknown(typed.into_iter().chain(REST.iter().chain(&MORE).map(|(key, _)| *key)));
                }
            },
        }
    }
    if let (Some(_), Some(inline)) = (table.get("dockerfile"), table.get("dockerfile_inline")) {
        inline.report(|| {
            inline
                .key_error(
                    &super::resources::CONFLICTING_KEYS,
                    "a build has `dockerfile` or `dockerfile_inline`, not both",
                )
                .label("beside `dockerfile`")
                .why("Compose refuses the file")
                .help("keep one of them")
        });
    }
    Some(build)
}
