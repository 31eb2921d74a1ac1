//! Reading scalars: texts, numbers, sizes, CPUs, durations.

use toml::de::DeValue;

use super::table::Item;
use crate::{
    diag::{Code, Severity},
    model::{Bytes, Cpus, Duration, Written, variable},
};

/// A variable where a proof reads.
pub static VARIABLE_IN_PROOF: Code = Code {
    name: "variable-in-proof",
    severity: Severity::Error,
    docs: "\
Limits, reservations, replicas, profiles, logging and ports must not hold a `$` variable: stackctl proves what every \
combination of profiles needs, and a value that is only known when Compose runs cannot be proved.

```toml
limits = { memory = \"${API_MEMORY}\", cpus = 1.0 }     # error
limits = { memory = \"512M\", cpus = 1.0 }
```

Write the value. Different values for different machines are different stack.toml files, or a profile whose overlay \
changes them.",
};

/// Interpolation that Compose refuses.
pub static BAD_VARIABLE: Code = Code {
    name: "bad-variable",
    severity: Severity::Error,
    docs: "\
The text holds a `$` that Compose cannot interpolate: `${}`, a `${` that is never closed, or an operator that does not \
exist. Compose would refuse the whole file with \"invalid interpolation format\".

```toml
command = \"echo ${HOME\"         # error: never closed
command = \"echo $${HOME\"        # a literal ${HOME
command = \"echo ${HOME:-/root}\"
```

Close it, or write `$$` for a literal dollar sign.",
};

/// A number that does not fit.
pub static BAD_NUMBER: Code = Code {
    name: "bad-number",
    severity: Severity::Error,
    docs: "\
The number is outside what the key can hold: negative replicas, a `max_file` of 0, a whole number above 64 bits.

```toml
replicas = -1      # error
replicas = 2
```",
};

/// A size that Docker refuses or that means nothing.
pub static BAD_SIZE: Code = Code {
    name: "bad-size",
    severity: Severity::Error,
    docs: "\
A size is a text of a number and a unit: `\"512M\"`, `\"1.5G\"`. The units are b, k, m, g, t and p in any case, each with \
an optional `i` and `b`, and every one is 1024-based: `512m`, `512MB` and `512MiB` are the same.

```toml
limits = { memory = 512 }        # error: 512 bytes, or 512M?
limits = { memory = \"0.5\" }      # error: half a byte becomes 0, which means no limit
limits = { memory = \"-1G\" }      # error
limits = { memory = \"512M\" }
```

Compose's schema refuses a bare number under `deploy`; a size that truncates to 0 it accepts, and 0 means no limit at all.",
};

/// A number of CPUs that means nothing.
pub static BAD_CPUS: Code = Code {
    name: "bad-cpus",
    severity: Severity::Error,
    docs: "\
CPUs are a plain decimal number above zero with at most nine decimals, as a number or a text: `0.5`, `2`, `\"1.25\"`. \
Zero would mean no limit.

```toml
limits = { memory = \"512M\", cpus = -1 }     # error
limits = { memory = \"512M\", cpus = nan }    # error
limits = { memory = \"512M\", cpus = 0.5 }
```",
};

/// A duration that Compose refuses.
pub static BAD_DURATION: Code = Code {
    name: "bad-duration",
    severity: Severity::Error,
    docs: "\
A duration is a text of numbers with units `us`, `ms`, `s`, `m` or `h`, joined where needed: `\"30s\"`, `\"1m30s\"`. A bare \
number and a negative duration are errors in Compose, some of them only when the container is created.

```toml
healthcheck = { test = [\"CMD\", \"true\"], interval = 30 }       # error
healthcheck = { test = [\"CMD\", \"true\"], interval = \"30s\" }
```",
};

/// A value that is none of those the key knows.
pub static BAD_VALUE: Code = Code {
    name: "bad-value",
    severity: Severity::Error,
    docs: "\
The key takes one of a few values, or a text of a certain form, and this is none of them.

```toml
depends_on = { db = \"ready\" }       # error: started, healthy or completed
depends_on = { db = \"healthy\" }
```",
};

impl<'d> Item<'_, 'd> {
    /// A text that Compose will interpolate: malformed variables are reported.
    pub(super) fn text(&self) -> Option<String> {
        let text = self.plain_text()?;
        self.interpolates(text).then(|| text.to_owned())
    }

    /// A text that only stackctl reads.
    pub(super) fn plain_text(&self) -> Option<&'d str> {
        let text = self.as_text();
        if text.is_none() {
            let value = self.value.get_ref();
            let scalar = !(value.is_array() || value.is_table());
            if scalar { self.wrong_type("a string in quotes") } else { self.wrong_type("a string") }
        }
        text
    }

    /// The text, where it is one.
    pub(super) fn as_text(&self) -> Option<&'d str> {
        self.value.get_ref().as_str()
    }

    /// A text that a proof reads: no variable.
    pub(super) fn proof_text(&self) -> Option<&'d str> {
        let text = self.plain_text()?;
        self.proves(text).then_some(text)
    }

    /// Whether a text is free of variables; reported where it is not.
    pub(super) fn proves(&self, text: &str) -> bool {
        let variable = variable::has_variable(text);
        if variable {
            self.report(|| {
                self.error(&VARIABLE_IN_PROOF, format!("{} holds a variable", self.path()))
                    .label("only known when Compose runs")
                    .why("what every combination of profiles needs is proved before Compose runs, from stack.toml alone")
                    .help("write the value; a profile's overlay can change it where it has to differ")
            });
        }
        !variable
    }

    /// Whether Compose can interpolate a text; reported where it cannot.
    pub(super) fn interpolates(&self, text: &str) -> bool {
        if !text.contains('$') {
            return true;
        }
        let Err(variable::Malformed(at)) = variable::variables(text) else { return true };
        self.report(|| {
            let rest: String = text[at..].chars().take(24).collect();
            self.error(&BAD_VARIABLE, format!("{} holds a `$` that Compose cannot interpolate", self.path()))
                .label(format!("malformed from `{rest}` on"))
                .why("Compose refuses the whole file")
                .help("write `$$` for a literal dollar sign, or `${NAME}` and `${NAME:-default}` for a variable")
        });
        false
    }

    /// A list of texts.
    pub(super) fn texts(&self) -> Option<Vec<String>> {
        let Some(list) = self.as_list() else {
            self.wrong_type("a list of strings");
            return None;
        };
        Some(list.iter().filter_map(Item::text).collect())
    }

    /// A text or a list of texts.
    pub(super) fn text_or_texts(&self) -> Option<Vec<String>> {
        match self.value.get_ref() {
            DeValue::String(_) => self.text().map(|text| vec![text]),
            DeValue::Array(_) => self.texts(),
            _ => {
                self.wrong_type("a string or a list of strings");
                None
            }
        }
    }

    /// A boolean.
    pub(super) fn boolean(&self) -> Option<bool> {
        let value = self.value.get_ref().as_bool();
        if value.is_none() {
            self.wrong_type("true or false");
        }
        value
    }

    /// The text of a scalar as it was written: `1.10` stays `1.10`, a boolean is `true`, a date is its text. Underscores
    /// in numbers are TOML's and are left out.
    pub(super) fn written(&self) -> Option<String> {
        match self.value.get_ref() {
            DeValue::String(_) => self.text(),
            DeValue::Integer(number) => Some(number.to_string()),
            DeValue::Float(number) => Some(number.as_str().to_owned()),
            DeValue::Boolean(value) => Some(value.to_string()),
            DeValue::Datetime(date) => {
                let text = self.context().text.get(self.value.span());
                Some(text.map_or_else(|| date.to_string(), str::to_owned))
            }
            DeValue::Array(_) | DeValue::Table(_) => {
                self.wrong_type("a string, a number or a boolean");
                None
            }
        }
    }

    /// A whole number of at least `least` and at most `most`, also as a text of digits. No variable.
    pub(super) fn whole(&self, least: i64, most: i64) -> Option<i64> {
        let number = match self.value.get_ref() {
            DeValue::Integer(_) => self.integer()?,
            DeValue::String(_) => match self.proof_text()?.parse() {
                Ok(number) => number,
                Err(_) => {
                    self.wrong_type("a whole number");
                    return None;
                }
            },
            _ => {
                self.wrong_type("a whole number");
                return None;
            }
        };
        if (least..=most).contains(&number) {
            return Some(number);
        }
        self.report(|| {
            let range = if number < least { format!("at least {least}") } else { format!("at most {most}") };
            self.error(&BAD_NUMBER, format!("{} must be {range}, not {number}", self.path())).label(range)
        });
        None
    }

    /// A whole number that fits 32 bits.
    pub(super) fn count(&self, least: u32) -> Option<u32> {
        self.whole(least.into(), u32::MAX.into()).and_then(|number| u32::try_from(number).ok())
    }

    /// The number of an integer, which fits 64 bits.
    pub(super) fn integer(&self) -> Option<i64> {
        let Some(number) = self.value.get_ref().as_integer() else {
            self.wrong_type("a whole number");
            return None;
        };
        let parsed = i64::from_str_radix(number.as_str(), number.radix()).ok();
        if parsed.is_none() {
            self.report(|| {
                self.error(&BAD_NUMBER, format!("{} does not fit 64 bits", self.path())).label("too large")
            });
        }
        parsed
    }

    /// A size above zero.
    pub(super) fn bytes(&self) -> Option<Bytes> {
        let text = match self.value.get_ref() {
            DeValue::String(_) => self.proof_text()?,
            DeValue::Integer(_) | DeValue::Float(_) => {
                self.report(|| {
                    let number = self.written().unwrap_or_default();
                    let help = match number.strip_prefix('-') {
                        Some(_) => "a size is never negative; write a text such as \"512M\"".to_owned(),
                        None => format!("write the unit, such as \"{number}M\", or \"{number}b\" for bytes"),
                    };
                    self.error(&BAD_SIZE, format!("{} is a number without a unit", self.path()))
                        .label("which unit?")
                        .why("Compose refuses a bare number here")
                        .help(help)
                });
                return None;
            }
            _ => {
                self.wrong_type("a size such as \"512M\"");
                return None;
            }
        };
        match Bytes::parse(text) {
            Ok(Bytes(0)) => {
                self.report(|| {
                    let error = self.error(&BAD_SIZE, format!("{} is 0 bytes", self.path()));
                    error.label("means no limit at all").help(if text.trim() == "0" {
                        "write a size such as \"512M\", or leave the key out"
                    } else {
                        "write the unit, such as \"512M\": a fraction of a byte is truncated to 0"
                    })
                });
                None
            }
            Ok(bytes) => Some(bytes),
            Err(error) => {
                self.report(|| {
                    self.error(&BAD_SIZE, format!("{text:?} is no size"))
                        .label(error.to_string())
                        .help("write a size such as \"512M\" or \"1.5G\"")
                });
                None
            }
        }
    }

    /// A number of CPUs above zero, as a number or a text.
    pub(super) fn cpus(&self) -> Option<Cpus> {
        let text = match self.value.get_ref() {
            DeValue::String(_) => self.proof_text()?.to_owned(),
            DeValue::Integer(_) | DeValue::Float(_) => self.written()?,
            _ => {
                self.wrong_type("a number of CPUs such as 0.5");
                return None;
            }
        };
        let label = match Cpus::parse(&text) {
            Ok(Cpus { nanos: 0 }) => "0 means no limit at all".to_owned(),
            Ok(cpus) => return Some(cpus),
            Err(error) => error.to_string(),
        };
        self.report(|| {
            self.error(&BAD_CPUS, format!("{text} is no number of CPUs"))
                .label(label)
                .help("write a number above zero, such as 0.5 or 2")
        });
        None
    }

    /// A duration in Compose's syntax, or a text with a variable.
    pub(super) fn duration(&self) -> Option<Written<Duration>> {
        let Some(text) = self.as_text() else {
            self.report(|| {
                let found = super::table::type_name(self.value.get_ref());
                self.error(&BAD_DURATION, format!("{} must be a text with a unit, not {found}", self.path()))
                    .label("expected a duration such as \"30s\"")
                    .why("Compose refuses a number here")
                    .help(match self.value.get_ref() {
                        DeValue::Integer(number) => format!("write \"{number}s\" for seconds"),
                        _ => "write a duration such as \"30s\" or \"1m30s\"".to_owned(),
                    })
            });
            return None;
        };
        if !self.interpolates(text) {
            return None;
        }
        if variable::has_variable(text) {
            return Some(Written { text: text.to_owned(), value: None });
        }
        match Duration::parse(text) {
            Ok(value) => Some(Written { text: text.to_owned(), value: Some(value) }),
            Err(error) => {
                self.report(|| {
                    self.error(&BAD_DURATION, format!("{text:?} is no duration"))
                        .label(error.to_string())
                        .help("write a duration such as \"30s\" or \"1m30s\"")
                });
                None
            }
        }
    }
}
