//! Reading quantities: sizes, CPUs, durations.

use super::{
    table::{Item, type_name},
    tree::Kind,
};
use crate::{
    diag::{Allow, Code},
    model::{Bytes, Cpus, Duration, Written, variable},
};

/// A size that Docker refuses or that means nothing.
pub static BAD_SIZE: Code = Code::error(
    "bad-size",
    Allow::Never(Allow::UNREAD),
    "\
A size is a string with a number and a unit: `\"512M\"`, `\"1.5G\"`. The units are b, k, m, g, t and p in any case, each with \
an optional `i` and `b`, and every one is 1024-based: `512m`, `512MB` and `512MiB` are the same.

```toml
limits = { memory = 512 }        # error: 512 bytes, or 512M?
limits = { memory = \"0.5\" }      # error: half a byte becomes 0, which means no limit
limits = { memory = \"-1G\" }      # error
limits = { memory = \"512M\" }
```

Compose's schema refuses a bare number under `deploy`; a size that truncates to 0 it accepts, and 0 means no limit at all.",
);

/// A number of CPUs that means nothing.
pub static BAD_CPUS: Code = Code::error(
    "bad-cpus",
    Allow::Never(Allow::UNREAD),
    "\
CPUs are a plain decimal number above zero with at most nine decimals, as a number or a string: `0.5`, `2`, `\"1.25\"`. \
Zero would mean no limit.

```toml
limits = { memory = \"512M\", cpus = -1 }     # error
limits = { memory = \"512M\", cpus = nan }    # error
limits = { memory = \"512M\", cpus = 0.5 }
```",
);

/// A duration that Compose refuses.
pub static BAD_DURATION: Code = Code::error(
    "bad-duration",
    Allow::Never(Allow::UNREAD),
    "\
A duration is a string of numbers with units `ns`, `us`, `ms`, `s`, `m` or `h`, joined where needed: `\"30s\"`, `\"1m30s\"`. A bare \
number and a negative duration are errors in Compose, some of them only when the container is created.

```toml
healthcheck = { test = [\"CMD\", \"true\"], interval = 30 }       # error
healthcheck = { test = [\"CMD\", \"true\"], interval = \"30s\" }
```",
);

impl Item<'_, '_> {
    /// A size above zero.
    pub(super) fn bytes(&self) -> Option<Bytes> {
        let text = match self.node.kind() {
            Kind::String(_) => self.proof_text()?,
            Kind::Integer(_) | Kind::Float(_) => {
                return self.reject(|| {
                    let number = self.written().unwrap_or_default();
                    let help = match number.strip_prefix('-') {
                        Some(_) => "a size cannot be negative; write a string such as \"512M\"".to_owned(),
                        None => format!("write the unit, such as \"{number}M\", or \"{number}b\" for bytes"),
                    };
                    self.error(&BAD_SIZE, format!("{} is a number without a unit", self.path()))
                        .label("which unit?")
                        .why("Compose refuses a bare number here")
                        .help(help)
                });
            }
            _ => return self.wrong_type("a size such as \"512M\""),
        };
        match Bytes::parse(&text) {
            Ok(Bytes(0)) => self.reject(|| {
                let error = self.error(&BAD_SIZE, format!("{} is 0 bytes", self.path()));
                error.label("means no limit at all").help(if text.trim() == "0" {
                    "write a size such as \"512M\", or leave the key out"
                } else {
                    "write the unit, such as \"512M\": a fraction of a byte is truncated to 0"
                })
            }),
            Ok(bytes) => Some(bytes),
            Err(_) if self.variable_text().is_some() => self.misgiven("a size such as 512M"),
            Err(error) => self.reject(|| {
                let found = self.error(&BAD_SIZE, format!("{text:?} is not a size"));
                match of_kubernetes(&text) {
                    Some(size) => found
                        .label("a unit of Kubernetes")
                        .help(format!("write \"{size}\": every unit is 1024-based here"))
                        .together_with(
                            "{} sizes have a unit of Kubernetes",
                            "write each without the `i`, such as \"256M\": every unit is 1024-based here",
                        ),
                    None => found.label(error.to_string()).help("write a size such as \"512M\" or \"1.5G\""),
                }
            }),
        }
    }

    /// A number of CPUs above zero, as a number or a text.
    pub(super) fn cpus(&self) -> Option<Cpus> {
        let text = match self.node.kind() {
            Kind::String(_) => self.proof_text()?.into_owned(),
            Kind::Integer(_) | Kind::Float(_) => self.written()?,
            _ => return self.wrong_type("a number of CPUs such as 0.5"),
        };
        let label = match Cpus::parse(&text) {
            Ok(Cpus { nanos: 0 }) => "0 means no limit at all".to_owned(),
            Ok(cpus) => return Some(cpus),
            Err(_) if self.variable_text().is_some() => {
                return self.misgiven("a number of CPUs such as 0.5");
            }
            Err(error) => error.to_string(),
        };
        self.reject(|| {
            let found = self.error(&BAD_CPUS, format!("{text} is not a number of CPUs"));
            match thousandths(&text) {
                Some(cpus) => {
                    found.label("thousandths, as in Kubernetes").help(format!("write {cpus}")).together_with(
                        "{} numbers of CPUs are thousandths, as in Kubernetes",
                        "write each as a number of CPUs, such as 0.5 for \"500m\"",
                    )
                }
                None => found.label(label).help("write a number above zero, such as 0.5 or 2"),
            }
        })
    }

    /// A duration in Compose's syntax, or a text with a variable.
    pub(super) fn duration(&self) -> Option<Written<Duration>> {
        let Some(text) = self.as_text() else {
            return self.reject(|| {
                let found = type_name(self.node.kind());
                self.error(
                    &BAD_DURATION,
                    format!("{} must be a string with a unit, not {found}", self.path()),
                )
                .label("expected a duration such as \"30s\"")
                .why("Compose refuses a number here")
                .help(match self.node.kind() {
                    Kind::Integer(number) => format!("write \"{number}s\" for seconds"),
                    _ => "write a duration such as \"30s\" or \"1m30s\"".to_owned(),
                })
            });
        };
        if !self.interpolates(text) {
            return None;
        }
        if variable::has_variable(text) {
            return Some(Written { text: text.to_owned(), value: None });
        }
        match Duration::parse(text) {
            Ok(value) => Some(Written { text: text.to_owned(), value: Some(value) }),
            Err(error) => self.reject(|| {
                self.error(&BAD_DURATION, format!("{text:?} is not a duration"))
                    .label(error.to_string())
                    .help("write a duration such as \"30s\" or \"1m30s\"")
            }),
        }
    }
}

/// What Kubernetes writes with `Ki`, `Mi` and the like, in Docker's units.
fn of_kubernetes(text: &str) -> Option<String> {
    let size = text.strip_suffix('i')?;
    let has_unit = size.ends_with(['K', 'k', 'M', 'G', 'T', 'P']);
    (has_unit && Bytes::parse(size).is_ok_and(|bytes| bytes > Bytes(0))).then(|| size.to_owned())
}

/// What Kubernetes writes as thousandths of a CPU: `500m`.
fn thousandths(text: &str) -> Option<Cpus> {
    let thousandths: u64 = text.strip_suffix('m')?.parse().ok()?;
    let nanos = thousandths.checked_mul(1_000_000).filter(|nanos| *nanos > 0)?;
    Some(Cpus { nanos })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{in_service, service};

    #[test]
    fn durations_keep_their_text_and_may_hold_a_variable() {
        let check = service("healthcheck = { test = \"x\", interval = \"1m30s\", timeout = \"${T:-5s}\" }")
            .healthcheck
            .unwrap();
        let interval = check.interval.unwrap();
        assert_eq!((interval.text.as_str(), interval.value.unwrap().0.as_secs()), ("1m30s", 90));
        assert_eq!(check.timeout.unwrap().value, None);
    }

    #[test]
    fn says_what_is_wrong() {
        insta::assert_snapshot!(
            in_service("limits = { memory = 512, cpus = 0 }\nreservations = { memory = \"0.5\", cpus = \"1,5\" }\nhealthcheck = { test = \"x\", interval = 30, timeout = \"soon\" }"),
            @r#"
            bad-size at `512`: services.api.limits.memory is a number without a unit (which unit?)
            bad-cpus at `0`: 0 is not a number of CPUs (0 means no limit at all)
            bad-size at `"0.5"`: services.api.reservations.memory is 0 bytes (means no limit at all)
            bad-cpus at `"1,5"`: 1,5 is not a number of CPUs (CPUs are a plain decimal number that is not negative, such as 0.5 or 2)
            bad-duration at `30`: services.api.healthcheck.interval must be a string with a unit, not an integer (expected a duration such as "30s")
            bad-duration at `"soon"`: "soon" is not a duration (a duration consists of numbers with the units us, ms, s, m or h, such as 500ms or 1m30s)
            "#
        );
    }
}
