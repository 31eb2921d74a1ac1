//! A key of a table: the one place that says what it is called, what it takes, and what it is for.

/// The key of a table that takes any other Compose key.
pub(in crate::source) const DOOR: &str = "compose";

/// A key, with the form `F` of its value.
#[derive(Debug, Clone, Copy)]
pub(in crate::source) struct Key<F> {
    /// Its name in stack.toml.
    pub(in crate::source) name: &'static str,
    /// What its value looks like.
    pub(in crate::source) form: F,
    /// What it is for, in a sentence without a full stop.
    pub(in crate::source) about: &'static str,
    /// A value as it is written in TOML; empty where the form says it all.
    pub(in crate::source) example: &'static str,
    /// Whether the table cannot do without it.
    pub(in crate::source) required: bool,
}

/// A key that may be left out.
pub(in crate::source) const fn key<F: Copy>(name: &'static str, form: F) -> Key<F> {
    Key { name, form, about: "", example: "", required: false }
}

impl<F: Copy> Key<F> {
    /// What it is for.
    pub(in crate::source) const fn says(self, about: &'static str) -> Self {
        Self { about, ..self }
    }

    /// A value of it.
    pub(in crate::source) const fn such_as(self, example: &'static str) -> Self {
        Self { example, ..self }
    }

    /// A key that the table cannot do without.
    pub(in crate::source) const fn required(self) -> Self {
        Self { required: true, ..self }
    }
}

/// The names of a table's keys.
pub(in crate::source) fn names<F>(keys: &[Key<F>]) -> impl Iterator<Item = &'static str> + Clone {
    keys.iter().map(|key| key.name)
}

/// Whether a table has a key of that name.
pub(in crate::source) fn has<F>(keys: &[Key<F>], name: &str) -> bool {
    keys.iter().any(|key| key.name == name)
}
