//! What is wrong with a log option.

/// The first thing that is wrong.
pub(super) struct Problem {
    /// The log option, or the key of `logging`.
    pub key: &'static str,
    /// What is wrong with it.
    pub what: String,
    /// What to write.
    pub help: &'static str,
}

impl Problem {
    pub fn new(key: &'static str, what: impl Into<String>, help: &'static str) -> Self {
        Self { key, what: what.into(), help }
    }
}
