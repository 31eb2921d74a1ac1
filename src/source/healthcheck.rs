//! `healthcheck`.

use super::{command, scalar::BAD_VALUE, table::Item};
use crate::model::{Command, Healthcheck};

const KEYS: [&str; 7] =
    ["disable", "test", "interval", "timeout", "retries", "start_period", "start_interval"];

/// Decode `healthcheck`.
pub(super) fn decode(item: &Item<'_, '_>) -> Option<Healthcheck> {
    let table = item.table()?;
    let mut check = Healthcheck::default();
    for item in table.items() {
        match item.key() {
            "disable" => check.disable |= item.boolean().unwrap_or_default(),
            "test" => check.test = test(&item),
            "interval" => check.interval = item.duration(),
            "timeout" => check.timeout = item.duration(),
            "retries" => check.retries = item.count(0),
            "start_period" => check.start_period = item.duration(),
            "start_interval" => check.start_interval = item.duration(),
            _ => item.unknown(KEYS),
        }
    }
    check.disable |= matches!(&check.test, Some(Command::Exec(words)) if words == &["NONE"]);
    Some(check)
}

fn test(item: &Item<'_, '_>) -> Option<Command> {
    let test = command::decode(item)?;
    if let Command::Exec(words) = &test {
        let first = words.first().map_or("", String::as_str);
        if !matches!(first, "CMD" | "CMD-SHELL" | "NONE") {
            item.report(|| {
                item.error(&BAD_VALUE, format!("{} starts with {first:?}", item.path()))
                    .label("must start with CMD, CMD-SHELL or NONE")
                    .why("Compose refuses the file")
                    .help("put \"CMD\" in front to run a program, or \"CMD-SHELL\" to run one line in the container's shell")
            });
            return None;
        }
    }
    Some(test)
}
