//! The drivers that write files on the machine: `json-file` and `local`.

use super::{super::engine_refuses::is_bool, problem::Problem};
use crate::{
    check::context::Context,
    model::{Bytes, Logging},
};

/// The first option that the driver refuses.
pub(super) fn problem(context: &Context<'_>, driver: &str, logging: &Logging) -> Option<Problem> {
    let option = |key: &str| logging.options.get(key).and_then(|text| context.value(text));
    for key in ["compress", "cache-disabled"] {
        if let Some(value) = option(key).filter(|value| !is_bool(value)) {
            return Some(Problem::new(
                key,
                format!("`{key}` is true or false, not `{value}`"),
                "write true or false",
            ));
        }
    }
    let compresses = option("compress").is_some_and(|value| value.starts_with(['1', 't', 'T']));
    let several = logging.max_file.is_some_and(|files| files > 1);
    let help = "write a `max_file` of 2 or more, or `compress = false` in `options`";
    if driver == "json-file" && compresses && (logging.max_size.is_none() || !several) {
        return Some(Problem::new(
            "compress",
            "`compress` needs a `max_size`, and a `max_file` of 2 or more",
            help,
        ));
    }
    // `local` keeps five files and compresses them unless `compress` is false.
    if driver == "local"
        && logging.max_file == Some(1)
        && (compresses || !logging.options.contains_key("compress"))
    {
        return Some(Problem::new(
            "max_file",
            "`local` compresses old files, and keeps none with `max_file = 1`",
            help,
        ));
    }
    let mode = option("mode").unwrap_or_default();
    if !["", "blocking", "non-blocking"].contains(&&*mode) {
        return Some(Problem::new(
            "mode",
            format!("there is no mode `{mode}`"),
            "write \"blocking\" or \"non-blocking\"",
        ));
    }
    let size = option("max-buffer-size")?;
    if mode != "non-blocking" && !logging.options.get("mode").is_some_and(|mode| mode.contains('$')) {
        let problem = "`max-buffer-size` has an effect only with `mode = \"non-blocking\"`";
        return Some(Problem::new("max-buffer-size", problem, "add `mode = \"non-blocking\"`, or remove it"));
    }
    Bytes::parse(&size).is_err().then(|| {
        Problem::new("max-buffer-size", format!("`{size}` is not a size"), "write a size, such as \"1m\"")
    })
}
