//! `stackctl`: one `stack.toml` becomes a complete, validated, budget-proved Compose stack.
//!
//! Text becomes a model, the model is resolved for a profile selection, and everything else reads the
//! resolved stack. Imports run downward only; two rooms on one floor never import each other:
//! `cli` 7, `commands` 6, `ui` and `picture` 5, then on floor 4 `check`, `budget`, `render` and `engine`,
//! `source` 3, `resolve` 2, `model` 1, `diag` 0. Below all stand three crates: `stackctl-traffic` and `stackctl-shop`, and
//! `stackctl-base`, which both of them use too. CONTRIBUTING.md has the whole picture, a test holds it.

pub mod budget;
pub mod check;
pub mod cli;
pub mod commands;
pub mod diag;
pub mod engine;
pub mod model;
pub mod picture;
pub mod render;
pub mod resolve;
pub mod source;
pub mod ui;

use std::{ffi::OsString, process::ExitCode};

use stackctl_base::{fs, server, text, tls};
#[cfg(feature = "shop")]
use stackctl_shop as shop;
use stackctl_traffic as traffic;

/// Run one command line and return its exit code: 0 done, 1 the stack was judged and falls short, 2 the
/// command line is wrong, 3 the surroundings fail.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    engine::tether::run(&args).unwrap_or_else(|| cli::run(args))
}
