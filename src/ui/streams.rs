//! Stdout and stderr of this process. Tests of commands read what was written there.

use std::io::{self, IsTerminal as _, Write as _};

#[cfg(test)]
use super::testing;

/// Write a text to stdout, through to its reader.
///
/// # Errors
/// When it takes no more.
pub fn stdout(text: &str) -> io::Result<()> {
    #[cfg(test)]
    if testing::add(|captured| captured.stdout.push_str(text)) {
        return Ok(());
    }
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush())
}

/// Write a text to stderr. One that is gone takes no message about it either.
pub fn stderr(text: &str) {
    #[cfg(test)]
    if testing::add(|captured| captured.stderr.push_str(text)) {
        return;
    }
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Whether a person sees what is written to stderr as it comes.
pub fn stderr_is_terminal() -> bool {
    #[cfg(test)]
    if testing::add(|_| {}) {
        return false;
    }
    io::stderr().is_terminal()
}
