//! A Compose file as a tree: scalars resolved as Compose resolves them, each value with its place and its comments.

use std::ops::Range;

/// Bytes of one of the files that were read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The position in the list of files.
    pub file: usize,
    /// The bytes of its text.
    pub span: Range<usize>,
}

/// A value with everything that is known of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Node {
    /// What it is.
    pub value: Value,
    /// Where the value is written.
    pub place: Place,
    /// The comments of the entry or list element that has this value.
    pub comments: Comments,
    /// What changes how it is merged or judged. A tree that was loaded has none left.
    pub tag: Option<Tag>,
}

/// A YAML value. An alias is the value that it refers to, at the place of the alias's anchor and without its comments.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Value {
    /// Empty, `~` or `null`.
    #[default]
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A whole number beyond `i64`.
    Unsigned(u64),
    /// A number with a fraction or exponent, and whole numbers beyond `u64`.
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

/// What a value is beside its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// `!reset`: the key is removed where files are merged.
    Reset,
    /// `!override`: replaces what earlier files wrote instead of merging with it.
    Override,
    /// A date, which Compose accepts below `x-` keys only. The value is its text in RFC 3339.
    Date,
}

/// The comments of an entry or a list element, without `#` and the space behind it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comments {
    /// The lines above it; an empty string is an empty line between two comments, or between the last one and the entry.
    pub above: Vec<String>,
    /// Behind it on its line.
    pub beside: Option<String>,
    /// Behind the last entry of the table or list that it holds.
    pub below: Vec<String>,
}

impl Node {
    /// A value without comments.
    pub fn new(value: Value, place: Place) -> Self {
        Self { value, place, comments: Comments::default(), tag: None }
    }

    /// The value of a key, where this is a table that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry of a key, where this is a table that has it.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        self.entries_mut().iter_mut().find(|entry| entry.key == key).map(|entry| &mut entry.value)
    }

    /// Take the entry of a key out of this table.
    pub fn take(&mut self, key: &str) -> Option<Entry> {
        let Value::Table(entries) = &mut self.value else { return None };
        let at = entries.iter().position(|entry| entry.key == key)?;
        Some(entries.remove(at))
    }

    /// The entries of a table; none where this is something else.
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Table(entries) => entries,
            _ => &[],
        }
    }

    /// The same, to be changed.
    pub fn entries_mut(&mut self) -> &mut [Entry] {
        match &mut self.value {
            Value::Table(entries) => entries,
            _ => &mut [],
        }
    }

    /// The elements of a list; none where this is something else.
    pub fn elements(&self) -> &[Self] {
        match &self.value {
            Value::List(elements) => elements,
            _ => &[],
        }
    }

    /// The elements of a list, or the values of a table.
    pub fn children(&self) -> impl Iterator<Item = &Self> {
        self.elements().iter().chain(self.entries().iter().map(|entry| &entry.value))
    }

    /// The same, to be changed.
    pub fn children_mut(&mut self) -> impl Iterator<Item = &mut Self> {
        let (elements, entries): (&mut [Self], &mut [Entry]) = match &mut self.value {
            Value::List(elements) => (elements, &mut []),
            Value::Table(entries) => (&mut [], entries),
            _ => (&mut [], &mut []),
        };
        elements.iter_mut().chain(entries.iter_mut().map(|entry| &mut entry.value))
    }

    /// Let a null be an empty table.
    pub fn null_to_table(&mut self) {
        if self.value == Value::Null {
            self.value = Value::Table(Vec::new());
        }
    }

    /// The text of a scalar that is one.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// How many values it is, itself and those within it.
    pub fn size(&self) -> usize {
        1 + self.children().map(Self::size).sum::<usize>()
    }

    /// The same without comments, its own and those within it.
    #[must_use]
    pub fn without_comments(mut self) -> Self {
        self.drop_comments();
        self
    }

    fn drop_comments(&mut self) {
        self.comments = Comments::default();
        self.children_mut().for_each(Self::drop_comments);
    }
}

impl Entry {
    /// A key with its value.
    pub fn new(key: impl Into<String>, value: Node, key_place: &Place) -> Self {
        Self { key: key.into(), key_place: key_place.clone(), value }
    }
}

impl Comments {
    /// All lines in the order of the text.
    pub fn into_lines(self) -> impl Iterator<Item = String> {
        self.above.into_iter().chain(self.beside).chain(self.below)
    }

    /// These with those of a later file.
    #[must_use]
    pub fn joined(&self, later: &Self) -> Self {
        let lines = |one: &[String], other: &[String]| {
            if other == one { one.to_vec() } else { [one, other].concat() }
        };
        Self {
            above: lines(&self.above, &later.above),
            beside: later.beside.clone().or_else(|| self.beside.clone()),
            below: lines(&self.below, &later.below),
        }
    }
}
