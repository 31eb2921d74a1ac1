//! What Compose requires of the keys of a table in addition to the shape of each.

use super::table::Item;
use crate::{
    diag::{Allow, Code},
    model::variable,
};

/// Keys that exclude each other.
pub static CONFLICTING_KEYS: Code = Code::error(
    "conflicting-keys",
    Allow::Never(Allow::REFUSED),
    "\
Two keys of one table exclude each other. A secret comes from one place: `generate`, `file`, `environment` or `external`. \
An `external` resource is created outside of this stack, so only its `name` can be set.

```toml
[secrets.db]
file = \"db.txt\"
generate = true       # error

[volumes.data]
external = true
driver = \"local\"      # error
```

Keep one of them. Compose refuses the file with \"conflicting parameters\".",
);

/// A requirement of Compose on the keys of a table.
#[derive(Debug, Clone, Copy)]
pub(super) enum Requirement {
    /// Unless the first key is one of these words, the last has to be there.
    Unless(&'static str, &'static [&'static str], &'static str),
    /// These two exclude each other.
    NotBoth(&'static str, &'static str),
}

impl Item<'_, '_> {
    /// Report a requirement that the table does not satisfy.
    pub(super) fn requires(&self, need: Requirement) {
        let Some(table) = self.as_table() else { return };
        match need {
            Requirement::Unless(key, words, other) => {
                let Some(found) = table.get(key) else { return };
                let asks = found
                    .as_text()
                    .is_some_and(|text| !words.contains(&text) && !variable::has_variable(text));
                if asks && table.get(other).is_none() {
                    table.missing(other, &format!("`{other}`, which Compose asks for with this `{key}`"));
                }
            }
            Requirement::NotBoth(one, other) => {
                if let (Some(_), Some(second)) = (table.get(one), table.get(other)) {
                    second.report(|| {
                        let message = format!("`{other}` cannot be combined with `{one}`");
                        second
                            .key_error(&CONFLICTING_KEYS, message)
                            .label(format!("beside `{one}`"))
                            .why("Compose refuses the file")
                            .help("keep one of them")
                    });
                }
            }
        }
    }
}
