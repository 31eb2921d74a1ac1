//! A Compose file as a tree: scalars resolved as Compose resolves them, each value with its place and its comments.

use std::ops::Range;

/// Bytes of one of the files that were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The position in the list of files.
    pub file: usize,
    /// The bytes of its text.
    pub span: Range<usize>,
}

/// A value with everything that is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// Where the value is written.
    pub place: Place,
    /// The comments of the entry or list element whose value this is.
    pub comments: Comments,
}

/// A YAML value. An alias is the value that it refers to, at the place of the alias's anchor.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Empty, `~` or `null`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction or exponent, and whole numbers beyond `i64`.
    Float(f64),
    /// Any other scalar, and every quoted one.
    Text(String),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping in the order of the text, keys unique.
    Table(Vec<Entry>),
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key as text.
    pub key: String,
    /// Where the key is written.
    pub key_place: Place,
    /// Its value.
    pub value: Node,
}

/// The comments of an entry or a list element, without `#` and the space behind it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comments {
    /// The lines above it; an empty string is an empty line between two comments.
    pub above: Vec<String>,
    /// Behind it on its line.
    pub beside: Option<String>,
    /// Behind the last entry of the table or list that it holds.
    pub below: Vec<String>,
}
