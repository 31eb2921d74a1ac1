//! What variables gave while the document was read.

use std::cell::RefCell;

use crate::{diag::KeyPath, model::Assumption};

/// The assumptions of all values, and the texts of the service at hand.
#[derive(Debug, Default)]
pub(super) struct Given {
    assumed: RefCell<Vec<Assumption>>,
    texts: RefCell<Vec<(KeyPath, String)>>,
}

impl Given {
    /// Note what a value was read with.
    pub(super) fn assume(&self, assumptions: Vec<Assumption>) {
        let mut assumed = self.assumed.borrow_mut();
        for assumption in assumptions {
            if !assumed.contains(&assumption) {
                assumed.push(assumption);
            }
        }
    }

    /// Every assumption once, in the order of the text.
    pub(super) fn take_assumed(&self) -> Vec<Assumption> {
        self.assumed.take()
    }

    /// Keep a text for Compose.
    pub(super) fn keep(&self, at: KeyPath, text: &str) {
        self.texts.borrow_mut().push((at, text.to_owned()));
    }

    /// Forget the text of a place: its value was reported.
    pub(super) fn forget(&self, at: &KeyPath) {
        self.texts.borrow_mut().retain(|(path, _)| path != at);
    }

    /// The texts that were kept since the last time.
    pub(super) fn take_texts(&self) -> Vec<(KeyPath, String)> {
        self.texts.take()
    }
}
