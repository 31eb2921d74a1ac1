//! stack.toml as TOML: every key and value with its place, side by side in one list.
//!
//! A stack is read once, looked at once and kept for the places of its mistakes, so the tree is built for little memory: a
//! node is 44 bytes, texts stay in the file as it was read, and children follow each other by number.

use std::{collections::HashMap, fmt, ops::Range, sync::Arc};

/// Tables with more keys than this get an index by name.
const MANY: u32 = 16;
/// No node: the end of a list of children.
const NONE: u32 = u32::MAX;

/// A TOML document.
#[derive(Debug, Clone)]
pub(super) struct Tree {
    source: Arc<str>,
    /// Texts that the source does not hold as they are: unescaped strings, numbers without their underscores.
    decoded: String,
    nodes: Vec<Entry>,
    /// The keys of tables with many.
    index: HashMap<u32, HashMap<Box<str>, u32>>,
    /// A key was given another place after its neighbours were written.
    disordered: bool,
}

/// The number of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct At(u32);

/// A text: bytes of the source, or behind its end of `decoded`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Text {
    start: u32,
    len: u32,
}

/// Bytes of the source. A stack.toml is far below 4 GiB.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Span {
    start: u32,
    end: u32,
}

/// A key, and its place.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Key {
    pub(super) text: Text,
    pub(super) span: Span,
}

/// What a node holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Content {
    String(Text),
    Integer(Text, u8),
    Float(Text),
    Boolean(bool),
    Datetime,
    /// A list, written as one or as `[[header]]`s.
    Array(Children, bool),
    Table(Children, Opened),
}

/// How a table came to be, which decides what may add to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opened {
    /// By its own `[header]`, or the document itself.
    Header,
    /// By the header of a table in it.
    Below,
    /// By a dotted key.
    Dotted,
    /// In braces.
    Inline,
    /// By a dotted key in braces.
    InlineDotted,
}

/// The children of a list or table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Children {
    first: u32,
    last: u32,
    len: u32,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    key: Key,
    span: Span,
    content: Content,
    next: u32,
}

impl Children {
    pub(super) const EMPTY: Self = Self { first: NONE, last: NONE, len: 0 };
}

impl From<Range<usize>> for Span {
    /// Positions beyond 4 GiB, which no stack.toml has, are cut off.
    fn from(range: Range<usize>) -> Self {
        let cut = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Self { start: cut(range.start), end: cut(range.end) }
    }
}

impl From<Range<usize>> for Text {
    fn from(range: Range<usize>) -> Self {
        let Span { start, end } = range.into();
        Self { start, len: end.saturating_sub(start) }
    }
}

impl Tree {
    /// The table that is the document.
    pub(super) const ROOT: At = At(0);

    /// An empty document.
    pub(super) fn new(source: Arc<str>) -> Self {
        let root = Entry {
            key: Key::default(),
            span: Span::default(),
            content: Content::Table(Children::EMPTY, Opened::Header),
            next: NONE,
        };
        // A list that grows by doubling would be copied again and again.
        let mut nodes = Vec::with_capacity(source.len() / 14 + 1);
        nodes.push(root);
        Self { source, decoded: String::new(), nodes, index: HashMap::new(), disordered: false }
    }

    /// The text that was read.
    pub(super) fn source(&self) -> &Arc<str> {
        &self.source
    }

    /// Whether no text holds a NUL and no key is longer than this many bytes: seen without walking the tree.
    pub(super) fn is_usable(&self, longest_key: usize) -> bool {
        // A NUL cannot stand in the source itself.
        !self.decoded.contains('\0')
            && self.nodes.iter().all(|node| node.key.text.len as usize <= longest_key)
    }

    /// The document's table.
    pub(super) fn root(&self) -> Node<'_> {
        Node { tree: self, at: Self::ROOT }
    }

    /// Keep a text that the source does not hold as it is.
    pub(super) fn keep(&mut self, text: &str) -> Text {
        let start = self.source.len() + self.decoded.len();
        self.decoded.push_str(text);
        Text::from(start..start + text.len())
    }

    /// Add a value to a table, or without a key to a list. Whether the key is new is the caller's to ask.
    pub(super) fn push(&mut self, parent: At, key: Option<Key>, span: Span, content: Content) -> At {
        let at = u32::try_from(self.nodes.len()).unwrap_or(NONE);
        self.nodes.push(Entry { key: key.unwrap_or_default(), span, content, next: NONE });
        let (Content::Array(children, _) | Content::Table(children, _)) =
            &mut self.nodes[parent.0 as usize].content
        else {
            return At(at);
        };
        let last = std::mem::replace(&mut children.last, at);
        children.len += 1;
        let len = children.len;
        if last == NONE {
            children.first = at;
        } else {
            self.nodes[last as usize].next = at;
        }
        if let Some(key) = key.filter(|_| len > MANY) {
            self.list(parent, key, at, len);
        }
        At(at)
    }

    /// Enter a key of a table with many into its index.
    fn list(&mut self, table: At, key: Key, at: u32, len: u32) {
        if len == MANY + 1 {
            let before = Node { tree: self, at: table };
            let keys = before.children().map(|node| (node.key().into(), node.at.0)).collect();
            self.index.insert(table.0, keys);
        } else {
            let name = self.text(key.text).into();
            self.index.entry(table.0).or_default().insert(name, at);
        }
    }

    /// The value of a key in a table.
    pub(super) fn find(&self, table: At, key: Text) -> Option<At> {
        Node { tree: self, at: table }.get(self.text(key)).map(|node| node.at)
    }

    /// The last element of a list.
    pub(super) fn last(&self, array: At) -> Option<At> {
        match self.content(array) {
            Content::Array(children, _) if children.last != NONE => Some(At(children.last)),
            _ => None,
        }
    }

    /// What a node holds.
    pub(super) fn content(&self, at: At) -> Content {
        self.nodes[at.0 as usize].content
    }

    /// Say how a table was opened, after all.
    pub(super) fn reopen(&mut self, table: At, how: Opened) {
        if let Content::Table(_, opened) = &mut self.nodes[table.0 as usize].content {
            *opened = how;
        }
    }

    /// Say where a value ends that was added before it was read.
    pub(super) fn close(&mut self, at: At, end: usize) {
        let entry = &mut self.nodes[at.0 as usize];
        entry.span = Span::from(entry.span.start as usize..end);
    }

    /// Move a table to the header that opens it after its children were written.
    pub(super) fn relocate(&mut self, table: At, key: Key, span: Span) {
        let entry = &mut self.nodes[table.0 as usize];
        (entry.key, entry.span) = (key, span);
        self.disordered = true;
    }

    /// The tree with every table in the order of the text.
    pub(super) fn finish(mut self) -> Self {
        if std::mem::take(&mut self.disordered) {
            for at in 0..self.nodes.len() {
                self.sort(at);
            }
        }
        self
    }

    fn sort(&mut self, table: usize) {
        let Content::Table(children, opened) = self.nodes[table].content else { return };
        let mut order: Vec<u32> = Nodes { tree: self, next: children.first }.map(|node| node.at.0).collect();
        if order.is_sorted_by_key(|at| self.nodes[*at as usize].key.span.start) {
            return;
        }
        order.sort_by_key(|at| self.nodes[*at as usize].key.span.start);
        for (at, next) in order.iter().zip(order.iter().skip(1).chain([&NONE])) {
            self.nodes[*at as usize].next = *next;
        }
        let (first, last) = (order[0], order[order.len() - 1]);
        self.nodes[table].content = Content::Table(Children { first, last, ..children }, opened);
    }

    fn text(&self, Text { start, len }: Text) -> &str {
        let (start, len) = (start as usize, len as usize);
        let found = match start.checked_sub(self.source.len()) {
            None => self.source.get(start..start + len),
            Some(start) => self.decoded.get(start..start + len),
        };
        found.unwrap_or_default()
    }
}

/// A value of a tree.
#[derive(Clone, Copy)]
pub(super) struct Node<'t> {
    tree: &'t Tree,
    at: At,
}

/// A value as it is written; the children of lists and tables are the node's.
#[derive(Debug, Clone, Copy)]
pub(super) enum Toml<'t> {
    String(&'t str),
    Integer(Integer<'t>),
    /// A number that Rust can parse.
    Float(&'t str),
    Boolean(bool),
    Datetime,
    Array,
    Table,
}

/// A whole number as it is written, without underscores.
#[derive(Debug, Clone, Copy)]
pub(super) struct Integer<'t> {
    /// Its sign and digits.
    pub(super) digits: &'t str,
    /// 2, 8, 10 or 16.
    pub(super) radix: u32,
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

impl<'t> Node<'t> {
    fn entry(self) -> &'t Entry {
        &self.tree.nodes[self.at.0 as usize]
    }

    /// The value.
    pub(super) fn value(self) -> Toml<'t> {
        match self.entry().content {
            Content::String(text) => Toml::String(self.tree.text(text)),
            Content::Integer(text, radix) => {
                Toml::Integer(Integer { digits: self.tree.text(text), radix: radix.into() })
            }
            Content::Float(text) => Toml::Float(self.tree.text(text)),
            Content::Boolean(value) => Toml::Boolean(value),
            Content::Datetime => Toml::Datetime,
            Content::Array(..) => Toml::Array,
            Content::Table(..) => Toml::Table,
        }
    }

    /// The bytes of the value: of a table its header, or the key that implies it.
    pub(super) fn span(self) -> Range<usize> {
        let Span { start, end } = self.entry().span;
        start as usize..end as usize
    }

    /// The text of its key; empty for an element of a list.
    pub(super) fn key(self) -> &'t str {
        self.tree.text(self.entry().key.text)
    }

    /// The bytes of its key; of an element, of itself.
    pub(super) fn key_span(self) -> Range<usize> {
        let Entry { key, span, .. } = self.entry();
        let Span { start, end } = if key.span == Span::default() { *span } else { key.span };
        start as usize..end as usize
    }

    /// Its elements, or its entries in the order of the text.
    pub(super) fn children(self) -> Nodes<'t> {
        let next = match self.entry().content {
            Content::Array(children, _) | Content::Table(children, _) => children.first,
            _ => NONE,
        };
        Nodes { tree: self.tree, next }
    }

    /// How many children it has.
    pub(super) fn len(self) -> usize {
        match self.entry().content {
            Content::Array(children, _) | Content::Table(children, _) => children.len as usize,
            _ => 0,
        }
    }

    /// The value of a key of this table.
    pub(super) fn get(self, key: &str) -> Option<Self> {
        match self.entry().content {
            Content::Table(children, _) if children.len > MANY => {
                let at = self.tree.index.get(&self.at.0)?.get(key)?;
                Some(Self { at: At(*at), ..self })
            }
            Content::Table(..) => self.children().find(|node| node.key() == key),
            _ => None,
        }
    }

    /// The text, where it is one.
    pub(super) fn as_str(self) -> Option<&'t str> {
        match self.value() {
            Toml::String(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is a table.
    pub(super) fn is_table(self) -> bool {
        matches!(self.entry().content, Content::Table(..))
    }

    /// Whether it is a list.
    pub(super) fn is_array(self) -> bool {
        matches!(self.entry().content, Content::Array(..))
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {:?} at {:?}", self.key(), self.value(), self.span())
    }
}

/// Children, one after the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Nodes<'t> {
    tree: &'t Tree,
    next: u32,
}

impl<'t> Iterator for Nodes<'t> {
    type Item = Node<'t>;

    fn next(&mut self) -> Option<Node<'t>> {
        let entry = self.tree.nodes.get(self.next as usize)?;
        let at = At(std::mem::replace(&mut self.next, entry.next));
        Some(Node { tree: self.tree, at })
    }
}
