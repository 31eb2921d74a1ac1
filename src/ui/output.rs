//! Stdout, and its errors.

use std::{
    io::{self, ErrorKind},
    sync::{Arc, OnceLock},
};

use super::streams;

/// The one way to stdout. Errors are kept, so that no command succeeds after its data was lost.
#[derive(Debug, Clone, Default)]
pub struct Output(Arc<OnceLock<io::Error>>);

impl Output {
    /// Write a text through to the reader. False when it cannot be written, as all that follows it.
    pub fn write(&self, text: &str) -> bool {
        if self.0.get().is_some() {
            return false;
        }
        match streams::stdout(text) {
            Ok(()) => true,
            Err(error) => {
                let _ = self.0.set(error);
                false
            }
        }
    }

    /// Keep the reason why there is nothing to write.
    pub fn fail(&self, error: io::Error) {
        let _ = self.0.set(error);
    }

    /// Why something could not be written. A closed pipe is not an error.
    pub fn error(&self) -> Option<&io::Error> {
        self.0.get().filter(|error| error.kind() != ErrorKind::BrokenPipe)
    }
}
