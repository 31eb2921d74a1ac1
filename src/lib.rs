//! `stackctl`: one `stack.toml` becomes a complete, validated, budget-proved Compose stack.
//!
//! Text becomes a model, the model is resolved for a profile selection, and everything else reads the
//! resolved stack. Imports run downward only; two rooms on one floor never import each other:
//! `cli` 7, `commands` 6, `ui`, `import` and `picture` 5, then on floor 4 `check`, `budget`, `render` and `engine`,
//! `source` 3, `resolve` 2, `model` 1, `diag` 0. Below all stand three crates: `stackctl-traffic` and `stackctl-shop`, and
//! `stackctl-base`, which both of them use too. CONTRIBUTING.md has the whole picture, a test holds it.

pub(crate) mod budget;
pub(crate) mod check;
pub(crate) mod cli;
pub(crate) mod commands;
pub(crate) mod diag;
pub(crate) mod engine;
pub(crate) mod import;
pub(crate) mod model;
pub(crate) mod picture;
pub(crate) mod render;
pub(crate) mod resolve;
pub(crate) mod source;
pub(crate) mod ui;

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

/// What the integration tests and the fuzz targets reach beside the command line. No interface: it changes with the code.
#[doc(hidden)]
pub mod internals {
    pub mod check {
        pub use crate::check::{Project, codes, env, ignore_file, run};
    }
    pub mod diag {
        pub use crate::diag::{Allow, Code, Diagnostic, Fix, Place, Segment, Severity, join};
    }
    pub mod engine {
        pub use crate::engine::{pack, selection};
    }
    pub mod import {
        pub use crate::import::{Difference, differences};
    }
    pub mod model {
        pub use crate::model::{
            Bytes, Command, Cpus, Duration, MountKind, PathBase, Port, Resources, Service, Stack, Swap,
            Value, variable,
        };
    }
    pub mod picture {
        pub use crate::picture::{Dependency, Group, Scene, Service, dot, draw, mermaid};
    }
    pub mod render {
        pub use crate::render::{
            CODES, Comparison, Conflict, GeneratedFile, Image, Outcome, Rendered, Selection, Target,
            WriteError, render, write,
        };
    }
    pub mod resolve {
        pub use crate::resolve::{Profiles, ResolvedStack};
    }
    pub mod source {
        pub use crate::source::{
            CODES, Document, MAX_BYTES, Parsed, Values, compose, parse, parse_given, reference,
        };
    }
}
