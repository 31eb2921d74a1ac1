//! What Compose asks of the keys of a table beside the shape of each.

use super::{resources::CONFLICTING_KEYS, table::Item};
use crate::model::variable;

/// What Compose asks of the keys of a table.
#[derive(Debug, Clone, Copy)]
pub(super) enum Need {
    /// Unless the first key is one of these words, the last has to be there.
    Unless(&'static str, &'static [&'static str], &'static str),
    /// These two exclude each other.
    NotBoth(&'static str, &'static str),
}

impl Item<'_, '_> {
    /// Report what Compose asks of the table and is not so.
    pub(super) fn needs(&self, need: Need) {
        let Some(table) = self.as_table() else { return };
        match need {
            Need::Unless(key, words, other) => {
                let Some(found) = table.get(key) else { return };
                let asks = found
                    .as_text()
                    .is_some_and(|text| !words.contains(&text) && !variable::has_variable(text));
                if asks && table.get(other).is_none() {
                    table.missing(other, &format!("`{other}`, which Compose asks for with this `{key}`"));
                }
            }
            Need::NotBoth(one, other) => {
                if let (Some(_), Some(second)) = (table.get(one), table.get(other)) {
                    second.report(|| {
                        let message = format!("`{other}` cannot stand beside `{one}`");
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
