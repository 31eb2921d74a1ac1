//! Values of log options.

use super::{Context, engine_refuses::is_bool};
use crate::{
    check::context::service_path,
    diag::{Code, Diagnostic, Severity},
    model::{Bytes, Logging},
};

static BAD_LOG_VALUE: Code = Code {
    name: "bad-log-value",
    severity: Severity::Error,
    docs: "\
A log option that the driver knows has a value that it does not take; `docker compose config` accepts it, and the container does not start. \
`compress` needs several files to rotate: with `json-file` a `max_size` and a `max_file` of 2 or more, with `local`, which compresses unless told otherwise, a `max_file` of 2 or \
more. `mode` is `blocking` or `non-blocking`, and `max-buffer-size` belongs to the latter.

```toml
logging = { driver = \"json-file\", max_size = \"10m\", max_file = 3, options = { compress = true } }
```",
};

pub(super) static CODES: &[&Code] = &[&BAD_LOG_VALUE];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (name, service) in context.services() {
        let logging = &service.logging;
        let driver = logging.driver.as_deref().unwrap_or("json-file");
        if !matches!(driver, "json-file" | "local") {
            continue;
        }
        let Some((key, problem, help)) = problem(context, driver, logging) else { continue };
        let path = service_path(name).key("logging");
        let at = if logging.options.contains_key(key) { path.key("options").key(key) } else { path.key(key) };
        found.push(
            Diagnostic::new(&BAD_LOG_VALUE, format!("the log of service `{name}` cannot be written: {problem}"))
                .at(at)
                .why("`docker compose config` accepts it and the container does not start")
                .help(help),
        );
    }
}

/// The first thing that is wrong: its key, what, and what to do.
fn problem(
    context: &Context<'_>,
    driver: &str,
    logging: &Logging,
) -> Option<(&'static str, String, &'static str)> {
    let option = |key: &str| logging.options.get(key).and_then(|text| context.value(text));
    for key in ["compress", "cache-disabled"] {
        if let Some(value) = option(key).filter(|value| !is_bool(value)) {
            let key = if key == "compress" { "compress" } else { "cache-disabled" };
            return Some((key, format!("`{key}` is true or false, not `{value}`"), "write true or false"));
        }
    }
    let compresses = option("compress").is_some_and(|value| value.starts_with(['1', 't', 'T']));
    let several = logging.max_file.is_some_and(|files| files > 1);
    let help = "write a `max_file` of 2 or more, or `compress = false` in `options`";
    if driver == "json-file" && compresses && (logging.max_size.is_none() || !several) {
        return Some(("compress", "`compress` needs a `max_size`, and a `max_file` of 2 or more".to_owned(), help));
    }
    // `local` keeps five files and compresses them unless it is told otherwise.
    if driver == "local" && logging.max_file == Some(1) && (compresses || !logging.options.contains_key("compress")) {
        return Some(("max_file", "`local` compresses old files, and keeps none with `max_file = 1`".to_owned(), help));
    }
    let mode = option("mode").unwrap_or_default();
    if !["", "blocking", "non-blocking"].contains(&&*mode) {
        return Some(("mode", format!("there is no mode `{mode}`"), "write \"blocking\" or \"non-blocking\""));
    }
    let size = option("max-buffer-size")?;
    if mode != "non-blocking" && !logging.options.get("mode").is_some_and(|mode| mode.contains('$')) {
        let problem = "`max-buffer-size` has an effect only with `mode = \"non-blocking\"`".to_owned();
        return Some(("max-buffer-size", problem, "add `mode = \"non-blocking\"`, or remove it"));
    }
    Bytes::parse(&size)
        .is_err()
        .then(|| ("max-buffer-size", format!("`{size}` is no size"), "write a size, such as \"1m\""))
}
