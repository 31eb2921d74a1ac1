//! What every command is given.

use std::{path::PathBuf, sync::Arc};

use crate::{
    engine::interface::Engine,
    ui::{Format, Printer},
};

/// What every command is given.
#[derive(Debug)]
pub struct Context {
    /// `--file`.
    pub file: Option<PathBuf>,
    /// `--format`.
    pub format: Format,
    /// The one way to stdout and stderr.
    pub printer: Printer,
    /// The engine, which is connected to when it is first asked something.
    pub engine: Arc<dyn Engine>,
}
