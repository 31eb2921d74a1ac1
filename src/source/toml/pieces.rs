//! A large text is read in pieces of some tables each: the crate keeps all tokens and tables of what it reads at once, and
//! half of the time for a large file would go into fresh memory for them.
//!
//! A piece ends before a line that begins with a `[`. Where each piece is a TOML document by itself, that line opens a table and
//! continues no string or list, so that together they are the document, unless a table is written in two of them. Then, and
//! wherever there is a mistake, the text is read as a whole.

use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use super::fill::{Filler, in_order};
use crate::source::tree::{Entry, Tree};

/// The least bytes of a piece.
pub(super) const LEAST: usize = 64 << 10;
/// A text with more top-level keys is not a stack.
const MOST_KEYS: usize = 64;

/// A top-level key of the pieces so far.
struct Top {
    name: String,
    entry: Entry,
    /// What it holds, where it is a table: later pieces may add to it.
    children: Option<Vec<Entry>>,
    /// Whether it stands in several pieces.
    shared: bool,
}

/// The tree of a text without mistakes; `None` where it has to be read as a whole.
pub(super) fn read(text: &Arc<str>) -> Option<Tree> {
    let mut filler = Filler::new(text);
    let mut tops: Vec<Top> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let end = end_of_piece(text, at);
        add(&mut filler, &mut tops, &DeTable::parse(&text[at..end]).ok()?.into_inner(), at)?;
        at = end;
    }
    let mut tree = filler.tree;
    let shared: Vec<bool> = tops.iter().map(|top| top.shared).collect();
    let mut entries = Vec::new();
    for Top { entry, children, .. } in tops {
        entries.push(match children {
            Some(children) => entry.holding(tree.table(children.into_iter())),
            None => entry,
        });
    }
    let top = tree.table(entries.into_iter());
    tree.crown(top);
    let is_whole = tree.root().children().zip(shared).all(|(table, shared)| !shared || table.is_unique());
    is_whole.then_some(tree)
}

/// Add what one piece holds; `None` where that depends on another piece.
fn add(filler: &mut Filler<'_>, tops: &mut Vec<Top>, document: &DeTable<'_>, at: usize) -> Option<()> {
    for (key, value) in in_order(document) {
        let name = &**key?.get_ref();
        let position = tops.iter().position(|top| top.name == name);
        let DeValue::Table(table) = value.get_ref() else {
            let entry = filler.entry((key, value), at, 1).ok()?;
            tops.push(Top { name: name.to_owned(), entry, children: None, shared: false });
            if position.is_some() {
                return None;
            }
            continue;
        };
        let mut children = Vec::new();
        for pair in in_order(table) {
            children.push(filler.entry(pair, at, 2).ok()?);
        }
        let entry = filler.holder((key, value), at);
        match position.map(|at| &mut tops[at]) {
            None => {
                tops.push(Top { name: name.to_owned(), entry, children: Some(children), shared: false });
            }
            // A header of its own defines a table once, and a table in braces is complete.
            Some(top) if !filler.opens(&top.entry, '{') && !filler.opens(&entry, '[') => {
                top.children.as_mut()?.append(&mut children);
                top.shared = true;
            }
            Some(_) => return None,
        }
        if tops.len() > MOST_KEYS {
            return None;
        }
    }
    Some(())
}

/// Where the piece that begins at a byte ends: before a table of another entry of the top-level tables than the one before it.
fn end_of_piece(text: &str, at: usize) -> usize {
    let mut from = at + LEAST;
    while from < text.len() && !text.is_char_boundary(from) {
        from += 1;
    }
    while let Some(found) = text.get(from..).and_then(|rest| rest.find("\n[")) {
        let next = from + found + 1;
        let before = text[at..next].rfind("\n[").map(|before| outer(&text[at + before + 1..]));
        if before.is_none_or(|before| before != outer(&text[next..])) {
            return next;
        }
        from = next;
    }
    text.len()
}

/// The first two keys of a header.
fn outer(header: &str) -> (Option<&str>, Option<&str>) {
    let end = header.find([']', '\n']).unwrap_or(header.len());
    let mut keys = header[..end].trim_start_matches('[').split('.');
    (keys.next(), keys.next())
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::source::tree::Node;

    /// A text of several pieces, with `more` in the last one.
    fn large(more: &str) -> String {
        let mut text = "name = \"a\"\n[services]\n".to_owned();
        for n in 0..4_000 {
            let _ = writeln!(text, "[services.s{n}]\nimage = \"a:{n}\" # [\nlimits = {{ memory = \"64M\" }}");
        }
        text + more
    }

    fn dump(text: &mut String, node: Node<'_>) {
        let _ = writeln!(text, "{} {:?} {:?} {:?}", node.key(), node.key_span(), node.span(), node.kind());
        node.children().for_each(|child| dump(text, child));
    }

    fn whole(text: &Arc<str>) -> String {
        let document = DeTable::parse(text).unwrap().into_inner();
        let tree = Filler::new(text).document(&document).unwrap();
        let mut dumped = String::new();
        dump(&mut dumped, tree.root());
        dumped
    }

    #[test]
    fn pieces_are_the_document() {
        for more in [
            "",
            "[defaults]\nrestart = \"always\"\n[profiles.a]\n",
            "[services.\"s.1\".limits]\nmemory = \"1G\"\n",
        ] {
            let text: Arc<str> = large(more).into();
            let tree = read(&text).unwrap();
            let mut dumped = String::new();
            dump(&mut dumped, tree.root());
            assert_eq!(dumped, whole(&text));
            assert!(tree.root().get("services").unwrap().get("s3999").is_some());
        }
    }

    #[test]
    fn what_stands_in_two_pieces_is_read_as_a_whole() {
        for more in [
            "[services.s1.limits]\n",
            "[services.s1]\n",
            "[services]\n",
            "[[services]]\n",
            "[name]\n",
            "[services.s5000\n",
        ] {
            assert!(read(&large(more).into()).is_none(), "{more}");
        }
        let text = "services = {}\n".to_owned() + &"# a comment\n".repeat(10_000) + "[services.a]\n";
        assert!(read(&text.into()).is_none());
        let lines: String = (0..20_000).map(|n| format!("[line{n}]\n")).collect();
        assert!(read(&format!("a = \"\"\"\n{lines}\"\"\"\n").into()).is_none());
    }
}
