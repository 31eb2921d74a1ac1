//! One file: bytes become a tree, or diagnostics at its lines.

use std::path::Path;

use super::{
    codes::{DATE_VALUE, NOT_YAML},
    node::{Node, Tag, Value},
    reader,
};
use crate::{
    diag::{Diagnostic, Place},
    source::parse::{EMPTY_FILE, FILE_TOO_LARGE, MAX_BYTES, not_utf8},
};

/// A file that was read.
#[derive(Debug)]
pub struct Document {
    /// The text; where the file is not UTF-8, with replacement characters.
    pub text: String,
    /// The tree, a table; `None` where the file cannot be read to its end.
    pub root: Option<Node>,
    /// Everything that is wrong with it.
    pub diagnostics: Vec<Diagnostic>,
}

/// Read one file, which diagnostics name as `path`. Places count from `file`. Never fails: every mistake is a diagnostic.
pub fn read(bytes: &[u8], path: &Path, file: usize) -> Document {
    let text = String::from_utf8_lossy(bytes.get(..MAX_BYTES).unwrap_or(bytes)).into_owned();
    let shown = path.display();
    let broken =
        |diagnostic: Diagnostic, text: String| Document { text, root: None, diagnostics: vec![diagnostic] };
    let place = |span| Place::File { path: path.to_owned(), span };
    if bytes.len() > MAX_BYTES {
        let message = format!("{shown} is larger than {} MiB", MAX_BYTES >> 20);
        return broken(Diagnostic::new(&FILE_TOO_LARGE, message).place(place(None)), String::new());
    }
    if let Err(error) = std::str::from_utf8(bytes) {
        return broken(not_utf8(bytes, error, shown).place(place(None)), text);
    }
    let (root, mut diagnostics) = reader::read(&text, path, file);
    let root = root.and_then(|root| {
        let span = root.place.span.clone();
        match root.value {
            Value::Table(_) => return Some(root),
            // Comments alone are no value either.
            Value::Null if span.is_empty() && diagnostics.is_empty() => {}
            _ => {
                let message = "the file does not hold a table at its top";
                diagnostics.push(Diagnostic::new(&NOT_YAML, message).place(place(Some(span))));
            }
        }
        None
    });
    if root.is_none() && diagnostics.is_empty() {
        let message = format!("{shown} is empty");
        diagnostics.push(Diagnostic::new(&EMPTY_FILE, message).place(place(Some(0..0))));
    }
    Document { text, root, diagnostics }
}

/// Refuse dates where Compose does, and make text of those that it prints as text: values below keys that begin with `x-`.
pub(super) fn judge_dates(root: &mut Node, paths: &[&Path], diagnostics: &mut Vec<Diagnostic>) {
    dates(root, false, paths, diagnostics);
}

fn dates(node: &mut Node, is_extension: bool, paths: &[&Path], diagnostics: &mut Vec<Diagnostic>) {
    if node.tag == Some(Tag::Date) {
        node.tag = None;
        if !is_extension {
            let path = paths.get(node.place.file).map(|path| path.to_path_buf()).unwrap_or_default();
            let place = Place::File { path, span: Some(node.place.span.clone()) };
            diagnostics.push(
                Diagnostic::new(&DATE_VALUE, "a date without quotes, which Compose refuses")
                    .place(place)
                    .help("put it in quotes"),
            );
        }
    }
    match &mut node.value {
        Value::List(elements) => {
            for element in elements {
                dates(element, is_extension, paths, diagnostics);
            }
        }
        Value::Table(entries) => {
            for entry in entries {
                let is_extension = is_extension || entry.key.starts_with("x-");
                dates(&mut entry.value, is_extension, paths, diagnostics);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::parse::{DUPLICATE_KEY, NESTED_TOO_DEEPLY, NOT_UTF8};

    fn loaded(text: &str) -> Document {
        read(text.as_bytes(), Path::new("compose.yaml"), 0)
    }

    fn root(text: &str) -> Node {
        let document = loaded(text);
        assert_eq!(document.diagnostics, [], "{text}");
        document.root.unwrap()
    }

    /// The tree in one line, comments and places aside.
    fn shown(node: &Node) -> String {
        let tag = node.tag.map(|tag| format!("{tag:?} ")).unwrap_or_default();
        let value = match &node.value {
            Value::Text(text) => format!("{text:?}"),
            Value::List(elements) => {
                format!("[{}]", elements.iter().map(shown).collect::<Vec<_>>().join(", "))
            }
            Value::Table(entries) => {
                let entry =
                    |entry: &super::super::node::Entry| format!("{}: {}", entry.key, shown(&entry.value));
                format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
            }
            value => super::super::text_of(value).unwrap_or_else(|| "null".to_owned()),
        };
        tag + &value
    }

    #[test]
    fn values_are_what_compose_reads() {
        for (text, expected) in [
            ("a: 017\nb: '017'\nc: !!str 017\n", r#"{a: 15, b: "017", c: "017"}"#),
            ("\u{feff}a: [x, 1.10, ~, yes]\r\n", r#"{a: ["x", 1.1, null, "yes"]}"#),
            ("a: &x {k: 1}\nb: *x\n", "{a: {k: 1}, b: {k: 1}}"),
            ("a: |\n  x\n  y\nb: >-\n  x\n  y\n", r#"{a: "x\ny\n", b: "x y"}"#),
            ("a: !reset 1\nb: !override [x]\nc: ! 017\n", r#"{a: Reset 1, b: Override ["x"], c: 15}"#),
            ("z: 1\n<<: {y: 1, a: 2}\na: 3\n", "{z: 1, y: 1, a: 3}"),
            ("<<: [{a: 1, b: 1}, {b: 2, c: 2}]\n", "{a: 1, b: 1, c: 2}"),
            ("\"<<\": x\n", r#"{<<: "x"}"#),
            ("a: 2024-01-01\n", r#"{a: Date "2024-01-01T00:00:00Z"}"#),
            ("---\na: 1\n...\n", "{a: 1}"),
            ("a: &k b\n? *k\n: 1\n", r#"{a: "b", b: 1}"#),
        ] {
            assert_eq!(shown(&root(text)), expected, "{text}");
        }
    }

    #[test]
    fn what_compose_refuses_has_a_place() {
        for (text, code, at) in [
            ("", &EMPTY_FILE, ""),
            ("# nothing\n", &EMPTY_FILE, ""),
            ("~\n", &NOT_YAML, "~"),
            ("- a\n", &NOT_YAML, "- a"),
            ("a:\n\tb: 1\n", &NOT_YAML, "b"),
            ("a: [b\n", &NOT_YAML, "["),
            ("a: {b: 1, b: 2}\n", &DUPLICATE_KEY, "b"),
            ("<<: {a: 1}\n<<: {b: 1}\n", &DUPLICATE_KEY, "<<"),
            ("a: 1\n---\na: 2\n", &super::super::codes::SEVERAL_DOCUMENTS, "---"),
            ("a: !foo 1\n", &super::super::codes::UNKNOWN_TAG, "!foo"),
            ("a: !!int foo\n", &super::super::codes::UNKNOWN_TAG, "foo"),
            ("a: *b\n", &super::super::codes::UNDEFINED_ANCHOR, "*b"),
            ("a: &b [*b]\n", &super::super::codes::UNDEFINED_ANCHOR, "*b"),
            ("<<: x\n", &super::super::codes::BAD_MERGE, "x"),
            ("1: a\n", &super::super::codes::NON_STRING_KEY, "1"),
            ("{a: 1}: a\n", &super::super::codes::NON_STRING_KEY, "{"),
        ] {
            let document = loaded(text);
            assert_eq!(document.diagnostics.len(), 1, "{text} {:?}", document.diagnostics);
            let found = &document.diagnostics[0];
            assert_eq!(found.code, code, "{text}");
            let Some(Place::File { span: Some(span), .. }) = &found.place else { panic!("{text}") };
            assert_eq!(document.text.get(span.clone()), Some(at), "{text}");
        }
        assert_eq!(read(b"a: \xff\n", Path::new("c"), 0).diagnostics[0].code, &NOT_UTF8);
        assert_eq!(read(&vec![b' '; MAX_BYTES + 1], Path::new("c"), 0).diagnostics[0].code, &FILE_TOO_LARGE);
    }

    #[test]
    fn depth_and_expansion_are_bounded() {
        let deep = format!("a: {}1{}\n", "[".repeat(100), "]".repeat(100));
        assert_eq!(loaded(&deep).diagnostics[0].code, &NESTED_TOO_DEEPLY);
        let block: String = (0..100).map(|at| " ".repeat(at) + "a:\n").collect();
        assert_eq!(loaded(&block).diagnostics[0].code, &NESTED_TOO_DEEPLY);
        let mut laughs = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for at in 1..10 {
            let one = format!("*a{}", at - 1);
            laughs += &format!("a{at}: &a{at} [{}]\n", vec![one; 10].join(","));
        }
        assert_eq!(loaded(&laughs).diagnostics[0].code, &super::super::codes::ALIAS_EXPANSION);
    }

    const COMMENTED: &str = "\
# head

# api
services: # all of them
  # of a
  a:
    image: b # tag
    ports: # published
    - 80 # web
    # admin
    - 81
    # no more ports
    command: [a, # one
      b] # two
    # end of a
# of b
  b:
    entrypoint: | # script
      foo
    # after
# last
";

    #[test]
    fn comments_stay_with_their_entries() {
        let root = root(COMMENTED);
        let services = root.get("services").unwrap();
        assert_eq!(services.comments.above, ["head", "", "api"]);
        assert_eq!(services.comments.beside.as_deref(), Some("all of them"));
        let a = services.get("a").unwrap();
        assert_eq!(a.comments.above, ["of a"]);
        assert_eq!(a.comments.below, ["end of a"]);
        assert_eq!(a.get("image").unwrap().comments.beside.as_deref(), Some("tag"));
        let ports = a.get("ports").unwrap();
        assert_eq!(ports.comments.beside.as_deref(), Some("published"));
        assert_eq!(ports.elements()[0].comments.beside.as_deref(), Some("web"));
        assert_eq!(ports.elements()[1].comments.above, ["admin"]);
        let command = a.get("command").unwrap();
        assert_eq!(command.comments.above, ["no more ports"]);
        assert_eq!(command.elements()[0].comments.beside.as_deref(), Some("one"));
        assert_eq!(command.comments.beside.as_deref(), Some("two"));
        let b = services.get("b").unwrap();
        assert_eq!(b.comments.above, ["of b"]);
        assert_eq!(b.get("entrypoint").unwrap().comments.beside.as_deref(), Some("script"));
        assert_eq!(b.comments.below, ["after"]);
        assert_eq!(root.comments.below, ["last"]);
    }

    /// Every text ends as a tree or with a mistake, each place inside the text.
    #[test]
    fn any_text_is_read_or_refused() {
        let parts = [
            "a", ": ", "\n", "  ", "- ", "*x", "&x ", "<<", "[", "]", "{", "}", ",", "'", "\"", "#",
            "!reset ", "|", "? ", "\t", "\u{fc}",
        ];
        let mut seed = 1_u64;
        for _ in 0..5_000 {
            let mut text = String::new();
            for _ in 0..40 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text += parts[(seed >> 33) as usize % parts.len()];
            }
            let document = loaded(&text);
            assert!(document.root.is_some() || !document.diagnostics.is_empty(), "{text:?}");
            for found in &document.diagnostics {
                let Some(Place::File { span: Some(span), .. }) = &found.place else { panic!("{text:?}") };
                assert!(text.get(span.clone()).is_some(), "{text:?} {found:?}");
            }
            document.root.iter().for_each(|root| assert_places(root, &text));
        }
    }

    fn assert_places(node: &Node, text: &str) {
        assert!(text.get(node.place.span.clone()).is_some(), "{text:?} {node:?}");
        node.elements().iter().for_each(|element| assert_places(element, text));
        node.entries().iter().for_each(|entry| assert_places(&entry.value, text));
    }

    #[test]
    fn places_are_the_bytes_of_values() {
        let text = "a:\n  b: [1,\n    2]\n  c:\n  - x\n\n# end\nd: &x\n  e: 1\n\nf: *x\n";
        let root = root(text);
        let at = |node: &Node| text[node.place.span.clone()].to_owned();
        assert_eq!(at(root.get("a").unwrap()), "b: [1,\n    2]\n  c:\n  - x");
        assert_eq!(at(root.get("a").unwrap().get("b").unwrap()), "[1,\n    2]");
        assert_eq!(at(root.get("f").unwrap()), "e: 1");
    }
}
