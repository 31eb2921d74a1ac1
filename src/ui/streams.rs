//! Stdout and stderr of this process. Tests of commands read what was written there.

use std::io::{self, IsTerminal as _, Write as _};

/// Write a text to stdout, through to its reader.
///
/// # Errors
/// When it takes no more.
pub fn stdout(text: &str) -> io::Result<()> {
    #[cfg(test)]
    if capture::add(|captured| captured.stdout.push_str(text)) {
        return Ok(());
    }
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush())
}

/// Write a text to stderr. One that is gone takes no message about it either.
pub fn stderr(text: &str) {
    #[cfg(test)]
    if capture::add(|captured| captured.stderr.push_str(text)) {
        return;
    }
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Whether a person sees what is written to stderr as it comes.
pub fn stderr_is_terminal() -> bool {
    #[cfg(test)]
    if capture::add(|_| {}) {
        return false;
    }
    io::stderr().is_terminal()
}

#[cfg(test)]
pub mod capture {
    //! What a test's thread writes.

    use std::cell::RefCell;

    thread_local! {
        static CAPTURED: RefCell<Option<Captured>> = const { RefCell::new(None) };
    }

    /// Everything that was written.
    #[derive(Debug, Default)]
    pub struct Captured {
        pub stdout: String,
        pub stderr: String,
    }

    /// Add to what this thread writes; whether that is captured.
    pub fn add(add: impl FnOnce(&mut Captured)) -> bool {
        CAPTURED.with_borrow_mut(|captured| captured.as_mut().map(add).is_some())
    }

    /// What this thread writes during some work.
    pub fn during<T>(work: impl FnOnce() -> T) -> (T, Captured) {
        CAPTURED.set(Some(Captured::default()));
        let result = work();
        (result, CAPTURED.take().unwrap_or_default())
    }
}
