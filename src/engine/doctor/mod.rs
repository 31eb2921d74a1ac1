//! What would stop `up`, or make it weaker than it looks: one check for each part of the surroundings, with the fix.

mod disk;
mod external;
mod machine;
mod registries;
mod secrets;

use serde::Serialize;

pub use disk::disk;
pub use machine::{api, cgroups, pids, swap, warnings};
pub use registries::{Registry, registries};
pub use secrets::{folder, secrets};

/// How a part of the surroundings is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckStatus {
    /// As it should be.
    Ok,
    /// It works, and not as well as it should.
    Warning,
    /// It stops `up`, or breaks a promise.
    Error,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// `engine`, `disk`, `ports`.
    pub name: &'static str,
    /// How it is.
    pub status: CheckStatus,
    /// What was found.
    pub detail: String,
    /// What to do; null where nothing has to be done.
    pub fix: Option<String>,
}

impl Check {
    /// As it should be.
    pub fn ok(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, status: CheckStatus::Ok, detail: detail.into(), fix: None }
    }

    /// It works, and not as well as it should.
    pub fn warning(name: &'static str, detail: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { name, status: CheckStatus::Warning, detail: detail.into(), fix: Some(fix.into()) }
    }

    /// It stops `up`, or breaks a promise.
    pub fn error(name: &'static str, detail: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { name, status: CheckStatus::Error, detail: detail.into(), fix: Some(fix.into()) }
    }
}
