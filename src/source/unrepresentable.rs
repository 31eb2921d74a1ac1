//! Keys and texts that TOML can hold, and Compose or a container cannot.

use super::{names::BAD_NAME, scalar::BAD_VALUE, tree::Node};
use crate::diag::{Diagnostic, Place};

/// The longest key in characters: a YAML reader looks no further for its colon.
pub(super) const LONGEST_KEY: usize = 1024;
/// More are not reported: such a file is not written by hand.
const MOST: usize = 20;

/// What is wrong with the keys and texts of a document. Those of `[traffic]` never reach Compose.
pub(super) fn check(root: Node<'_>, text: &str) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    // A NUL is only ever written as an escape.
    if !text.contains('\\') && !has_long_line(text) {
        return found;
    }
    let mut open: Vec<Node<'_>> = root.children().filter(|node| node.key() != "traffic").collect();
    while let Some(node) = open.pop() {
        found.extend(key(node));
        if node.as_str().is_some_and(|text| text.contains('\0')) {
            found.push(nul("a text", Place::Span(node.span())));
        }
        open.extend(node.children());
    }
    found.truncate(MOST);
    found
}

/// Whether a line is long enough for a key that is too long.
fn has_long_line(text: &str) -> bool {
    let mut rest = text.as_bytes();
    while let Some(beginning) = rest.get(..=LONGEST_KEY) {
        match beginning.iter().rposition(|byte| *byte == b'\n') {
            Some(end) => rest = &rest[end + 1..],
            None => return true,
        }
    }
    false
}

fn key(node: Node<'_>) -> Option<Diagnostic> {
    let place = || Place::Span(node.key_span());
    let length = node.key().chars().count();
    if length > LONGEST_KEY {
        let message = format!("a key has {length} characters, and Compose reads at most {LONGEST_KEY}");
        return Some(Diagnostic::new(&BAD_NAME, message).place(place()).label("too long").help("shorten it"));
    }
    node.key().contains('\0').then(|| nul("a key", place()))
}

fn nul(what: &str, place: Place) -> Diagnostic {
    Diagnostic::new(&BAD_VALUE, format!("{what} contains a NUL character"))
        .place(place)
        .label("`\\u0000`")
        .why("a process cannot receive it in an argument or variable, and the engine fails to start the container")
        .help("remove it")
}

#[cfg(test)]
mod tests {
    use super::super::testing::mistakes;

    const HEAD: &str = "name = \"x\"\n[budget]\nmemory = \"1G\"\ncpus = 1\n";

    #[test]
    fn keys_and_texts_that_end_nowhere() {
        let found = |text: &str| mistakes(&format!("{HEAD}[services.api]\nimage = \"a:1\"\n{text}"));
        for text in [
            "command = [\"a\\u0000b\"]",
            "environment = { A = \"\\u0000\" }",
            "labels = { \"a\\u0000\" = \"b\" }",
            "compose = { x = [[\"\\u0000\"]] }",
        ] {
            assert!(found(text).contains("contains a NUL character"), "{text}: {}", found(text));
        }
        let label = |length: usize| format!("labels = {{ \"{}\" = \"b\" }}", "\u{e9}".repeat(length));
        assert!(found(&label(1025)).contains("a key has 1025 characters"));
        assert_eq!(found(&label(1024)), "");
        let traffic = "[traffic]\ntarget = \"http://a\"\nmodes = { steady = 1 }\n[[traffic.requests]]\nmethod = \"POST\"\n\
            path = \"/\"\nbody = \"\\u0000\"\n";
        assert!(!found(traffic).contains("NUL"), "{}", found(traffic));
    }
}
