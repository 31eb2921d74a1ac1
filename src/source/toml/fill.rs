//! The tables of the `toml` crate become our tree.

use std::{ops::Range, sync::Arc};

use toml::{
    Spanned,
    de::{DeString, DeTable, DeValue},
};

use crate::source::tree::{Entry, Part, Stored, Text, Tree};

/// The deepest value: nothing in Compose comes near.
pub(super) const MAX_DEPTH: usize = 64;

/// A value with its key; an element of a list has none.
type Pair<'d, 't> = (Option<&'d Spanned<DeString<'t>>>, &'d Spanned<DeValue<'t>>);

/// A tree that is being filled.
pub(super) struct Filler<'t> {
    text: &'t str,
    /// Whether the text has line ends of Windows.
    windows: bool,
    /// The tree so far.
    pub(super) tree: Tree,
    /// The entries of tables that are not complete yet, the innermost table's last.
    unfinished: Vec<Entry>,
}

impl<'t> Filler<'t> {
    /// Nothing yet of a text.
    pub(super) fn new(text: &'t Arc<str>) -> Self {
        let mut tree = Tree::new(Arc::clone(text));
        // Fifteen bytes a node are usual.
        tree.reserve(text.len() / 15);
        Self { text, windows: text.contains('\r'), tree, unfinished: Vec::new() }
    }

    /// Fill the tree from the document of the whole text.
    ///
    /// # Errors
    /// The place of a value that is nested too deeply.
    pub(super) fn document(mut self, document: &DeTable<'_>) -> Result<Tree, Range<usize>> {
        let top = self.table(document, 0, 1)?;
        self.tree.crown(top);
        Ok(self.tree)
    }

    /// A value with its key in a document that begins at a byte of the text.
    ///
    /// # Errors
    /// The place of a value that is nested too deeply.
    pub(super) fn entry(
        &mut self,
        (key, value): Pair<'_, '_>,
        at: usize,
        depth: usize,
    ) -> Result<Entry, Range<usize>> {
        let span = moved(value.span(), at);
        if depth > MAX_DEPTH {
            return Err(span);
        }
        let stored = match value.get_ref() {
            DeValue::Table(table) => self.table(table, at, depth + 1)?,
            DeValue::Array(array) => {
                let from = self.unfinished.len();
                for value in array {
                    let entry = self.entry((None, value), at, depth + 1)?;
                    self.unfinished.push(entry);
                }
                self.tree.array(self.unfinished.drain(from..))
            }
            scalar => self.scalar(scalar, &span),
        };
        Ok(self.placed(key, stored, span, at))
    }

    /// A table with its key, without what it holds.
    pub(super) fn holder(&self, (key, value): Pair<'_, '_>, at: usize) -> Entry {
        self.placed(key, Stored::Table(Part::default()), moved(value.span(), at), at)
    }

    /// Whether what is written there begins with a bracket: a header or an inline table.
    pub(super) fn opens(&self, entry: &Entry, bracket: char) -> bool {
        self.text.get(entry.span()).is_some_and(|text| text.starts_with(bracket))
    }

    fn placed(
        &self,
        key: Option<&Spanned<DeString<'_>>>,
        stored: Stored,
        span: Range<usize>,
        at: usize,
    ) -> Entry {
        let (name, key_span) =
            key.map_or_else(|| ("", span.clone()), |key| (&**key.get_ref(), moved(key.span(), at)));
        Entry::new(Text::of(name, self.text), key_span, stored, span)
    }

    fn table(&mut self, table: &DeTable<'_>, at: usize, depth: usize) -> Result<Stored, Range<usize>> {
        let from = self.unfinished.len();
        for pair in in_order(table) {
            let entry = self.entry(pair, at, depth)?;
            self.unfinished.push(entry);
        }
        Ok(self.tree.table(self.unfinished.drain(from..)))
    }

    fn scalar(&self, value: &DeValue<'_>, span: &Range<usize>) -> Stored {
        let text = |text: &str| Text::of(text, self.text);
        let written = || self.text.get(span.clone()).unwrap_or_default();
        match value {
            DeValue::String(value) if self.windows && value.contains('\r') => {
                unix_lines(written()).unwrap_or_else(|| Stored::String(text(value)))
            }
            DeValue::String(value) => Stored::String(text(value)),
            // The radix is at most 16.
            DeValue::Integer(number) => {
                Stored::Integer(text(number.as_str()), u8::try_from(number.radix()).unwrap_or(10))
            }
            DeValue::Float(number) => Stored::Float(text(number.as_str())),
            DeValue::Boolean(value) => Stored::Boolean(*value),
            DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => Stored::Date(text(written())),
        }
    }
}

/// The entries of a table in the order of the text: the crate keeps them by name.
pub(super) fn in_order<'d, 't>(table: &'d DeTable<'t>) -> Vec<Pair<'d, 't>> {
    let mut pairs: Vec<Pair<'d, 't>> = table.iter().map(|(key, value)| (Some(key), value)).collect();
    pairs.sort_unstable_by_key(|(key, _)| key.map_or(0, |key| key.span().start));
    pairs
}

/// The place of what was read from a piece of the text.
pub(super) fn moved(span: Range<usize>, by: usize) -> Range<usize> {
    span.start + by..span.end + by
}

/// A string between three quotes with the line ends of Unix. TOML leaves them to its readers, YAML makes LF of CRLF, and a
/// script in a container would stumble over them. An escaped `\\r` stays.
fn unix_lines(written: &str) -> Option<Stored> {
    let has_lines = written.starts_with("\"\"\"") || written.starts_with("'''");
    let written = has_lines.then(|| written.replace("\r\n", "\n"))?;
    match DeValue::parse(&written).map(Spanned::into_inner) {
        Ok(DeValue::String(lines)) => Some(Stored::String(Text::Own(lines.into()))),
        _ => None,
    }
}
