//! `logging`.

use std::borrow::Cow;

use super::{compose_keys::OWNED_KEY, reference::LOGGING_TABLE, table::Item};
use crate::model::Logging;

/// Decode `logging`. The proof of the log budget reads the driver and the sizes. The sizes and options of `[defaults]` are those
/// of its driver.
pub(super) fn decode(item: &Item<'_, '_>) -> Logging {
    let mut logging = Logging::default();
    let Some(table) = item.table().map(|table| table.unless_other("driver", "json-file")) else {
        return logging;
    };
    for item in table.read_or(&LOGGING_TABLE, &mut logging.rest, compose_spelling) {
        match item.key() {
            "driver" => logging.driver = item.proof_text().map(Cow::into_owned),
            "max_size" => logging.max_size = item.bytes(),
            "max_file" => logging.max_file = item.count(1),
            "options" => options(&item, &mut logging),
            _ => {}
        }
    }
    logging
}

/// Report Compose's spelling of our keys.
fn compose_spelling(item: &Item<'_, '_>) -> bool {
    let known = matches!(item.key(), "max-size" | "max-file");
    if known {
        item.report(|| {
            let ours = item.key().replace('-', "_");
            item.key_error(&super::table::UNKNOWN_KEY, format!("unknown key `{}` in logging", item.key()))
                .label(format!("did you mean `{ours}`?"))
                .help(format!("write `{ours}`"))
        });
    }
    known
}

fn options(item: &Item<'_, '_>, logging: &mut Logging) {
    let Some(table) = item.table() else { return };
    for item in table.items() {
        let key = item.key();
        if matches!(key, "max-size" | "max-file") {
            let ours = key.replace('-', "_");
            item.report(|| {
                item.key_error(&OWNED_KEY, format!("the log option `{key}` is set by `{ours}` of `logging`"))
                    .label("read by the proof of the log budget")
                    .help(format!("write `{ours}` beside `driver`"))
            });
        } else if let Some(text) = item.written() {
            logging.options.insert(key.to_owned(), text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{in_service, service, stack};

    #[test]
    fn merges_with_defaults_key_by_key() {
        let text = "[defaults]\nlogging = { driver = \"json-file\", max_size = \"10m\", options = { a = \"1\" } }\n[services.api.logging]\nmax_size = \"1m\"\noptions = { b = true }";
        let logging = stack(text).services.swap_remove("api").unwrap().logging;
        assert_eq!(logging.driver.as_deref(), Some("json-file"));
        assert_eq!(logging.max_size.unwrap().exact(), "1M");
        assert!(logging.options.iter().map(|(key, value)| format!("{key}={value}")).eq(["a=1", "b=true"]));
        assert_eq!(service("logging = { max_file = \"3\" }").logging.max_file, Some(3));
    }

    #[test]
    fn the_sizes_of_one_driver_do_not_go_along_with_another() {
        let logging = |defaults: &str, own: &str| {
            let text =
                format!("[defaults]\nlogging = {{ {defaults} }}\n[services.api]\nlogging = {{ {own} }}");
            stack(&text).services.swap_remove("api").unwrap().logging
        };
        let sizes = "max_size = \"1m\", max_file = 3, options = { tag = \"t\" }";
        for (defaults, own) in [
            (format!("driver = \"json-file\", {sizes}"), "driver = \"fluentd\""),
            (sizes.to_owned(), "driver = \"local\""),
        ] {
            let logging = logging(&defaults, own);
            assert_eq!((logging.max_size, logging.max_file, logging.options.len()), (None, None, 0), "{own}");
        }
        for own in ["driver = \"json-file\"", "max_file = 5"] {
            assert!(logging(sizes, own).max_size.is_some(), "{own}");
        }
    }

    #[test]
    fn says_what_is_wrong() {
        insta::assert_snapshot!(
            in_service("logging = { max-size = \"1m\", max_file = 0, options = { max-size = \"1m\", tag = \"${T}\" } }"),
            @"
            unknown-key at `max-size`: unknown key `max-size` in logging (did you mean `max_size`?)
            bad-number at `0`: services.api.logging.max_file must be at least 1, not 0 (at least 1)
            owned-key at `max-size`: the log option `max-size` is set by `max_size` of `logging` (read by the proof of the log budget)
            "
        );
        insta::assert_snapshot!(in_service("logging = \"none\""), @r#"
        wrong-type at `"none"`: services.api.logging must be a table, not a string (expected a table)
        "#);
    }
}
