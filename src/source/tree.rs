//! stack.toml as TOML: the tree of the `toml` crate, in which every key and value has its place.

use std::ops::Range;

use toml::{
    Spanned,
    de::{DeString, DeValue},
};

/// A value of the document, with its key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'t> {
    /// `None` for the document itself and for an element of a list.
    key: Option<&'t Spanned<DeString<'t>>>,
    value: &'t Spanned<DeValue<'t>>,
}

impl<'t> Node<'t> {
    /// The table that is the document.
    pub(super) fn root(document: &'t Spanned<DeValue<'t>>) -> Self {
        Self { key: None, value: document }
    }

    /// The value.
    pub(super) fn value(self) -> &'t DeValue<'t> {
        self.value.get_ref()
    }

    /// The bytes of the value: of a table its header, or the key that implies it.
    pub(super) fn span(self) -> Range<usize> {
        self.value.span()
    }

    /// The text of its key; empty for an element of a list.
    pub(super) fn key(self) -> &'t str {
        self.key.map_or("", |key| key.get_ref())
    }

    /// The bytes of its key; of an element, of itself.
    pub(super) fn key_span(self) -> Range<usize> {
        self.key.map_or_else(|| self.span(), Spanned::span)
    }

    /// Its elements, or its entries in the order of the text: the `toml` crate keeps them by name.
    pub(super) fn children(self) -> Vec<Self> {
        match self.value() {
            DeValue::Array(array) => array.iter().map(|value| Self { key: None, value }).collect(),
            DeValue::Table(table) => {
                let mut entries: Vec<Self> =
                    table.iter().map(|(key, value)| Self { key: Some(key), value }).collect();
                entries.sort_unstable_by_key(|entry| entry.key_span().start);
                entries
            }
            _ => Vec::new(),
        }
    }

    /// How many children it has.
    pub(super) fn len(self) -> usize {
        match self.value() {
            DeValue::Array(array) => array.len(),
            DeValue::Table(table) => table.len(),
            _ => 0,
        }
    }

    /// The value of a key of this table.
    pub(super) fn get(self, key: &str) -> Option<Self> {
        let (key, value) = self.value().as_table()?.get_key_value(key)?;
        Some(Self { key: Some(key), value })
    }

    /// The text, where it is one.
    pub(super) fn as_str(self) -> Option<&'t str> {
        self.value().as_str()
    }

    /// Whether it is a table.
    pub(super) fn is_table(self) -> bool {
        self.value().is_table()
    }

    /// Whether it is a list.
    pub(super) fn is_array(self) -> bool {
        self.value().is_array()
    }
}
