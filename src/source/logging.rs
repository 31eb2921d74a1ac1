//! `logging`.

use super::{compose_keys::OWNED_KEY, table::Item};
use crate::model::Logging;

/// Decode `logging`. All of it is read by the proof of the log budget, so nothing holds a variable.
pub(super) fn decode(item: &Item<'_, '_>) -> Logging {
    let mut logging = Logging::default();
    let Some(table) = item.table() else { return logging };
    for item in table.items() {
        match item.key() {
            "driver" => logging.driver = item.proof_text().map(str::to_owned),
            "max_size" => logging.max_size = item.bytes(),
            "max_file" => logging.max_file = item.count(1),
            "options" => options(&item, &mut logging),
            "max-size" | "max-file" => item.report(|| {
                let ours = item.key().replace('-', "_");
                item.key_error(&super::table::UNKNOWN_KEY, format!("unknown key `{}` in logging", item.key()))
                    .label(format!("did you mean `{ours}`?"))
                    .help(format!("write `{ours}`"))
            }),
            _ => item.unknown(["driver", "max_size", "max_file", "options"]),
        }
    }
    logging
}

fn options(item: &Item<'_, '_>, logging: &mut Logging) {
    let Some(table) = item.table() else { return };
    for item in table.items() {
        let key = item.key();
        if matches!(key, "max-size" | "max-file") {
            let ours = key.replace('-', "_");
            item.report(|| {
                item.key_error(&OWNED_KEY, format!("the log option `{key}` is `{ours}` of `logging`"))
                    .label("read by the proof of the log budget")
                    .help(format!("write `{ours}` beside `driver`"))
            });
        } else if let Some(text) = item.written()
            && item.proves(&text)
        {
            logging.options.insert(key.to_owned(), text);
        }
    }
}
