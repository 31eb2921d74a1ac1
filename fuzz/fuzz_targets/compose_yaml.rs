//! Any bytes as a Compose file: reading ends, every value and every mistake has a place that exists, and what is not a tree has a
//! mistake that says why.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use stackctl::internals::{
    diag::Place,
    source::compose::{
        node::{Node, Value},
        read,
    },
};

fn places(node: &Node, text: &str) {
    assert!(text.get(node.place.span.clone()).is_some(), "{node:?} is nowhere");
    match &node.value {
        Value::List(elements) => elements.iter().for_each(|element| places(element, text)),
        Value::Table(entries) => {
            for entry in entries {
                assert!(text.get(entry.key_place.span.clone()).is_some(), "{} is nowhere", entry.key);
                places(&entry.value, text);
            }
        }
        _ => {}
    }
}

fuzz_target!(|bytes: &[u8]| {
    let document = read(bytes, Path::new("compose.yaml"), 0);
    assert!(document.root.is_some() || !document.diagnostics.is_empty(), "unreadable, and nothing says why");
    for found in &document.diagnostics {
        let Some(Place::File { span, .. }) = &found.place else { panic!("{found:?} has no place") };
        let is_there = span.clone().is_none_or(|span| document.text.get(span).is_some());
        assert!(is_there, "{found:?} is nowhere");
    }
    if let Some(root) = &document.root {
        places(root, &document.text);
    }
});
