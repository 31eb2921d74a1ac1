//! A file as a tree: every value with its place, whichever language it is written in. A reader fills it once; decoders walk
//! it, and a finding looks its place up in it.
//!
//! The nodes stand in one vector, the children of each side by side in the order of the text: walking them allocates and
//! sorts nothing. A reader makes the children first, then the table that holds them; the root comes last.

use std::{fmt, iter, ops::Range, sync::Arc};

/// In a table of more entries than this, a key is looked up by bisection.
const FEW: usize = 32;

/// A stack as it is written: one tree over one text. Its root is a table. Several files stand in the text one after another.
#[derive(Debug)]
pub(super) struct Tree {
    text: Arc<str>,
    entries: Vec<Entry>,
    /// Beside each run of children of a large table: their positions in the order of their keys.
    by_key: Vec<u32>,
}

/// A node as it is kept.
#[derive(Debug)]
pub(super) struct Entry {
    key: Text,
    key_span: Part,
    value: Stored,
    span: Part,
}

/// A value as it is kept.
#[derive(Debug)]
pub(super) enum Stored {
    Null,
    Boolean(bool),
    /// Digits with their radix.
    Integer(Text, u8),
    Float(Text),
    Date(Text),
    String(Text),
    Array(Part),
    Table(Part),
}

/// Bytes of a text, or nodes of a tree: both have fewer than 4 Gi.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Part {
    start: u32,
    end: u32,
}

/// A text: a part of its file where it is written there as it is, which most are.
#[derive(Debug)]
pub(super) enum Text {
    Part(Part),
    Own(Box<str>),
}

/// What a node holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind<'t> {
    /// Nothing: only Compose files have it.
    Null,
    /// true or false.
    Boolean(bool),
    /// A whole number of any size.
    Integer(Integer<'t>),
    /// A number with a fraction or exponent, infinite, or none at all, as it is written.
    Float(&'t str),
    /// A date, a time or both, as it is written.
    Date(&'t str),
    /// A text.
    String(&'t str),
    /// A list.
    Array,
    /// A table.
    Table,
}

/// A whole number: its digits with their sign, without prefix and underscores.
#[derive(Debug, Clone, Copy)]
pub(super) struct Integer<'t> {
    /// The digits.
    pub(super) digits: &'t str,
    /// Their radix: 2, 8, 10 or 16.
    pub(super) radix: u32,
}

/// A value of the tree, with its key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node<'t> {
    tree: &'t Tree,
    at: u32,
}

impl Tree {
    /// A tree of a text with an empty table as its root.
    pub(super) fn new(text: Arc<str>) -> Self {
        let mut tree = Self { text, entries: Vec::new(), by_key: Vec::new() };
        tree.crown(Stored::Table(Part::default()));
        tree
    }

    /// Make room for so many more nodes.
    pub(super) fn reserve(&mut self, nodes: usize) {
        self.entries.reserve(nodes);
        self.by_key.reserve(nodes);
    }

    /// Give it its root, a table; its children are there already. What was the root before is none any more.
    pub(super) fn crown(&mut self, table: Stored) {
        self.block(iter::once(Entry::new(Text::Part(Part::default()), 0..0, table, 0..0)));
    }

    /// The root.
    pub(super) fn root(&self) -> Node<'_> {
        Node { tree: self, at: narrow(self.entries.len().saturating_sub(1)) }
    }

    /// The text.
    pub(super) fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// A list of these elements; their own children are there already.
    pub(super) fn array(&mut self, elements: impl Iterator<Item = Entry>) -> Stored {
        Stored::Array(self.block(elements))
    }

    /// A table of these entries in the order of the text; their own children are there already.
    pub(super) fn table(&mut self, entries: impl Iterator<Item = Entry>) -> Stored {
        let part = self.block(entries);
        let Range { start, end } = part.range();
        if end - start > FEW {
            let Self { text, entries, by_key } = self;
            let key = |at: &u32| entries[*at as usize].key.get(text);
            by_key[start..end].sort_unstable_by(|one, other| key(one).cmp(key(other)));
        }
        Stored::Table(part)
    }

    fn block(&mut self, entries: impl Iterator<Item = Entry>) -> Part {
        let start = self.entries.len();
        self.entries.extend(entries);
        let end = self.entries.len();
        self.by_key.extend(narrow(start)..narrow(end));
        Part::from(start..end)
    }
}

impl Entry {
    /// A value with its key and the bytes of both in the text. An element of a list has no key: the bytes are its own twice.
    pub(super) fn new(key: Text, key_span: Range<usize>, value: Stored, span: Range<usize>) -> Self {
        Self { key, key_span: key_span.into(), value, span: span.into() }
    }
}

impl Entry {
    /// The same with another value.
    pub(super) fn holding(self, value: Stored) -> Self {
        Self { value, ..self }
    }

    /// The bytes of the value.
    pub(super) fn span(&self) -> Range<usize> {
        self.span.range()
    }
}

impl Text {
    /// A text that was read from a file.
    pub(super) fn of(text: &str, file: &str) -> Self {
        let start = text.as_ptr().addr().wrapping_sub(file.as_ptr().addr());
        let range = start..start.wrapping_add(text.len());
        // Its bytes are those of the file where it lies in them.
        if file.get(range.clone()).is_some() { Self::Part(range.into()) } else { Self::Own(text.into()) }
    }

    fn get<'t>(&'t self, file: &'t str) -> &'t str {
        match self {
            Self::Own(text) => text,
            Self::Part(part) => file.get(part.range()).unwrap_or_default(),
        }
    }
}

impl Part {
    fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

impl From<Range<usize>> for Part {
    fn from(range: Range<usize>) -> Self {
        Self { start: narrow(range.start), end: narrow(range.end) }
    }
}

/// A position as it is kept: a file has at most 8 MiB, so that all fit.
fn narrow(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

impl<'t> Node<'t> {
    fn entry(self) -> &'t Entry {
        &self.tree.entries[self.at as usize]
    }

    fn text(self, text: &'t Text) -> &'t str {
        text.get(&self.tree.text)
    }

    /// What it holds.
    pub(super) fn kind(self) -> Kind<'t> {
        match &self.entry().value {
            Stored::Null => Kind::Null,
            Stored::Boolean(value) => Kind::Boolean(*value),
            Stored::Integer(text, radix) => {
                Kind::Integer(Integer { digits: self.text(text), radix: u32::from(*radix) })
            }
            Stored::Float(text) => Kind::Float(self.text(text)),
            Stored::Date(text) => Kind::Date(self.text(text)),
            Stored::String(text) => Kind::String(self.text(text)),
            Stored::Array(_) => Kind::Array,
            Stored::Table(_) => Kind::Table,
        }
    }

    /// The bytes of the value: of a table in TOML its header, or the key that implies it.
    pub(super) fn span(self) -> Range<usize> {
        self.entry().span.range()
    }

    /// The text of its key; empty for an element of a list.
    pub(super) fn key(self) -> &'t str {
        self.text(&self.entry().key)
    }

    /// The bytes of its key; of an element, of itself.
    pub(super) fn key_span(self) -> Range<usize> {
        self.entry().key_span.range()
    }

    /// The header `[services.NAME.TABLE]` or `[defaults.TABLE]` of TOML above a key that begins its line.
    pub(super) fn header(self) -> Option<&'t str> {
        let before = self.tree.text.get(..self.key_span().start)?;
        let (above, own) = before.rsplit_once('\n')?;
        let is_header = |line: &&str| line.starts_with('[') && !line.starts_with("[[");
        let header = above.lines().rev().map(str::trim).find(is_header).filter(|_| own.trim().is_empty())?;
        let header = &header[..=header.find(']')?];
        ["[services.", "[defaults."].iter().any(|start| header.starts_with(start)).then_some(header)
    }

    /// The value as it is written.
    pub(super) fn source(self) -> &'t str {
        self.tree.text.get(self.span()).unwrap_or_default()
    }

    fn inside(self) -> Range<usize> {
        match self.entry().value {
            Stored::Array(part) | Stored::Table(part) => part.range(),
            _ => 0..0,
        }
    }

    /// Its elements, or its entries, in the order of the text.
    pub(super) fn children(self) -> impl ExactSizeIterator<Item = Self> + Clone {
        self.inside().map(move |at| Self { at: narrow(at), ..self })
    }

    /// How many children it has.
    pub(super) fn len(self) -> usize {
        self.inside().len()
    }

    /// The element at a position of this list.
    pub(super) fn element(self, position: usize) -> Option<Self> {
        self.is_array().then(|| self.children().nth(position)).flatten()
    }

    /// The value of a key of this table.
    pub(super) fn get(self, key: &str) -> Option<Self> {
        if !self.is_table() {
            return None;
        }
        let inside = self.inside();
        if inside.len() <= FEW {
            return self.children().find(|child| child.key() == key);
        }
        let by_key = &self.tree.by_key[inside];
        let child = |at: u32| Self { at, ..self };
        let found = by_key.binary_search_by(|at| child(*at).key().cmp(key)).ok()?;
        Some(child(by_key[found]))
    }

    /// The text, where it is one.
    pub(super) fn as_str(self) -> Option<&'t str> {
        match self.kind() {
            Kind::String(text) => Some(text),
            _ => None,
        }
    }

    /// Whether no two entries of this table have one key.
    pub(super) fn is_unique(self) -> bool {
        let mut keys: Vec<&str> =
            self.tree.by_key[self.inside()].iter().map(|at| Self { at: *at, ..self }.key()).collect();
        if keys.len() <= FEW {
            keys.sort_unstable();
        }
        keys.windows(2).all(|pair| pair[0] != pair[1])
    }

    /// Whether it is a table.
    pub(super) fn is_table(self) -> bool {
        matches!(self.entry().value, Stored::Table(_))
    }

    /// Whether it is a list.
    pub(super) fn is_array(self) -> bool {
        matches!(self.entry().value, Stored::Array(_))
    }
}

impl fmt::Display for Integer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.radix {
            2 => "0b",
            8 => "0o",
            16 => "0x",
            _ => "",
        })?;
        f.write_str(self.digits)
    }
}

impl Integer<'_> {
    /// The number, where it fits 64 bits.
    pub(super) fn value(self) -> Option<i64> {
        i64::from_str_radix(self.digits, self.radix).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_stand_in_the_order_of_the_text_and_are_found_by_key() {
        let text: Arc<str> = "zz 1 null".into();
        let mut tree = Tree::new(Arc::clone(&text));
        let entry = |key: &str, value| Entry::new(Text::of(key, &text), 0..2, value, 3..4);
        let names: Vec<String> = (0..40).map(|n| format!("k{}", (n * 7) % 40)).collect();
        let number = Stored::Integer(Text::of(&text[3..4], &text), 10);
        let inner = tree.table([entry("n", number)].into_iter());
        let entries = names.iter().map(|name| entry(name, Stored::Null));
        let top = tree.table(entries.chain([entry(&text[..2], inner)]));
        tree.crown(top);
        let root = tree.root();
        assert!(root.is_unique());
        assert!(root.children().map(Node::key).eq(names.iter().map(String::as_str).chain(["zz"])));
        for name in &names {
            let found = root.get(name).unwrap();
            assert_eq!((found.key(), found.source()), (name.as_str(), "1"));
            assert!(matches!(found.kind(), Kind::Null));
        }
        let Kind::Integer(number) = root.get("zz").unwrap().get("n").unwrap().kind() else { panic!() };
        assert_eq!((number.to_string().as_str(), number.value()), ("1", Some(1)));
        assert!(root.get("k40").is_none() && root.element(0).is_none());
    }

    #[test]
    fn a_text_of_the_file_is_not_copied() {
        let file = "name = \"shop\"";
        assert!(matches!(Text::of(&file[8..12], file), Text::Part(Part { start: 8, end: 12 })));
        assert!(matches!(Text::of(&String::from("shop"), file), Text::Own(_)));
    }
}
