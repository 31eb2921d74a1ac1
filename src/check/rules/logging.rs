//! Log drivers: their options, and logs that grow without bound.

use super::Context;
use crate::{
    diag::{Allow, Code, Diagnostic, Fix, KeyPath, Place, did_you_mean, service_path},
    model::{Logging, Service},
};

static UNKNOWN_LOG_OPTION: Code = Code::error(
    "unknown-log-option",
    Allow::Anywhere,
    "\
A log option that the driver does not know. `docker compose config` accepts it; the engine refuses the container (`unknown \
log opt`). `max_size` and `max_file` are options of `json-file` and `local` only.

The options of `json-file`, `local`, `journald`, `syslog` and `none` are checked; those of other drivers are passed through.",
);

static MAX_FILE_WITHOUT_MAX_SIZE: Code = Code::error(
    "max-file-without-max-size",
    Allow::Anywhere,
    "\
`max_file` says how many log files are kept, and has an effect only with `max_size`: without it the first file grows without \
limit, and the engine does not warn.

```toml
logging = { driver = \"json-file\", max_size = \"10m\", max_file = 3 }
```",
);

static NO_LOG_ROTATION: Code = Code::warning(
    "no-log-rotation",
    "\
The `json-file` driver, which is also the engine's default, rotates nothing unless `max_size` is set: the log grows until \
the disk is full.

```toml
[defaults]
logging = { driver = \"json-file\", max_size = \"10m\", max_file = 3 }
```",
);

pub(super) static CODES: &[&Code] = &[&UNKNOWN_LOG_OPTION, &MAX_FILE_WITHOUT_MAX_SIZE, &NO_LOG_ROTATION];

/// The options of every driver that the engine handles before the driver sees them.
const COMMON: [&str; 6] =
    ["mode", "max-buffer-size", "cache-disabled", "cache-max-size", "cache-max-file", "cache-compress"];
const METADATA: [&str; 5] = ["labels", "labels-regex", "env", "env-regex", "tag"];

/// Whether a driver takes an option; `None` for drivers that are not checked. Measured with `docker create` on Engine 28.
fn takes(driver: &str, option: &str) -> Option<bool> {
    let rotation = ["max-size", "max-file", "compress"].contains(&option);
    let metadata = METADATA.contains(&option);
    let own = match driver {
        "json-file" => rotation || metadata,
        "local" => rotation,
        "journald" => metadata,
        "syslog" => metadata || option.starts_with("syslog-"),
        "none" => return Some(false),
        _ => return None,
    };
    Some(own || COMMON.contains(&option))
}

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (service, table) in context.services() {
        let logging = &table.logging;
        let driver = driver(table);
        for (option, key) in written(logging) {
            if takes(driver, option) == Some(false) {
                found.push(unknown(service, driver, option, &key));
            }
        }
        if !is_unbounded(context, service, table) {
            continue;
        }
        let path = service_path(service).key("logging");
        let at = match context.is_written(&path) {
            true => Place::Value(path.clone()),
            false => Place::Key(service_path(service)),
        };
        if logging.max_file.is_some() && rotates(table) {
            let message = format!("service `{service}` sets `max_file` without `max_size`");
            found.push(
                Diagnostic::new(&MAX_FILE_WITHOUT_MAX_SIZE, message)
                    .at(path.key("max_file"))
                    .label("has no effect")
                    .why("files are rotated by size: without `max_size` the first one grows without limit")
                    .help("add `max_size`, such as \"10m\""),
            );
        }
        // Under a ceiling it is a missing limit.
        let bounded = context.stack.budget.log_disk.is_some();
        if !bounded && driver == "json-file" && logging.max_file.is_none() {
            let help = help(context, goes_to(context, table));
            found.push(
                Diagnostic::new(&NO_LOG_ROTATION, format!("the log of service `{service}` is never rotated"))
                    .place(at)
                    .why("json-file without `max_size` grows until the disk is full")
                    .together("the logs of {} services are never rotated")
                    .help(help)
                    .fix(fix(context, service, table)),
            );
        }
    }
}

/// Whether the sizes of `[defaults]` go along with the driver of a service.
pub(super) fn goes_to(context: &Context<'_>, service: &Service) -> bool {
    goes_along(context, driver(service))
}

/// Where to write it, so that `logging` is written once.
pub(super) fn help(context: &Context<'_>, to_all: bool) -> &'static str {
    match context.project.document.holds(&KeyPath::from(["defaults", "logging"])) {
        _ if !to_all => "write `max_size = \"10m\"` and `max_file = 3` in `logging` of the service",
        true => "write `max_size = \"10m\"` and `max_file = 3` in `logging` of `[defaults]`",
        false => "write `logging = { max_size = \"10m\", max_file = 3 }` in `[defaults]`",
    }
}

/// Rotation where every service has it, in `[defaults]`; in the service where others do without on purpose, or have another driver.
pub(super) fn fix(context: &Context<'_>, name: &str, service: &Service) -> Fix {
    let some_do_without = context.services().values().any(|other| {
        [NO_LOG_ROTATION.name, "missing-limit"].iter().any(|code| other.allow.contains_key(*code))
    });
    let table = match goes_to(context, service) && !some_do_without {
        true => KeyPath::from(["defaults", "logging"]),
        false => service_path(name).key("logging"),
    };
    Fix::Add { table, entries: &[("max_size", "\"10m\""), ("max_file", "3")] }
}

/// Whether a log has no `max_size`, although its driver keeps one. A size that could not be read has a diagnostic of its own.
pub(super) fn is_unbounded(context: &Context<'_>, service: &str, table: &Service) -> bool {
    let driver = driver(table);
    if table.logging.max_size.is_some() || driver == "none" || table.is_provided() {
        return false;
    }
    let path = service_path(service).key("logging");
    let unread = match goes_along(context, driver) {
        true => context.is_written(&path.key("max_size")),
        false => context.project.document.holds(&path.key("max_size")),
    };
    !unread && !context.is_no_table(&path)
}

/// Whether the log driver of a service takes `max_size`.
pub(super) fn rotates(service: &Service) -> bool {
    matches!(driver(service), "json-file" | "local")
}

fn driver(service: &Service) -> &str {
    service.logging.driver.as_deref().unwrap_or("json-file")
}

/// Whether the sizes of `[defaults]` go along with a driver: with its own one.
fn goes_along(context: &Context<'_>, driver: &str) -> bool {
    let document = context.project.document;
    let key = KeyPath::from(["defaults", "logging", "driver"]);
    let written = document.holds(&key).then(|| document.locate(&Place::Value(key))).flatten();
    let text = written.map(|span| document.text()[span].trim_matches(['"', '\'']));
    text.unwrap_or("json-file") == driver
}

/// The options under the driver's own names, each with the keys below `logging` that write it.
fn written(logging: &Logging) -> impl Iterator<Item = (&str, [Option<&str>; 2])> {
    let typed = [
        logging.max_size.map(|_| ("max-size", [Some("max_size"), None])),
        logging.max_file.map(|_| ("max-file", [Some("max_file"), None])),
    ];
    let others =
        logging.options.keys().map(|option| (option.as_str(), [Some("options"), Some(option.as_str())]));
    typed.into_iter().flatten().chain(others)
}

fn unknown(service: &str, driver: &str, option: &str, key: &[Option<&str>]) -> Diagnostic {
    let candidates = ["max-size", "max-file", "compress"].into_iter().chain(METADATA).chain(COMMON);
    let near = did_you_mean(option, candidates.filter(|known| takes(driver, known) == Some(true)));
    let help = match (driver, near) {
        ("none", _) => "remove the options; `none` keeps no log".to_owned(),
        (_, Some(near)) => near,
        _ => format!(
            "remove it, or choose a driver that knows it; a `max_size` from `[defaults]` does not fit `{driver}`"
        ),
    };
    let at = key.iter().flatten().fold(service_path(service).key("logging"), |path, key| path.key(*key));
    let message = format!("the log driver `{driver}` of service `{service}` has no option `{option}`");
    Diagnostic::new(&UNKNOWN_LOG_OPTION, message)
        .at_key(at)
        .label("unknown option")
        .why("`docker compose config` accepts it and the engine refuses the container")
        .help(help)
}
