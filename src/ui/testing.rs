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
