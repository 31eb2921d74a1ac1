//! Reading scalars: texts, booleans, whole numbers.

use std::borrow::Cow;

use super::{table::Item, tree::Kind};
use crate::{
    diag::{Allow, Code},
    model::{boolean, variable},
};

/// A variable where a proof reads.
pub static VARIABLE_IN_PROOF: Code = Code::error(
    "variable-in-proof",
    Allow::Never(Allow::UNREAD),
    "\
A key that a proof reads holds a variable without a value. Limits, reservations, replicas, log sizes, ports and names of \
dependencies may hold one where `.env` beside stack.toml or the variable's own default gives its value: the proof uses that value and \
names it (`assumes: API_MEMORY=512M (.env)`), and Compose is given the variable. The shell is never read, so that the proof gives the \
same answer on every machine; `up` and `plan` take the shell's value, as Compose does, and check again with it.

```toml
limits = { memory = \"${API_MEMORY}\", cpus = 1.0 }          # error, unless .env sets API_MEMORY
limits = { memory = \"${API_MEMORY:-512M}\", cpus = 1.0 }
profiles = [\"${PROFILE:-extra}\"]                          # error: a profile is never a variable
```

Set the variable in `.env`, or give it a default. The names of profiles, `[budget]` and `[traffic]` hold no variables: stackctl \
reads them itself.",
);

/// Interpolation that Compose refuses.
pub static BAD_VARIABLE: Code = Code::error(
    "bad-variable",
    Allow::Never(Allow::REFUSED),
    "\
The text contains a `$` that Compose cannot interpolate: `${}`, a `${` that is never closed, an operator that does not \
exist, or a line break between the braces. Compose would refuse the whole file with \"invalid interpolation format\". \
Variables within the defaults of others, `${A:-${B:-c}}`, may be nested 32 deep.

```toml
command = \"echo ${HOME\"         # error: never closed
command = \"echo $${HOME\"        # a literal ${HOME
command = \"echo ${HOME:-/root}\"
```

Close it, or write `$$` for a literal dollar sign.",
);

/// A number that does not fit.
pub static BAD_NUMBER: Code = Code::error(
    "bad-number",
    Allow::Never(Allow::UNREAD),
    "\
The number is outside the range of the key: negative replicas, a `max_file` of 0, a whole number above 64 bits.

```toml
replicas = -1      # error
replicas = 2
```",
);

/// A value that is none of those the key knows.
pub static BAD_VALUE: Code = Code::error(
    "bad-value",
    Allow::Never(Allow::UNREAD),
    "\
The key takes one of a few values, or a string of a certain form, and this is not one of them.

```toml
depends_on = { db = \"ready\" }       # error: started, healthy or completed
depends_on = { db = \"healthy\" }
```",
);

/// File permissions that mean something else than they look.
pub static BAD_MODE: Code = Code::error(
    "bad-mode",
    Allow::Never(Allow::UNREAD),
    "\
A file mode is octal: `0o440`, or the string `\"0440\"`. The decimal number 440 would be the mode 0670.

```toml
secrets = [{ source = \"db\", mode = 440 }]        # error
secrets = [{ source = \"db\", mode = 0o440 }]
```

Compose ignores the mode of a secret that is a file on the machine.",
);

impl<'d> Item<'_, 'd> {
    /// A text that Compose will interpolate: malformed variables are reported.
    pub(super) fn text(&self) -> Option<String> {
        let text = self.plain_text()?;
        self.interpolates(text).then(|| text.to_owned())
    }

    /// A text that only stackctl reads.
    pub(super) fn plain_text(&self) -> Option<&'d str> {
        self.as_text().or_else(|| {
            let is_scalar = !(self.node.is_array() || self.node.is_table());
            self.wrong_type(if is_scalar { "a string in quotes" } else { "a string" })
        })
    }

    /// The text, where it is one.
    pub(super) fn as_text(&self) -> Option<&'d str> {
        self.node.as_str()
    }

    /// The value of a text that a proof reads. Where it holds a variable, that of `.env` or of a default, and the text is kept
    /// for Compose.
    pub(super) fn proof_text(&self) -> Option<Cow<'d, str>> {
        let text = self.plain_text()?;
        let value = self.resolved(text)?;
        if matches!(value, Cow::Owned(_)) {
            self.keep(self.key_path(), text);
        }
        Some(value)
    }

    /// A text that no variable may decide about.
    pub(super) fn fixed_text(&self) -> Option<&'d str> {
        let text = self.plain_text()?;
        self.is_fixed(text).then_some(text)
    }

    /// Whether a text is free of variables; reported where it is not.
    pub(super) fn is_fixed(&self, text: &str) -> bool {
        self.ensure(!variable::has_variable(text), || {
            self.error(&VARIABLE_IN_PROOF, format!("{} contains a variable", self.path()))
                .label("must be the same everywhere")
                .why("stackctl reads it before Compose, on stack.toml alone")
                .help("write the value")
        })
    }

    /// Whether Compose can interpolate a text; reported where it cannot.
    pub(super) fn interpolates(&self, text: &str) -> bool {
        if !text.contains('$') {
            return true;
        }
        let Err(variable::Malformed(at)) = variable::variables(text) else { return true };
        self.report(|| {
            if variable::is_too_deep(text) {
                let deepest = variable::DEEPEST;
                let message = format!("{} nests variables more than {deepest} deep", self.path());
                return self
                    .error(&BAD_VARIABLE, message)
                    .label("nested too deeply")
                    .help("use a separate variable in `.env` for the inner default");
            }
            let rest: String = text[at..].chars().take(24).collect();
            self.error(
                &BAD_VARIABLE,
                format!("{} contains a `$` that Compose cannot interpolate", self.path()),
            )
            .label(format!("malformed from `{rest}` on"))
            .why("Compose refuses the whole file")
            .help("write `$$` for a literal dollar sign, or `${NAME}` and `${NAME:-default}` for a variable")
        });
        false
    }

    /// A list of texts.
    pub(super) fn texts(&self) -> Option<Vec<String>> {
        let list = self.as_list().or_else(|| self.wrong_type("a list of strings"))?;
        Some(list.iter().filter_map(Item::text).collect())
    }

    /// A text or a list of texts.
    pub(super) fn text_or_texts(&self) -> Option<Vec<String>> {
        match self.node.kind() {
            Kind::String(_) => self.text().map(|text| vec![text]),
            Kind::Array => self.texts(),
            _ => self.wrong_type("a string or a list of strings"),
        }
    }

    /// A boolean that Compose reads, or a text with a variable that becomes one.
    pub(super) fn given_boolean(&self) -> Option<bool> {
        if self.variable_text().is_none() {
            return self.boolean();
        }
        let text = self.proof_text()?;
        boolean::parse(&text).or_else(|| self.misgiven("true or false"))
    }

    /// A whole number of at least 0 that no proof reads: `None` with a variable without a known value. Compose's own reading
    /// of it is judged when the value is.
    pub(super) fn unread_count(&self) -> Option<u32> {
        let Some(text) = self.variable_text() else { return self.count(0) };
        if !self.interpolates(text) {
            return None;
        }
        self.keep(self.key_path(), text);
        self.if_resolved(text)?.parse().ok()
    }

    /// A boolean.
    pub(super) fn boolean(&self) -> Option<bool> {
        let Kind::Boolean(value) = self.node.kind() else { return self.wrong_type("true or false") };
        Some(value)
    }

    /// The text of a scalar as it was written: `1.10` stays `1.10`, a boolean is `true`, a date is its text. Underscores
    /// in numbers are TOML's and are left out.
    pub(super) fn written(&self) -> Option<String> {
        match self.node.kind() {
            Kind::String(_) => self.text(),
            Kind::Integer(number) => Some(number.to_string()),
            Kind::Float(number) => Some(number.to_owned()),
            Kind::Boolean(value) => Some(value.to_string()),
            Kind::Date(text) => Some(text.to_owned()),
            Kind::Null | Kind::Array | Kind::Table => self.wrong_type("a string, a number or a boolean"),
        }
    }

    /// A whole number of at least `least` and at most `most`, also as a text of digits, or a variable that gives one.
    pub(super) fn whole(&self, least: i64, most: i64) -> Option<i64> {
        let number = match self.node.kind() {
            Kind::Integer(_) => self.integer()?,
            Kind::String(_) => match self.proof_text()?.parse() {
                Ok(number) => number,
                Err(_) if self.variable_text().is_some() => return self.misgiven("a whole number"),
                Err(_) => return self.wrong_type("a whole number"),
            },
            _ => return self.wrong_type("a whole number"),
        };
        if (least..=most).contains(&number) {
            return Some(number);
        }
        self.reject(|| {
            let range = if number < least { format!("at least {least}") } else { format!("at most {most}") };
            self.error(&BAD_NUMBER, format!("{} must be {range}, not {number}", self.path())).label(range)
        })
    }

    /// A whole number that fits 32 bits.
    pub(super) fn count(&self, least: u32) -> Option<u32> {
        self.whole(least.into(), u32::MAX.into()).and_then(|number| u32::try_from(number).ok())
    }

    /// The number of an integer, which fits 64 bits.
    pub(super) fn integer(&self) -> Option<i64> {
        let Kind::Integer(number) = self.node.kind() else { return self.wrong_type("a whole number") };
        number.value().or_else(|| {
            self.reject(|| {
                self.error(&BAD_NUMBER, format!("{} does not fit 64 bits", self.path())).label("too large")
            })
        })
    }

    /// Octal file permissions.
    pub(super) fn mode(&self) -> Option<u32> {
        let digits = match self.node.kind() {
            Kind::Integer(number) if number.radix == 8 || number.digits == "0" => number.digits,
            Kind::String(text) => text.trim_start_matches("0o"),
            _ => "",
        };
        u32::from_str_radix(digits, 8).ok().filter(|mode| *mode <= 0o7777).or_else(|| {
            self.reject(|| {
                let written = self.node.source();
                self.error(&BAD_MODE, format!("{written} is not a file mode"))
                    .label("expected octal")
                    .help("write octal, such as 0o440 or \"0440\"")
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::in_service;

    #[test]
    fn says_what_is_wrong() {
        insta::assert_snapshot!(
            in_service("image = 5\nnotes = []\nreplicas = 99999999999999999999\nrestart = \"${\"\nlimits = { memory = \"${M}\", pids = \"many\" }\nprivileged = 1"),
            @r#"
            wrong-type at `5`: services.api.image must be a string in quotes, not an integer (expected a string in quotes)
            wrong-type at `[]`: services.api.notes must be a string, not a list (expected a string)
            bad-number at `99999999999999999999`: services.api.replicas does not fit 64 bits (too large)
            bad-variable at `"${"`: services.api.restart contains a `$` that Compose cannot interpolate (malformed from `${` on)
            variable-in-proof at `"${M}"`: services.api.limits.memory contains a variable without a value (`M` is not in .env and has no default)
            wrong-type at `"many"`: services.api.limits.pids must be a whole number, not a string (expected a whole number)
            wrong-type at `1`: services.api.privileged must be true or false, not an integer (expected true or false)
            "#
        );
        insta::assert_snapshot!(in_service("replicas = 4294967296"), @"
        bad-number at `4294967296`: services.api.replicas must be at most 4294967295, not 4294967296 (at most 4294967295)
        ");
    }
}
