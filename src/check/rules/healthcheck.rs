//! Health checks that cannot run.

use super::Context;
use crate::{
    diag::{Allow, Code, Diagnostic, service_path},
    model::{Command, Duration, Healthcheck},
};

static BAD_HEALTHCHECK_TEST: Code = Code::error(
    "bad-healthcheck-test",
    Allow::Anywhere,
    "\
The `test` of a health check has nothing to run, or a list that does not start with `CMD`, `CMD-SHELL` or `NONE`. Compose \
refuses the latter; `[\"CMD\"]` alone passes `docker compose config`, and the container is never healthy. `CMD-SHELL` takes \
one text, which the container's shell runs; `CMD` takes a program and its arguments.

```toml
healthcheck = { test = [\"CMD\", \"pg_isready\"] }
healthcheck = { test = \"wget -q -O /dev/null http://localhost/ || exit 1\" }
```",
);

static DURATION_BELOW_MINIMUM: Code = Code::error(
    "duration-below-minimum",
    Allow::Anywhere,
    "\
An `interval`, `timeout`, `start_period` or `start_interval` of a health check is below 1 ms. `docker compose config` \
accepts it; the engine refuses the container (`Interval in Healthcheck cannot be less than 1ms`). 0 means the default: 30s \
for `interval` and `timeout`, none for `start_period`, 5s for `start_interval`.",
);

static START_INTERVAL_ALONE: Code = Code::error(
    "start-interval-without-start-period",
    Allow::Anywhere,
    "\
`start_interval` is the time between probes during `start_period`, which is 0 unless it is set: alone it has no effect, \
and the service is found healthy only after a whole `interval`.

```toml
healthcheck = { test = \"...\", start_period = \"60s\", start_interval = \"1s\" }
```",
);

static LATE_FIRST_CHECK: Code = Code::hint(
    "late-first-check",
    "\
A hint: the health of a service is checked first after a whole `interval`, which is 30s unless it is set, and `up` and every service that waits \
until it is healthy wait that long. With `start_period` the engine checks every `start_interval` (5s unless it is set) from the start on, and goes over to \
`interval` once the service is healthy. Measured with one stack: `up` took 36.6 s without `start_interval`, and 8.3 s with one of 1s.

```toml
healthcheck = { test = [\"CMD\", \"pg_isready\"], start_period = \"60s\", start_interval = \"1s\" }
```

`validate` shows hints where there is no error, other commands with `-v`. They change no exit code, and `allow` drops them.",
);

pub(super) static CODES: &[&Code] =
    &[&BAD_HEALTHCHECK_TEST, &DURATION_BELOW_MINIMUM, &START_INTERVAL_ALONE, &LATE_FIRST_CHECK];

/// An `interval` up to this is soon enough: the engine's own `start_interval`.
const SOON: Duration = Duration(std::time::Duration::from_secs(5));

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (name, service) in context.services() {
        let Some(healthcheck) = service.healthcheck.as_ref().filter(|healthcheck| !healthcheck.disable)
        else {
            continue;
        };
        let path = || service_path(name).key("healthcheck");
        if let Some(problem) = healthcheck.test.as_ref().and_then(problem) {
            let message = format!("the health check of service `{name}` {problem}");
            found.push(
                Diagnostic::new(&BAD_HEALTHCHECK_TEST, message)
                    .at(path().key("test"))
                    .why("the container never becomes healthy")
                    .help(
                        "write [\"CMD\", \"program\", \"argument\"], or a text that the container's shell runs",
                    ),
            );
        }
        for (key, duration) in durations(healthcheck) {
            if duration > Duration::default() && duration < Duration::ENGINE_MIN {
                let message =
                    format!("the health check's `{key}` of service `{name}` is {duration}, below 1ms");
                found.push(
                    Diagnostic::new(&DURATION_BELOW_MINIMUM, message)
                        .at(path().key(key))
                        .why("`docker compose config` accepts it and the engine refuses the container")
                        .help("write at least \"1ms\"; seconds are usual"),
                );
            }
        }
        if let Some(first) = late(healthcheck).filter(|_| !context.is_written(&path().key("start_period"))) {
            let message = format!("the health of service `{name}` is checked first after {first}");
            found.push(
                Diagnostic::new(&LATE_FIRST_CHECK, message)
                    .at(path())
                    .together("the health of {} services is checked first after a whole `interval`")
                    .why("`up` waits that long: in one stack it took 36.6 s, and 8.3 s with `start_interval`")
                    .help("add `start_period = \"60s\", start_interval = \"1s\"` to the health check"),
            );
        }
        let interval = healthcheck.start_interval.as_ref().and_then(|interval| interval.value);
        let unset = || match &healthcheck.start_period {
            None => !context.is_written(&path().key("start_period")),
            Some(period) => period.value == Some(Duration::default()),
        };
        if interval.is_some_and(|interval| interval > Duration::default()) && unset() {
            let message =
                format!("the health check of service `{name}` has `start_interval` without `start_period`");
            found.push(
                Diagnostic::new(&START_INTERVAL_ALONE, message)
                    .at(path().key("start_interval"))
                    .label("has no effect")
                    .why("it counts only during `start_period`, which is 0 unless it is set")
                    .help("add `start_period`, such as \"60s\""),
            );
        }
    }
}

/// When a service is checked first, where that is late; `None` where the image brings the check, or only Compose knows.
fn late(healthcheck: &Healthcheck) -> Option<String> {
    if healthcheck.test.is_none()
        || healthcheck.start_period.is_some()
        || healthcheck.start_interval.is_some()
    {
        return None;
    }
    match &healthcheck.interval {
        None => Some("30s".to_owned()),
        Some(written) => match written.value? {
            Duration(zero) if zero.is_zero() => Some("30s".to_owned()),
            interval => (interval > SOON).then(|| written.text.clone()),
        },
    }
}

fn durations(healthcheck: &Healthcheck) -> impl Iterator<Item = (&'static str, Duration)> {
    let Healthcheck { interval, timeout, start_period, start_interval, .. } = healthcheck;
    [
        ("interval", interval),
        ("timeout", timeout),
        ("start_period", start_period),
        ("start_interval", start_interval),
    ]
    .into_iter()
    .filter_map(|(key, written)| written.as_ref().and_then(|written| written.value).map(|value| (key, value)))
}

fn problem(test: &Command) -> Option<String> {
    let blank = |text: &String| text.trim().is_empty();
    match test {
        Command::Shell(text) => blank(text).then(|| "has an empty `test`".to_owned()),
        Command::Exec(list) => match list.split_first() {
            None => Some("has an empty `test`".to_owned()),
            Some((first, rest)) => match (first.as_str(), rest) {
                ("NONE", _) => None,
                ("CMD" | "CMD-SHELL", []) => Some(format!("has nothing to run behind `{first}`")),
                ("CMD" | "CMD-SHELL", [program, ..]) if blank(program) => {
                    Some(format!("has nothing to run behind `{first}`"))
                }
                ("CMD-SHELL", [_, _, ..]) => {
                    Some("gives `CMD-SHELL` more than one text, and only the first is run".to_owned())
                }
                ("CMD" | "CMD-SHELL", _) => None,
                _ => Some(format!("starts with `{first}` instead of `CMD`, `CMD-SHELL` or `NONE`")),
            },
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_has_something_to_run() {
        let list =
            |items: &[&str]| problem(&Command::Exec(items.iter().map(|item| (*item).to_owned()).collect()));
        for fine in [&["CMD", "true"][..], &["CMD-SHELL", "exit 0"], &["NONE"], &["CMD", "a", "b", "c"]] {
            assert_eq!(list(fine), None, "{fine:?}");
        }
        for bad in
            [&[][..], &["CMD"], &["CMD-SHELL"], &["curl", "x"], &["CMD", " "], &["CMD-SHELL", "a", "b"]]
        {
            assert!(list(bad).is_some(), "{bad:?}");
        }
        assert_eq!(problem(&Command::Shell("exit 0".into())), None);
        assert!(problem(&Command::Shell("  ".into())).is_some());
    }
}
