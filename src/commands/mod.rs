//! One file per verb: the story of the command, no logic. Failures are turned into words in `failure`.

mod failure;
pub mod probe;
pub mod shop;
mod signal;
pub mod traffic;
pub mod traffic_control;
mod traffic_verdict;

pub use failure::{Exit, Failure};

use std::path::PathBuf;

use crate::ui::{Format, Printer};

/// What every command is given.
#[derive(Debug)]
pub struct Context {
    /// `--file`.
    pub file: Option<PathBuf>,
    /// `--format`.
    pub format: Format,
    /// The one way to stdout and stderr.
    pub printer: Printer,
}
