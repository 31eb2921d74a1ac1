//! One file per verb: the story of the command, no logic. Failures are turned into words in `failure`.

mod against;
pub mod budget;
pub mod demo;
pub mod doctor;
pub mod down;
mod failure;
pub mod graph;
pub mod image;
pub mod init;
pub mod logs;
pub mod man;
pub mod names;
pub mod plan;
pub mod probe;
mod project;
pub mod render;
mod running;
mod runtime;
pub mod schema;
pub mod secrets;
mod seen;
pub mod shop;
mod signal;
pub mod status;
pub mod suggest;
pub mod top;
pub mod traffic;
pub mod traffic_control;
mod traffic_drive;
mod traffic_report;
mod traffic_table;
mod traffic_verdict;
mod traffic_watch;
pub mod up;
pub mod validate;

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
