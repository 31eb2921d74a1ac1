//! What every command is given.

use std::{path::PathBuf, sync::Arc};

use serde::Serialize;

use crate::{
    engine::interface::Engine,
    ui::{Format, Paint, Printer},
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

impl Context {
    /// Print what a command has found: a document for programs, a page for people. False when stdout takes no more.
    pub fn show<T: Serialize>(
        &self,
        document: impl FnOnce() -> T,
        page: impl FnOnce(Paint) -> String,
    ) -> bool {
        match self.format {
            Format::Json => self.printer.document(&document()),
            Format::Human => self.printer.page(&page(self.printer.paint())),
        }
    }
}
