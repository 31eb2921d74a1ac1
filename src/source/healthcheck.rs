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
    // Timings in [defaults] are for the tests that services bring. Where none does, they would make a health check without
    // a test, which `docker compose up --wait` takes for a failure (measured on 2.40.3).
    let timings_alone = item.is_inherited() && check.test.is_none() && !check.disable;
    (!timings_alone).then_some(check)
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

#[cfg(test)]
mod tests {
    use crate::source::parse;

    #[test]
    fn timings_in_the_defaults_make_no_health_check() {
        let parsed = parse(
            b"name = \"a\"\nbudget = { memory = \"1G\", cpus = 1 }\ndefaults.healthcheck = { interval = \"10s\", retries = 5 }\n\
              [services.none]\nimage = \"a:1\"\n\
              [services.own]\nimage = \"a:1\"\nhealthcheck = { test = \"true\", retries = 2 }\n\
              [services.image]\nimage = \"a:1\"\nhealthcheck = { retries = 2 } # the image's own test, asked differently\n",
        );
        assert_eq!(parsed.diagnostics, []);
        let check = |name: &str| parsed.stack.services[name].healthcheck.clone();
        assert_eq!(check("none"), None);
        let own = check("own").unwrap();
        assert_eq!((own.retries, own.interval.unwrap().text.as_str()), (Some(2), "10s"));
        assert!(check("image").is_some_and(|check| check.test.is_none()));
    }
}
