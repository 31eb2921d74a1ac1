//! The values of variables that proofs read.

use std::collections::BTreeMap;

use crate::model::{
    Assumption, Origin,
    replacement::{Replacement, replacements},
    variable,
};

/// Values by name. Proofs read `.env` alone, so that they give the same answer on every machine; what is started now takes the
/// shell's first, as Compose does.
#[derive(Debug, Clone, Default)]
pub struct Values {
    file: BTreeMap<String, String>,
    shell: BTreeMap<String, String>,
}

/// Why a text has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoValue {
    /// A variable without a value and without a default.
    Of(String),
    /// Nothing is left of it, or Compose refuses it.
    Nothing,
}

impl Values {
    /// Those of `.env`, below those of the shell.
    pub fn new(file: BTreeMap<String, String>, shell: BTreeMap<String, String>) -> Self {
        Self { file, shell }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.shell.get(name).or_else(|| self.file.get(name)).map(String::as_str)
    }

    /// What Compose makes of a text, and the variables that decide about it.
    pub(super) fn resolve(&self, text: &str) -> Result<(String, Vec<Assumption>), NoValue> {
        let lookup = |name: &str| self.get(name);
        let made = variable::expand(text, &lookup).ok_or(NoValue::Nothing)?;
        let mut assumed = Vec::new();
        for (name, replacement) in replacements(text, &lookup) {
            let origin = if self.shell.contains_key(name) { Origin::Shell } else { Origin::EnvFile };
            let (value, origin) = match replacement {
                Replacement::Own(value) => (Some(value), origin),
                Replacement::Default(value) => (Some(value), Origin::Default),
                Replacement::Presence => (None, origin),
                Replacement::Absence => (None, Origin::Default),
                Replacement::Nothing => return Err(NoValue::Of(name.to_owned())),
            };
            assumed.push(Assumption::new(name, value.as_deref(), origin));
        }
        if made.is_empty() { Err(NoValue::Nothing) } else { Ok((made, assumed)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn names_what_decides() {
        let values =
            Values::new(values(&[("A", "8080"), ("S", "hunter2"), ("E", "")]), values(&[("B", "9")]));
        let resolved = |text: &str| {
            values.resolve(text).map(|(made, assumed)| {
                let assumed: Vec<String> = assumed.iter().map(ToString::to_string).collect();
                format!("{made} <- {}", assumed.join(", "))
            })
        };
        for (text, expected) in [
            ("$A:80", "8080:80 <- A=8080 (.env)"),
            ("${B}0", "90 <- B=9 (shell)"),
            ("${C:-70}", "70 <- C=70 (default)"),
            ("${C:-${A}}", "8080 <- C=8080 (default), A=8080 (.env)"),
            ("${A:-${C:-1}}", "8080 <- A=8080 (.env)"),
            ("${S:+512M}", "512M <- S (.env)"),
            ("${C:+x}5", "5 <- C (default)"),
            ("${E:-5}", "5 <- E=5 (default)"),
            ("${C:-$S}", "hunter2 <- C (default), S (.env)"),
            ("${A:?no}", "8080 <- A=8080 (.env)"),
        ] {
            assert_eq!(resolved(text).as_deref(), Ok(expected), "{text}");
        }
        assert_eq!(resolved("${C}5"), Err(NoValue::Of("C".into())));
        for text in ["$E", "${C:-}", "${C:?no}", "${"] {
            assert_eq!(resolved(text), Err(NoValue::Nothing), "{text}");
        }
    }
}
