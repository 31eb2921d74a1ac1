//! What Podman shows otherwise than Docker of a container that is as it was asked for (Podman 5.8, through Docker's API).

use crate::engine::inspect_image::HealthSpec;

/// Variables that it sets itself.
pub const VARIABLES: [&str; 3] = ["container", "HOME", "HOSTNAME"];
/// The limit of processes that it sets where none is asked for.
const PIDS: i64 = 2048;
/// What it writes where a health check does not say: nanoseconds, and a count.
const INTERVAL: i64 = 30_000_000_000;
const RETRIES: i64 = 3;

/// The limit of processes as Docker would show it.
pub fn pids(has: Option<i64>, wants: Option<i64>) -> Option<i64> {
    has.filter(|has| *has != PIDS || wants.is_some())
}

/// A health check in the form in which both sides are compared: its defaults are written down, none is none, and
/// `start_interval` is dropped, as Podman drops it.
pub fn health(check: Option<HealthSpec>) -> Option<HealthSpec> {
    let or = |value: i64, default| if value == 0 { default } else { value };
    let check = check.filter(|check| check.test.first().is_none_or(|word| word != "NONE"))?;
    Some(HealthSpec {
        interval: or(check.interval, INTERVAL),
        timeout: or(check.timeout, INTERVAL),
        retries: or(check.retries, RETRIES),
        start_interval: 0,
        ..check
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_podman_shows_them() {
        assert_eq!(
            (pids(Some(2048), None), pids(Some(2048), Some(100)), pids(Some(100), None)),
            (None, Some(2048), Some(100))
        );
        let none = HealthSpec { test: vec!["NONE".into()], interval: INTERVAL, ..HealthSpec::default() };
        assert_eq!(health(Some(none)), None);
        let own = HealthSpec { test: vec!["CMD".into()], start_interval: 5, ..HealthSpec::default() };
        let shown = HealthSpec {
            interval: INTERVAL,
            timeout: INTERVAL,
            retries: RETRIES,
            start_interval: 0,
            ..own.clone()
        };
        assert_eq!(health(Some(own)), health(Some(shown)));
    }
}
