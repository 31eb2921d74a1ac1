//! A translated Compose file as the decoders of stack.toml read it: the tree that they share with TOML, over the texts of all files
//! one after another.

use std::{ops::Range, sync::Arc};

use super::{
    loaded::Source,
    node::{Node, Place, Value},
    plain::text_of,
};
use crate::source::tree::{Entry, Part, Stored, Text, Tree};

/// The texts of the files as one, and where each begins in it.
pub(in crate::source) fn join(files: &[Source]) -> (Arc<str>, Vec<usize>) {
    let mut text = String::new();
    let mut starts = Vec::with_capacity(files.len());
    for file in files {
        if !text.is_empty() {
            text.push('\n');
        }
        starts.push(text.len());
        text.push_str(&file.text);
    }
    (text.into(), starts)
}

/// The tree of stack.toml's shape over that text. Its depth is bounded, since it was read.
pub(in crate::source) fn view(root: &Node, text: Arc<str>, starts: &[usize]) -> Tree {
    let mut view = View { tree: Tree::new(text), starts };
    let top = view.value(root);
    view.tree.crown(top);
    view.tree
}

struct View<'s> {
    tree: Tree,
    starts: &'s [usize],
}

impl View<'_> {
    fn value(&mut self, node: &Node) -> Stored {
        let own = |text: String| Text::Own(text.into());
        match &node.value {
            Value::Null => Stored::Null,
            Value::Boolean(value) => Stored::Boolean(*value),
            Value::Integer(number) => Stored::Integer(own(number.to_string()), 10),
            Value::Unsigned(number) => Stored::Integer(own(number.to_string()), 10),
            Value::Float(_) => Stored::Float(own(text_of(&node.value).unwrap_or_default())),
            Value::Text(text) => Stored::String(own(text.clone())),
            Value::List(elements) => {
                let elements: Vec<Entry> = elements
                    .iter()
                    .map(|element| {
                        let stored = self.value(element);
                        let span = self.span(&element.place);
                        Entry::new(Text::Part(Part::default()), span.clone(), stored, span)
                    })
                    .collect();
                self.tree.array(elements.into_iter())
            }
            Value::Table(entries) => {
                let entries: Vec<Entry> = entries
                    .iter()
                    .map(|entry| {
                        let stored = self.value(&entry.value);
                        let key_span = self.span(&entry.key_place);
                        // What is meant by a place of a table or list is its key: its own bytes are many lines.
                        let span = match stored {
                            Stored::Table(_) | Stored::Array(_) | Stored::Null => key_span.clone(),
                            _ => self.span(&entry.value.place),
                        };
                        Entry::new(own(entry.key.clone()), key_span, stored, span)
                    })
                    .collect();
                self.tree.table(entries.into_iter())
            }
        }
    }

    /// The bytes of a place in the text of all files.
    fn span(&self, place: &Place) -> Range<usize> {
        let start = self.starts.get(place.file).copied().unwrap_or_default();
        start + place.span.start..start + place.span.end
    }
}
