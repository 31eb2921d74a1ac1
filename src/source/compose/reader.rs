//! The events of a YAML text become a tree.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
    path::Path,
};

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Span, StructureStyle, options};

use super::{
    codes::{
        ALIAS_EXPANSION, BAD_MERGE, NON_STRING_KEY, NOT_YAML, SEVERAL_DOCUMENTS, UNDEFINED_ANCHOR,
        UNKNOWN_TAG,
    },
    comments::{Lines, Pending, text},
    node::{Entry, Node, Place, Tag, Value},
    plain::{self, Plain},
    tagged::{self, Kind},
};
use crate::{
    diag::{self, Code, Diagnostic},
    source::parse::{DUPLICATE_KEY, NESTED_TOO_DEEPLY},
};

/// The deepest value: nothing in Compose comes near.
const MAX_DEPTH: usize = 64;
/// The most values that a file may be when its aliases are written out.
const MAX_NODES: usize = 1_000_000;

/// Why reading ended; the mistake is among those that were found.
struct Stop;

struct Reader<'t> {
    parser: Parser<'t, granit_parser::StrInput<'t>>,
    text: &'t str,
    lines: Lines<'t>,
    path: &'t Path,
    file: usize,
    pending: Pending,
    /// The values of anchors, and how many values each is; `None` while it is being read.
    anchors: HashMap<usize, Option<(Node, usize)>>,
    nodes: usize,
    mistakes: Vec<Diagnostic>,
}

/// The tree of a text, with places in `file`, and everything that is wrong with it, at places in `path`. There is no tree where
/// the text could not be read to its end, or holds nothing.
pub(super) fn read(yaml: &str, path: &Path, file: usize) -> (Option<Node>, Vec<Diagnostic>) {
    let options = options! {
        emit_unresolved_aliases: true,
        block_nesting_limit: MAX_DEPTH,
        flow_nesting_limit: MAX_DEPTH,
        max_buffered_comment_events: usize::MAX,
    };
    let mut reader = Reader {
        parser: Parser::new_from_str_with_options(yaml, options),
        text: yaml,
        lines: Lines::new(yaml),
        path,
        file,
        pending: Pending::default(),
        anchors: HashMap::new(),
        nodes: 0,
        mistakes: Vec::new(),
    };
    let root = reader.stream().ok().flatten();
    (root, reader.mistakes)
}

impl<'t> Reader<'t> {
    /// The one document of the text.
    fn stream(&mut self) -> Result<Option<Node>, Stop> {
        let mut root = None;
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => break,
                (Event::DocumentStart(..), span) if root.is_some() => {
                    return Err(self.stop(&SEVERAL_DOCUMENTS, "a second YAML document begins here", span));
                }
                (Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd, _) => {}
                (event, span) => root = Some(self.node(event, span, 0, 0)?),
            }
        }
        if let Some(root) = &mut root {
            root.comments.below.extend(self.pending.take_below(0));
        }
        Ok(root)
    }

    fn report(&mut self, code: &'static Code, message: impl Into<String>, span: Range<usize>) {
        let found = self.found(code, message, span);
        self.mistakes.push(found);
    }

    fn found(&self, code: &'static Code, message: impl Into<String>, span: Range<usize>) -> Diagnostic {
        Diagnostic::new(code, message)
            .place(diag::Place::File { path: self.path.to_owned(), span: Some(span) })
    }

    fn stop(&mut self, code: &'static Code, message: impl Into<String>, span: Range<usize>) -> Stop {
        self.report(code, message, span);
        Stop
    }

    /// The next event that is not a comment. Comments on lines of their own are kept for the entry that they belong to.
    fn next(&mut self) -> Result<(Event<'t>, Range<usize>), Stop> {
        loop {
            match self.parser.next_event() {
                Some(Ok((Event::Comment(raw, _), span))) => {
                    let at = span.byte_range().unwrap_or_default().start;
                    self.pending.push(&raw, at, &self.lines);
                }
                Some(Ok((event, span))) => {
                    let range = self.within(&span);
                    if let Some(tag) = event.tag() {
                        self.note_tag(tag.handle(), tag.suffix(), &span);
                    }
                    return Ok((event, range));
                }
                Some(Err(error)) => return Err(self.syntax(&error)),
                None => return Ok((Event::StreamEnd, self.text.len()..self.text.len())),
            }
        }
    }

    /// Report a tag that means nothing.
    fn note_tag(&mut self, handle: &str, suffix: &str, span: &Span) {
        if let Kind::Unknown(tag) = tagged::kind(handle, suffix) {
            let span = span.tag_span().as_ref().map_or_else(|| self.within(span), |span| self.within(span));
            self.report(&UNKNOWN_TAG, format!("the YAML tag `{tag}` is unknown"), span);
        }
    }

    /// The comment behind what was read last, on the same line.
    fn beside(&mut self) -> Option<String> {
        let Some(Ok((Event::Comment(raw, _), span))) = self.parser.peek() else { return None };
        let at = span.byte_range().unwrap_or_default().start;
        if self.lines.begins_its_line(at) {
            return None;
        }
        let beside = text(raw);
        self.parser.next_event();
        Some(beside)
    }

    fn syntax(&mut self, error: &ScanError) -> Stop {
        let at = error.marker().byte_offset().unwrap_or_default().min(self.text.len());
        let end = self.text[at..].chars().next().map_or(at, |c| at + c.len_utf8());
        if *error.kind() == ErrorKind::RecursionLimitExceeded {
            return self.too_deep(at..end);
        }
        let message = format!("the file is not YAML: {}", error.info());
        self.stop(&NOT_YAML, message, at..end)
    }

    fn too_deep(&mut self, span: Range<usize>) -> Stop {
        self.stop(&NESTED_TOO_DEEPLY, format!("a value is nested more than {MAX_DEPTH} levels deep"), span)
    }

    /// The bytes of a span, inside the text and on the boundaries of characters.
    fn within(&self, span: &Span) -> Range<usize> {
        let range = span.byte_range().unwrap_or_default();
        if self.text.get(range.clone()).is_some() { range } else { 0..0 }
    }

    fn place(&self, span: Range<usize>) -> Place {
        Place { file: self.file, span }
    }

    /// The value that begins with an event. `indent` is the column of the keys of the table around it.
    fn node(
        &mut self,
        event: Event<'t>,
        span: Range<usize>,
        depth: usize,
        indent: usize,
    ) -> Result<Node, Stop> {
        if depth > MAX_DEPTH {
            return Err(self.too_deep(span));
        }
        self.count(1, &span)?;
        let anchor = event.anchor_id();
        let tag = event.tag().map(|tag| tagged::kind(tag.handle(), tag.suffix()));
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, None);
        }
        let before = self.nodes;
        let mut node = match event {
            Event::Scalar(text, style, ..) => self.scalar(&text, style, tag.as_ref(), span),
            Event::SequenceStart(style, ..) => self.list(style, span, depth, indent)?,
            Event::MappingStart(style, ..) => self.table(style, span, depth)?,
            Event::Alias(id) => return self.alias(id, span),
            Event::UnresolvedAlias(name) => {
                self.report(&UNDEFINED_ANCHOR, format!("the anchor `{name}` is not defined"), span.clone());
                Node::new(Value::Null, self.place(span))
            }
            _ => Node::new(Value::Null, self.place(span)),
        };
        if let Some(Kind::Compose(tag)) = tag {
            node.tag = Some(tag);
        }
        if let Some(anchor) = anchor {
            let size = self.nodes - before + 1;
            self.anchors.insert(anchor, Some((node.clone().without_comments(), size)));
        }
        Ok(node)
    }

    fn count(&mut self, nodes: usize, span: &Range<usize>) -> Result<(), Stop> {
        self.nodes += nodes;
        if self.nodes <= MAX_NODES {
            return Ok(());
        }
        let message = format!("the aliases up to here make more than {MAX_NODES} values");
        Err(self.stop(&ALIAS_EXPANSION, message, span.clone()))
    }

    fn alias(&mut self, id: usize, span: Range<usize>) -> Result<Node, Stop> {
        match self.anchors.get(&id) {
            Some(Some((node, size))) => {
                let (node, size) = (node.clone(), *size);
                self.count(size, &span)?;
                Ok(node)
            }
            _ => {
                let name = self.text.get(span.clone()).unwrap_or_default().trim_start_matches('*').to_owned();
                let message = format!("the value of the anchor `{name}` contains itself");
                self.report(&UNDEFINED_ANCHOR, message, span.clone());
                Ok(Node::new(Value::Null, self.place(span)))
            }
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, tag: Option<&Kind>, span: Range<usize>) -> Node {
        let value = match tag {
            Some(Kind::Core(tag)) => match tagged::scalar(tag, text) {
                Some(value) => value,
                None => {
                    let message = format!("`{}` does not fit its tag `!!{tag}`", shortened(text));
                    self.report(&UNKNOWN_TAG, message, span.clone());
                    Plain::Value(Value::Null)
                }
            },
            _ if style == ScalarStyle::Plain => plain::resolve(text),
            _ => Plain::Value(Value::Text(text.to_owned())),
        };
        let (value, tag) = match value {
            Plain::Value(value) => (value, None),
            Plain::Date(date) => (Value::Text(date), Some(Tag::Date)),
        };
        Node { tag, ..Node::new(value, self.place(span)) }
    }

    /// The elements of a list up to its end.
    fn list(
        &mut self,
        style: StructureStyle,
        start: Range<usize>,
        depth: usize,
        indent: usize,
    ) -> Result<Node, Stop> {
        let column = if style == StructureStyle::Flow {
            0
        } else if self.text[start.start..].starts_with('-') {
            self.lines.column(start.start)
        } else {
            // Its dashes stand below the key of the list.
            indent + 1
        };
        let mut elements: Vec<Node> = Vec::new();
        let first_beside = self.beside();
        loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                let end = self.end(style, &span, elements.last().map(|element| &element.place.span), &start);
                let mut list = Node::new(Value::List(elements), self.place(start.start..end));
                list.comments.below = self.pending.take_below(column);
                return Ok(list);
            }
            let above = self.pending.take_above(span.start, &self.lines);
            let mut element = self.node(event, span, depth + 1, column)?;
            element.comments.above = above;
            element.comments.beside = self.beside();
            if elements.is_empty() && element.comments.beside.is_none() {
                element.comments.beside.clone_from(&first_beside);
            }
            elements.push(element);
        }
    }

    /// The byte where a table or list ends. A block ends with its last value: its own end is that of the white space behind it.
    fn end(
        &self,
        style: StructureStyle,
        span: &Range<usize>,
        last: Option<&Range<usize>>,
        start: &Range<usize>,
    ) -> usize {
        match (style, last) {
            (StructureStyle::Block, Some(last)) => {
                let written = &self.text[..last.end.clamp(start.start, span.end.max(start.start))];
                written.trim_end().len().max(start.start)
            }
            _ => span.end.max(start.start),
        }
    }

    /// The entries of a table up to its end.
    fn table(&mut self, style: StructureStyle, start: Range<usize>, depth: usize) -> Result<Node, Stop> {
        let column = if style == StructureStyle::Flow { 0 } else { self.lines.column(start.start) };
        let mut entries: Vec<Entry> = Vec::new();
        let mut merged: Option<(usize, Vec<Entry>)> = None;
        let mut known: HashSet<String> = HashSet::new();
        let mut end = start.start;
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                end = self.end(style, &span, Some(&(start.start..end)), &start);
                let entries = match merged {
                    Some((at, merged)) => with_merged(entries, at, merged),
                    None => entries,
                };
                let mut table = Node::new(Value::Table(entries), self.place(start.start..end));
                table.comments.below = self.pending.take_below(column);
                return Ok(table);
            }
            let above = self.pending.take_above(span.start, &self.lines);
            let merges = is_merge(&event);
            let key = self.key(event, span.clone(), depth)?;
            let behind_key = self.beside();
            if !known.insert(key.clone()) {
                let message = format!("`{key}` is defined twice");
                self.report(&DUPLICATE_KEY, message, span.clone());
            }
            let (event, value_span) = self.next()?;
            let is_alias = event.is_alias();
            let written_end = value_span.end;
            let mut value = self.node(event, value_span.clone(), depth + 1, column)?;
            // What an alias stands for ends elsewhere.
            end = if is_alias { written_end } else { value.place.span.end }.max(span.end);
            value.comments.above = above;
            value.comments.beside = behind_key.or_else(|| self.beside());
            if merges {
                let at = entries.len();
                merged = Some((at, self.merge(value, value_span)));
            } else {
                entries.push(Entry { key, key_place: self.place(span), value });
            }
        }
    }

    /// A key as text.
    fn key(&mut self, event: Event<'t>, span: Range<usize>, depth: usize) -> Result<String, Stop> {
        if is_merge(&event) {
            return Ok("<<".to_owned());
        }
        let node = self.node(event, span.clone(), depth + 1, 0)?;
        if let (Value::Text(text), None) = (&node.value, node.tag) {
            return Ok(text.clone());
        }
        let written = self.text.get(span.clone()).unwrap_or_default();
        let message = format!("the key `{}` is not text", shortened(written));
        self.mistakes.push(self.found(&NON_STRING_KEY, message, span).help("put it in quotes"));
        Ok(written.to_owned())
    }

    /// The entries that `<<` brings: of a table, or of a list of tables, of which earlier ones win.
    fn merge(&mut self, value: Node, span: Range<usize>) -> Vec<Entry> {
        let mut merged: Vec<Entry> = Vec::new();
        let mut known: HashSet<String> = HashSet::new();
        let tables = match value.value {
            Value::List(elements) => elements.into_iter().map(|element| element.value).collect(),
            value => vec![value],
        };
        for table in tables {
            let Value::Table(entries) = table else {
                let found = self.found(&BAD_MERGE, "`<<` is neither a table nor a list of tables", span);
                self.mistakes.push(found.help("refer to a table: `<<: *anchor`, or `<<: [*one, *other]`"));
                return merged;
            };
            merged.extend(entries.into_iter().filter(|entry| known.insert(entry.key.clone())));
        }
        merged
    }
}

/// Whether a key is `<<` without quotes.
fn is_merge(event: &Event<'_>) -> bool {
    let Event::Scalar(text, ScalarStyle::Plain, _, tag) = event else { return false };
    let tag = tag.as_ref().map(|tag| tagged::kind(tag.handle(), tag.suffix()));
    text == "<<" && matches!(tag, None | Some(Kind::Plain)) || tag == Some(Kind::Core("merge".to_owned()))
}

/// The entries of a table, with those of its `<<` at their place as far as the table has no own.
fn with_merged(mut entries: Vec<Entry>, at: usize, merged: Vec<Entry>) -> Vec<Entry> {
    let own: HashSet<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
    let merged: Vec<Entry> = merged.into_iter().filter(|entry| !own.contains(entry.key.as_str())).collect();
    entries.splice(at..at, merged);
    entries
}

/// The beginning of a text, on one line.
fn shortened(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= 40 && line.len() == text.len() {
        return line.to_owned();
    }
    line.chars().take(40).chain(['\u{2026}']).collect()
}
