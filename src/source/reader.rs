//! TOML that is right, read in one pass.
//!
//! Whatever is not plainly right is left to the `toml` crate, which finds every mistake and recovers from it: this reader
//! answers with a tree or not at all, and never with another tree than that crate's (`reader_oracle` holds it to that). It
//! exists because a stack of a thousand services is read in a tenth of the time and memory; what is rare in a stack (dates,
//! escapes, numbers with underscores) it hands to that crate too, value by value.

use std::{ops::Range, sync::Arc};

use toml::de::DeValue;

use super::parse::unix_lines;
use super::tree::{At, Children, Content, Key, Opened, Span, Text, Tree};

/// Deeper values are left to the `toml` crate, so that recursion is bounded and nothing deeper has to be looked for.
const MAX_DEPTH: usize = super::parse::MAX_DEPTH;

/// Where a dotted key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Header,
    Section,
    Braces,
}

/// The tree of a text, or `None` where it holds a mistake or is nested deeply.
pub(super) fn read(text: &Arc<str>) -> Option<Tree> {
    let at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let tree = Tree::new(Arc::clone(text));
    let mut reader = Reader { text, at, tree, keys: Vec::new() };
    reader.document()?;
    Some(reader.tree.finish())
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    tree: Tree,
    /// The parts of the dotted keys that are open.
    keys: Vec<Key>,
}

impl Reader<'_> {
    fn document(&mut self) -> Option<()> {
        let (mut table, mut depth) = (Tree::ROOT, 0);
        loop {
            self.spaces();
            match self.peek() {
                None => return Some(()),
                Some(b'\n' | b'\r' | b'#') => {}
                Some(b'[') => (table, depth) = self.header()?,
                Some(_) => self.entry(table, depth, Place::Section)?,
            }
            self.line_end()?;
        }
    }

    /// `[a.b]` or `[[a.b]]`: the table that follows, and how deep it lies.
    fn header(&mut self) -> Option<(At, usize)> {
        let start = self.at;
        self.at += 1;
        let is_array = self.eat(b'[');
        self.spaces();
        let from = self.keys.len();
        self.dotted_key()?;
        self.eat(b']').then_some(())?;
        (!is_array || self.eat(b']')).then_some(())?;
        let span = Span::from(start..self.at);
        let (mut depth, parent) = self.descend(from, 0, Tree::ROOT, Place::Header)?;
        let key = self.keys.pop()?;
        depth += 1;
        let table = Content::Table(Children::EMPTY, Opened::Header);
        let found = self.tree.find(parent, key.text);
        let at = match (is_array, found.map(|at| (at, self.tree.content(at)))) {
            (false, None) => self.tree.push(parent, Some(key), span, table),
            (false, Some((at, Content::Table(_, Opened::Below)))) => {
                self.tree.reopen(at, Opened::Header);
                self.tree.relocate(at, key, span);
                at
            }
            (true, None) => {
                let array = Content::Array(Children::EMPTY, true);
                let array = self.tree.push(parent, Some(key), span, array);
                depth += 1;
                self.tree.push(array, None, span, table)
            }
            (true, Some((array, Content::Array(_, true)))) => {
                depth += 1;
                self.tree.push(array, None, span, table)
            }
            _ => return None,
        };
        (depth <= MAX_DEPTH).then_some((at, depth))
    }

    /// `key = value`, the key dotted or not.
    fn entry(&mut self, table: At, depth: usize, place: Place) -> Option<()> {
        let from = self.keys.len();
        self.dotted_key()?;
        // TOML 1.1: what stands between braces may stand on lines of its own.
        let gap = |reader: &mut Self| match place {
            Place::Braces => reader.blank(),
            _ => {
                reader.spaces();
                Some(())
            }
        };
        gap(self)?;
        self.eat(b'=').then_some(())?;
        gap(self)?;
        let (depth, table) = self.descend(from, depth, table, place)?;
        let key = self.keys.pop()?;
        if self.tree.find(table, key.text).is_some() {
            return None;
        }
        self.value(table, Some(key), depth + 1)
    }

    /// Go through all open keys from `from` on but the last, opening tables where there are none yet: what TOML allows, and
    /// the `toml` crate beyond it. The depth and the table that the last key belongs to.
    fn descend(&mut self, from: usize, mut depth: usize, mut table: At, place: Place) -> Option<(usize, At)> {
        let parts = from..self.keys.len().checked_sub(1)?;
        let dotted = !parts.is_empty() && place != Place::Header;
        for part in parts {
            let key = self.keys[part];
            depth += 1;
            let opened = match place {
                Place::Header => Opened::Below,
                Place::Section => Opened::Dotted,
                Place::Braces => Opened::InlineDotted,
            };
            let Some(found) = self.tree.find(table, key.text) else {
                let content = Content::Table(Children::EMPTY, opened);
                table = self.tree.push(table, Some(key), key.span, content);
                continue;
            };
            table = match (self.tree.content(found), place) {
                (Content::Table(_, Opened::InlineDotted), Place::Braces) => found,
                // What lies in `[[a]]` belongs to its last element.
                (Content::Array(_, true), Place::Header | Place::Section) => {
                    depth += 1;
                    self.tree.last(found)?
                }
                (Content::Table(_, Opened::Header | Opened::Below | Opened::Dotted), Place::Header) => found,
                (Content::Table(_, Opened::Below | Opened::Dotted), Place::Section) => {
                    self.tree.reopen(found, Opened::Dotted);
                    found
                }
                _ => return None,
            };
        }
        self.keys.drain(from..self.keys.len() - 1);
        // A dotted key adds to no table that has a header of its own.
        if dotted && matches!(self.tree.content(table), Content::Table(_, Opened::Header)) {
            return None;
        }
        Some((depth, table))
    }

    /// The parts of a dotted key onto `keys`, and the space behind them.
    fn dotted_key(&mut self) -> Option<()> {
        loop {
            let key = self.key()?;
            self.keys.push(key);
            self.spaces();
            if !self.eat(b'.') {
                return Some(());
            }
            self.spaces();
        }
    }

    fn key(&mut self) -> Option<Key> {
        let start = self.at;
        let text = match self.peek()? {
            quote @ (b'"' | b'\'') => {
                let content = self.string(quote)?;
                let Content::String(text) = content else { return None };
                // Keys of several lines are a mistake, and `""` is a key.
                let multi_line = self.at - start >= 6 && self.bytes()[start..].starts_with(&[quote; 3]);
                (!multi_line).then_some(text)?
            }
            _ => {
                let bare = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
                self.at += self.bytes()[start..].iter().take_while(|b| bare(b)).count();
                (self.at > start).then(|| Text::from(start..self.at))?
            }
        };
        Some(Key { text, span: Span::from(start..self.at) })
    }

    fn value(&mut self, parent: At, key: Option<Key>, depth: usize) -> Option<()> {
        (depth <= MAX_DEPTH).then_some(())?;
        let start = self.at;
        let content = match self.peek()? {
            b'[' => return self.array(parent, key, depth),
            b'{' => return self.braces(parent, key, depth),
            quote @ (b'"' | b'\'') => self.string(quote)?,
            _ => self.word()?,
        };
        self.tree.push(parent, key, Span::from(start..self.at), content);
        Some(())
    }

    fn array(&mut self, parent: At, key: Option<Key>, depth: usize) -> Option<()> {
        let open = Span::from(self.at..self.at + 1);
        let array = self.tree.push(parent, key, open, Content::Array(Children::EMPTY, false));
        self.listed(array, b']', |reader| reader.value(array, None, depth + 1))
    }

    fn braces(&mut self, parent: At, key: Option<Key>, depth: usize) -> Option<()> {
        let open = Span::from(self.at..self.at + 1);
        let table = self.tree.push(parent, key, open, Content::Table(Children::EMPTY, Opened::Inline));
        self.listed(table, b'}', |reader| reader.entry(table, depth, Place::Braces))
    }

    /// What stands between brackets or braces, each with a comma behind it but perhaps the last.
    fn listed(&mut self, at: At, close: u8, mut one: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.at += 1;
        loop {
            self.blank()?;
            if self.peek()? != close {
                one(self)?;
                self.blank()?;
                if self.eat(b',') {
                    continue;
                }
            }
            self.eat(close).then_some(())?;
            self.tree.close(at, self.at);
            return Some(());
        }
    }

    /// A string of any kind.
    fn string(&mut self, quote: u8) -> Option<Content> {
        let start = self.at;
        let bytes = self.bytes();
        let inside = start + 1;
        if bytes[inside..].starts_with(&[quote; 2]) {
            return self.judged(start..self.lines_end(quote)?);
        }
        let stops = |b: &u8| *b == quote || *b == b'\\' || (*b < b' ' && *b != b'\t') || *b == 0x7f;
        let mut end = inside;
        let mut escapes = false;
        loop {
            end += bytes[end..].iter().position(stops)?;
            match bytes[end] {
                b if b == quote => break,
                // Whatever it escapes is one character, or judged to be wrong.
                b'\\' if quote == b'"' => {
                    escapes = true;
                    end += 2;
                    bytes.get(end)?;
                }
                b'\\' => end += 1,
                _ => return None,
            }
        }
        if escapes {
            return self.judged(start..end + 1);
        }
        self.at = end + 1;
        Some(Content::String(Text::from(inside..end)))
    }

    /// The end of a string between three quotes.
    fn lines_end(&self, quote: u8) -> Option<usize> {
        let bytes = self.bytes();
        let mut at = self.at + 3;
        loop {
            at += bytes.get(at..)?.iter().position(|b| *b == quote || *b == b'\\')?;
            if bytes[at] == b'\\' {
                at += if quote == b'"' { 2 } else { 1 };
            } else if bytes[at..].starts_with(&[quote; 3]) {
                // Up to two more quotes belong to the text.
                let more = bytes[at + 3..].iter().take(2).take_while(|b| **b == quote).count();
                return Some(at + 3 + more);
            } else {
                at += 1;
            }
        }
    }

    /// A boolean, number or date.
    fn word(&mut self) -> Option<Content> {
        let start = self.at;
        let rest = &self.bytes()[start..];
        let ends = |b: &u8| matches!(b, b',' | b']' | b'}' | b'#' | b'\n' | b'\r');
        let len = rest.iter().position(ends).unwrap_or(rest.len());
        let word = rest[..len].trim_ascii_end();
        let end = start + word.len();
        let text = Text::from(start..end);
        let content = match word {
            b"true" => Content::Boolean(true),
            b"false" => Content::Boolean(false),
            _ if is_whole(word) => Content::Integer(text, 10),
            _ if is_fraction(word) => Content::Float(text),
            _ => return self.judged(start..end),
        };
        self.at = end;
        Some(content)
    }

    /// What the `toml` crate reads from a value.
    fn judged(&mut self, range: Range<usize>) -> Option<Content> {
        let text = unix_lines(self.text.get(range.clone())?);
        let value = DeValue::parse(&text).ok()?;
        (value.span() == (0..text.len())).then_some(())?;
        self.at = range.end;
        Some(match value.get_ref() {
            DeValue::String(text) => Content::String(self.tree.keep(text)),
            DeValue::Integer(number) => {
                let radix = u8::try_from(number.radix()).ok()?;
                Content::Integer(self.tree.keep(number.as_str()), radix)
            }
            DeValue::Float(number) => Content::Float(self.tree.keep(number.as_str())),
            DeValue::Boolean(value) => Content::Boolean(*value),
            DeValue::Datetime(_) => Content::Datetime,
            DeValue::Array(_) | DeValue::Table(_) => return None,
        })
    }

    /// The end of a line or of the text, with the comment before it.
    fn line_end(&mut self) -> Option<()> {
        self.spaces();
        self.comment()?;
        if self.at == self.text.len() {
            return Some(());
        }
        self.eat(b'\r');
        self.eat(b'\n').then_some(())
    }

    /// Spaces, comments and line ends.
    fn blank(&mut self) -> Option<()> {
        loop {
            self.spaces();
            match self.peek() {
                Some(b'\n' | b'\r' | b'#') => self.line_end()?,
                _ => return Some(()),
            }
        }
    }

    fn comment(&mut self) -> Option<()> {
        if self.peek() == Some(b'#') {
            let control = |b: &u8| (*b < b' ' && *b != b'\t') || *b == 0x7f;
            let rest = &self.bytes()[self.at..];
            let len = rest.iter().position(control).unwrap_or(rest.len());
            self.at += len;
            matches!(self.peek(), None | Some(b'\n' | b'\r')).then_some(())?;
        }
        Some(())
    }

    fn spaces(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn peek(&self) -> Option<u8> {
        self.bytes().get(self.at).copied()
    }
}

impl<'t> Reader<'t> {
    fn bytes(&self) -> &'t [u8] {
        self.text.as_bytes()
    }
}

/// A plain whole number: no sign but `-`, no leading zero, no underscore.
fn is_whole(word: &[u8]) -> bool {
    let digits = word.strip_prefix(b"-").unwrap_or(word);
    match digits {
        [b'0'] => true,
        [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// A plain number with a fraction.
fn is_fraction(word: &[u8]) -> bool {
    let Some(point) = word.iter().position(|b| *b == b'.') else { return false };
    let (whole, fraction) = (&word[..point], &word[point + 1..]);
    is_whole(whole) && !fraction.is_empty() && fraction.iter().all(u8::is_ascii_digit)
}
