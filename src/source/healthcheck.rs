//! `healthcheck`.

use super::{command, reference::HEALTHCHECK_TABLE, scalar::BAD_VALUE, table::Item};
use crate::model::{Command, Healthcheck};

/// The word that stands for the check of the image.
const IMAGE: &str = "image";

/// Decode `healthcheck`: a table, or the word for the check of the image.
pub(super) fn decode(item: &Item<'_, '_>) -> Option<Healthcheck> {
    if item.as_text() == Some(IMAGE) {
        return Some(Healthcheck { from_image: true, ..Healthcheck::default() });
    }
    let Some(table) = item.as_table() else { return item.wrong_type("a table, or \"image\"") };
    let mut check = Healthcheck::default();
    for item in table.read(&HEALTHCHECK_TABLE, &mut check.rest) {
        match item.key() {
            "disable" => check.disable |= item.given_boolean().unwrap_or_default(),
            "test" => check.test = test(&item),
            "interval" => check.interval = item.duration(),
            "timeout" => check.timeout = item.duration(),
            "retries" => check.retries = item.unread_count(),
            "start_period" => check.start_period = item.duration(),
            "start_interval" => check.start_interval = item.duration(),
            _ => {}
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
    let Command::Exec(words) = &test else { return Some(test) };
    let first = words.first().map_or("", String::as_str);
    let is_known = item.ensure(matches!(first, "CMD" | "CMD-SHELL" | "NONE"), || {
        let path = item.path();
        let message = if words.is_empty() {
            format!("{path} is an empty list")
        } else {
            format!("{path} starts with {first:?}")
        };
        item.error(&BAD_VALUE, message)
            .label("must start with CMD, CMD-SHELL or NONE")
            .why("Compose refuses the file")
            .help("start with \"CMD\" to run a program, or with \"CMD-SHELL\" to run a command in the container's shell")
    });
    is_known.then_some(test)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{in_service, service};
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

    #[test]
    fn the_word_image_stands_for_the_check_of_the_image() {
        assert!(service("healthcheck = \"image\"").healthcheck.unwrap().from_image);
        let parsed = parse(
            b"name = \"a\"\nbudget = { memory = \"1G\", cpus = 1 }\ndefaults.healthcheck = { interval = \"10s\" }\n\
              [services.image]\nimage = \"a:1\"\nhealthcheck = \"image\"\n",
        );
        assert_eq!(parsed.diagnostics, []);
        let check = parsed.stack.services["image"].healthcheck.clone().unwrap();
        assert!(check.from_image && check.interval.is_none(), "no timings of the defaults");
        insta::assert_snapshot!(in_service("healthcheck = \"imge\""), @r#"
        wrong-type at `"imge"`: services.api.healthcheck must be a table, or "image", not a string (expected a table, or "image")
        "#);
    }

    #[test]
    fn none_means_disabled() {
        assert!(service("healthcheck = { test = [\"NONE\"] }").healthcheck.unwrap().disable);
        let check = service("healthcheck = { test = \"true\", interval = \"${I}\", retries = \"3\" }")
            .healthcheck
            .unwrap();
        assert!(!check.disable);
        assert_eq!((check.interval.unwrap().value, check.retries), (None, Some(3)));
    }

    #[test]
    fn says_what_is_wrong() {
        insta::assert_snapshot!(
            in_service("healthcheck = { test = [\"curl\", \"x\"], interval = 30, timeout = \"-5s\", retries = -1, start_period = \"5\", strat_interval = \"1s\" }"),
            @r#"
            bad-value at `["curl", "x"]`: services.api.healthcheck.test starts with "curl" (must start with CMD, CMD-SHELL or NONE)
            bad-duration at `30`: services.api.healthcheck.interval must be a string with a unit, not an integer (expected a duration such as "30s")
            bad-duration at `"-5s"`: "-5s" is not a duration (a duration cannot be negative)
            bad-number at `-1`: services.api.healthcheck.retries must be at least 0, not -1 (at least 0)
            bad-duration at `"5"`: "5" is not a duration (a duration needs a unit: us, ms, s, m or h, such as 30s or 1m30s)
            unknown-key at `strat_interval`: unknown key `strat_interval` in services.api.healthcheck (did you mean `start_interval`?)
            "#
        );
        insta::assert_snapshot!(in_service("healthcheck = { test = [], disable = \"yes\" }"), @r#"
        bad-value at `[]`: services.api.healthcheck.test is an empty list (must start with CMD, CMD-SHELL or NONE)
        wrong-type at `"yes"`: services.api.healthcheck.disable must be true or false, not a string (expected true or false)
        "#);
    }
}
