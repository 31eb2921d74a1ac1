//! The environment of this process.

use std::env::{self, VarError};

use super::{Exit, Failure};

/// Every variable with a name and a value in UTF-8.
pub fn variables() -> impl Iterator<Item = (String, String)> {
    env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// A variable that is set and not empty.
///
/// # Errors
/// When it is not UTF-8 (exit 2).
pub fn variable(name: &str) -> Result<Option<String>, Failure> {
    match env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        Err(error) => Err(Failure::new(Exit::Usage, format!("{name}: {error}"))),
    }
}
