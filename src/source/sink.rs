//! Where mistakes are collected while the document is read.

use std::cell::{Cell, RefCell};

use crate::diag::{Allow, Code, Diagnostic};

/// More mistakes than a person reads.
pub static TOO_MANY_MISTAKES: Code = Code::error(
    "too-many-mistakes",
    Allow::Never(Allow::UNREAD),
    "\
Only the first 1,000 mistakes of a stack.toml are listed; the message says how many more there are. A file with that \
many is usually not a stack.toml at all, or one mistake was repeated by a generator.

Correct the listed ones and run the command again.",
);

/// How many diagnostics of one file are kept: bounds time and memory for a file that is wrong everywhere.
pub(super) const MOST: usize = 1_000;

/// Collects diagnostics behind a shared reference, so that views of the document can report by themselves.
#[derive(Debug, Default)]
pub(super) struct Sink {
    found: RefCell<Vec<Diagnostic>>,
    dropped: Cell<usize>,
}

impl Sink {
    /// Collect one, or count it where there are too many already.
    pub(super) fn report(&self, diagnostic: impl FnOnce() -> Diagnostic) {
        if self.found.borrow().len() >= MOST {
            self.dropped.set(self.dropped.get() + 1);
        } else {
            let diagnostic = diagnostic();
            self.found.borrow_mut().push(diagnostic);
        }
    }

    /// How many were reported so far.
    pub(super) fn count(&self) -> usize {
        self.found.borrow().len() + self.dropped.get()
    }

    /// Everything that was collected, in the order in which it was found.
    pub(super) fn into_found(self) -> Vec<Diagnostic> {
        let mut found = self.found.into_inner();
        let dropped = self.dropped.get();
        if dropped > 0 {
            let message = format!("{dropped} more mistakes are not listed");
            found.push(
                Diagnostic::new(&TOO_MANY_MISTAKES, message)
                    .help("correct the listed ones and run the command again"),
            );
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::table::UNKNOWN_KEY;

    #[test]
    fn keeps_a_bounded_number_and_counts_the_rest() {
        let sink = Sink::default();
        for n in 0..MOST + 7 {
            sink.report(|| Diagnostic::new(&UNKNOWN_KEY, n.to_string()));
        }
        let found = sink.into_found();
        assert_eq!(found.len(), MOST + 1);
        assert_eq!(found[MOST].message, "7 more mistakes are not listed");
    }
}
