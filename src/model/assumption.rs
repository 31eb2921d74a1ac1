//! What a proof took a variable for.

use std::{fmt, net::IpAddr};

use super::{Bytes, Duration, Port, boolean};

/// Where the value of a variable comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// `.env` beside stack.toml.
    EnvFile,
    /// The default that stands beside the variable.
    Default,
    /// The shell, where the stack is started now.
    Shell,
}

impl Origin {
    /// Its name: `.env`, `default`, `shell`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EnvFile => ".env",
            Self::Default => "default",
            Self::Shell => "shell",
        }
    }
}

/// A variable with the value that a proof read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assumption {
    /// Its name.
    pub variable: String,
    /// What it was replaced by; `None` where that is not shown.
    pub value: Option<String>,
    /// Where the value comes from.
    pub origin: Origin,
}

impl Assumption {
    /// A variable that was replaced by a value. What could be a password is not kept: only numbers, sizes, durations, ports,
    /// addresses and booleans are.
    pub fn new(variable: &str, value: Option<&str>, origin: Origin) -> Self {
        let value = value.filter(|value| is_plain(value)).map(str::to_owned);
        Self { variable: variable.to_owned(), value, origin }
    }
}

impl fmt::Display for Assumption {
    /// `WEB_PORT=8080 (.env)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.variable)?;
        if let Some(value) = &self.value {
            write!(f, "={value}")?;
        }
        write!(f, " ({})", self.origin.as_str())
    }
}

fn is_plain(value: &str) -> bool {
    let is = [
        value.parse::<f64>().is_ok_and(f64::is_finite),
        Bytes::parse(value).is_ok(),
        Duration::parse(value).is_ok(),
        Port::parse(value).is_ok(),
        // An address with the port of this machine, as `BIND` in `${BIND}:80`.
        Port::parse(&format!("{value}:1")).is_ok(),
        value.parse::<IpAddr>().is_ok(),
        boolean::parse(value).is_some(),
    ];
    !value.is_empty() && is.contains(&true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_cannot_be_a_password_is_shown() {
        let shown = |value: &str| Assumption::new("V", Some(value), Origin::EnvFile).to_string();
        for value in ["8080", "0.5", "-1", "512M", "30s", "127.0.0.1:9000", "9000-9002", "127.0.0.1", "True"]
        {
            assert_eq!(shown(value), format!("V={value} (.env)"));
        }
        for value in ["hunter2", "", "NaN", "a b", "json-file"] {
            assert_eq!(shown(value), "V (.env)", "{value}");
        }
    }
}
