//! Bytes become a TOML document, or a list of syntax errors.

use std::{borrow::Cow, fmt::Display, ops::Range, str::Utf8Error, sync::Arc};

use toml::de::{DeTable, Error};

use super::{
    fill::{Filler, MAX_DEPTH},
    pieces,
};
use crate::{
    diag::{Allow, Code, Diagnostic, Place},
    source::{sink::MOST, tree::Tree},
};

/// Larger than any stack.
pub static FILE_TOO_LARGE: Code = Code::error(
    "file-too-large",
    Allow::Never(Allow::UNREAD),
    "\
stack.toml, or a Compose file that is imported, is larger than 8 MiB. Ten thousand services take about 5 MB; a larger file is almost \
certainly neither, and it is not read.

Name the right file with `--file`.",
);

/// Nothing in it.
pub static EMPTY_FILE: Code = Code::error(
    "empty-file",
    Allow::Never(Allow::UNREAD),
    "\
stack.toml, or the Compose file that is imported, contains only whitespace and comments.

`stackctl init` writes a commented one to start from.",
);

/// Not UTF-8.
pub static NOT_UTF8: Code = Code::error(
    "not-utf8",
    Allow::Never(Allow::UNREAD),
    "\
stack.toml and Compose files are UTF-8 text, and this file contains a byte that is not. The message names the first such byte and its line. \
The usual causes are an editor that saved the file as UTF-16 or in an old code page, and a binary file given by mistake.

Save the file as UTF-8.",
);

/// Not TOML.
pub static NOT_TOML: Code = Code::error(
    "not-toml",
    Allow::Never(Allow::UNREAD),
    "\
The text is not TOML: a quote or bracket that is never closed, a value without quotes, a key without a value.

```toml
image = postgres:17         # error: strings are quoted
image = \"postgres:17\"
```

All syntax errors are listed at once. Everything else is checked once the file is valid TOML.",
);

/// One key twice.
pub static DUPLICATE_KEY: Code = Code::error(
    "duplicate-key",
    Allow::Never(Allow::UNREAD),
    "\
A key is defined twice in a table, or a table is defined twice, which neither TOML nor Compose allows.

```toml
[services.api]
image = \"api:1\"
image = \"api:2\"      # error
```

Remove one of them.",
);

/// Nested deeper than anything in a stack.
pub static NESTED_TOO_DEEPLY: Code = Code::error(
    "nested-too-deeply",
    Allow::Never(Allow::UNREAD),
    "\
A value is nested more than 64 tables and lists deep. Nothing in Compose is; the limit keeps a hostile file from exhausting \
the call stack.",
);

/// The largest file that is read: 10,000 services take about 5 MB.
pub use crate::fs::MAX_BYTES;
/// A large file is searched for errors in steps of this many bytes: one that is wrong everywhere holds more errors than
/// bytes.
const PIECE: usize = 256 << 10;
/// With at most this many dots in a line, 80 nested brackets stay within any thread's stack.
const MAX_DOTS: usize = 16;
const LARGE_STACK: usize = 64 << 20;
/// The parser's message for a key that is defined twice.
const DUPLICATE: &str = "duplicate key";

/// The text of a file, or why there is none; the text that a diagnostic points into comes back in both cases.
pub(in crate::source) fn decode(bytes: &[u8]) -> (Cow<'_, str>, Option<Diagnostic>) {
    if bytes.len() > MAX_BYTES {
        let message = format!("stack.toml is larger than {} MiB", MAX_BYTES >> 20);
        let error = Diagnostic::new(&FILE_TOO_LARGE, message)
            .why("ten thousand services take about 5 MB, so this is probably not a stack.toml")
            .help("name the right file with `--file`");
        return (Cow::Borrowed(""), Some(error));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => (Cow::Borrowed(text), empty(text)),
        Err(error) => {
            let at = error.valid_up_to();
            let text = String::from_utf8_lossy(bytes);
            // The lossy text has the replacement character, three bytes, where the first bad byte is.
            let span = at..(at + '\u{fffd}'.len_utf8()).min(text.len());
            let error = not_utf8(bytes, error, "stack.toml").place(Place::Span(span)).label("not UTF-8");
            (text, Some(error))
        }
    }
}

/// The diagnostic of a file that is not UTF-8, without its place.
pub(in crate::source) fn not_utf8(bytes: &[u8], error: Utf8Error, name: impl Display) -> Diagnostic {
    let at = error.valid_up_to();
    let line = bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
    let utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    let help = if utf16 { "the file is UTF-16; save it as UTF-8" } else { "save the file as UTF-8" };
    let message = format!("{name} is not UTF-8: byte 0x{:02x} in line {line}", bytes[at]);
    Diagnostic::new(&NOT_UTF8, message).help(help)
}

fn empty(text: &str) -> Option<Diagnostic> {
    let nothing = |line: &str| {
        let line = line.trim_start_matches('\u{feff}').trim();
        line.is_empty() || line.starts_with('#')
    };
    text.lines().all(nothing).then(|| {
        Diagnostic::new(&EMPTY_FILE, "stack.toml is empty")
            .place(Place::Span(0..0))
            .help("`stackctl init` writes a commented one to start from")
    })
}

/// What [`read`] gives.
pub(in crate::source) struct Read {
    /// Everything that could be read; empty where it is not to be looked at.
    pub(in crate::source) tree: Tree,
    /// Whether the document is all of the text, apart from the errors.
    pub(in crate::source) is_complete: bool,
    /// The syntax errors.
    pub(in crate::source) errors: Vec<Error>,
    /// The place of a value that is nested too deeply.
    pub(in crate::source) too_deep: Option<Range<usize>>,
}

/// Read a text. Everything in it is read, whatever is wrong with the rest.
pub(in crate::source) fn read(text: &Arc<str>) -> Read {
    if !has_many_dots(text) {
        return read_here(text);
    }
    // The parser bounds brackets and dots, 80 each, but not their product: 6,400 levels, which are dropped recursively. A
    // line with that many dots is rare, so that the larger stack costs nothing otherwise.
    std::thread::scope(|scope| {
        let reader = std::thread::Builder::new().stack_size(LARGE_STACK);
        match reader.spawn_scoped(scope, || read_here(text)).map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(read)) => read,
            _ => read_here(text),
        }
    })
}

/// Whether a line has more than [`MAX_DOTS`].
fn has_many_dots(text: &str) -> bool {
    let mut dots = 0;
    text.bytes().any(|byte| {
        dots = match byte {
            b'\n' => 0,
            b'.' => dots + 1,
            _ => dots,
        };
        dots > MAX_DOTS
    })
}

fn read_here(text: &Arc<str>) -> Read {
    if text.len() > 2 * pieces::LEAST
        && let Some(tree) = pieces::read(text)
    {
        return Read { tree, is_complete: true, errors: Vec::new(), too_deep: None };
    }
    let (document, errors, end) = recover(text);
    let (tree, too_deep) = match Filler::new(text).document(&document) {
        Ok(tree) if end == text.len() => (Some(tree), None),
        Ok(_) => (None, None),
        Err(place) => (None, Some(place)),
    };
    let is_complete = tree.is_some();
    let tree = tree.unwrap_or_else(|| Tree::new(Arc::clone(text)));
    Read { tree, is_complete, errors, too_deep }
}

/// The document, its errors, and up to where it was read: a large file with more errors than are listed is read no further.
fn recover(text: &str) -> (DeTable<'_>, Vec<Error>, usize) {
    if text.len() > PIECE
        && let Ok(document) = DeTable::parse(text)
    {
        return (document.into_inner(), Vec::new(), text.len());
    }
    let mut end = 0;
    loop {
        end = text.len().min(end + PIECE);
        end += (end..text.len()).take_while(|at| !text.is_char_boundary(*at)).count();
        let (document, errors) = DeTable::parse_recoverable(&text[..end]);
        if end == text.len() || errors.len() > MOST {
            return (document.into_inner(), errors, end);
        }
    }
}

/// Whether a syntax error puts the document around it in doubt: any but a key that is defined twice.
pub(in crate::source) fn is_structural(error: &Error) -> bool {
    error.message() != DUPLICATE
}

/// The diagnostic of a syntax error.
pub(in crate::source) fn syntax(error: &Error, text: &str) -> Diagnostic {
    let message = error.message();
    let span = error.span().unwrap_or(0..0);
    let span = within(span, text);
    if message == DUPLICATE {
        let key = text.get(span.clone()).unwrap_or_default();
        return Diagnostic::new(&DUPLICATE_KEY, format!("`{key}` is defined twice"))
            .place(Place::Span(span))
            .label("already defined above")
            .help("remove one of them");
    }
    let (message, expected) = message.split_once(", expected ").unwrap_or((message, ""));
    let error = Diagnostic::new(&NOT_TOML, format!("stack.toml is not valid TOML: {message}"))
        .place(Place::Span(span));
    if message.starts_with("string values must be quoted") {
        error.label("write it in quotes")
    } else if expected.is_empty() {
        error
    } else {
        error.label(format!("expected {expected}"))
    }
}

/// A span that lies inside the text and on character boundaries.
pub(super) fn within(span: Range<usize>, text: &str) -> Range<usize> {
    let mut start = span.start.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let mut end = span.end.clamp(start, text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    start..end
}

/// The diagnostic of a value that is nested too deeply.
pub(in crate::source) fn nested(place: Range<usize>) -> Diagnostic {
    let message = format!("a value is nested more than {MAX_DEPTH} levels deep");
    Diagnostic::new(&NESTED_TOO_DEEPLY, message).place(Place::Span(place))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Command;
    use crate::source::{parse, testing::mistakes};

    fn only(bytes: &[u8]) -> Diagnostic {
        let mut parsed = parse(bytes);
        assert!(!parsed.is_whole && parsed.diagnostics.len() == 1, "{:?}", parsed.diagnostics);
        parsed.diagnostics.remove(0)
    }

    #[test]
    fn unreadable_bytes_are_named() {
        assert_eq!(only(b"").code, &EMPTY_FILE);
        assert_eq!(only("\u{feff} \n# nothing\n".as_bytes()).code, &EMPTY_FILE);
        let error = only(b"name = 'a'\nx = '\xe9'\n");
        assert_eq!((error.code, error.place), (&NOT_UTF8, Some(Place::Span(16..19))));
        assert_eq!(error.message, "stack.toml is not UTF-8: byte 0xe9 in line 2");
        assert!(only(b"\xff\xfen\0").help.unwrap().contains("UTF-16"));
        assert_eq!(only(&vec![b' '; MAX_BYTES + 1]).code, &FILE_TOO_LARGE);
        assert_eq!(only(b"a = \"x\0y\"").code, &NOT_TOML);
    }

    #[test]
    fn line_ends_of_windows_and_a_byte_order_mark_are_fine() {
        assert_eq!(mistakes("\u{feff}name = \"x\"\r\n[budget]\r\nmemory = \"1G\"\r\ncpus = 1\r\n"), "");
    }

    #[test]
    fn strings_of_several_lines_have_the_line_ends_of_unix() {
        // With a mistake elsewhere too.
        for more in ["", "[services.b]\r\nimage = \"b:1\"\r\nimage = \"b:1\"\r\n"] {
            let script = "\"\"\"\r\na \\\r\n  b\r\nc\\r\r\n\"\"\", '''\r\nd\r\n''', \"e\\r\\n\"";
            let text = format!("[services.a]\r\nimage = \"a:1\"\r\ncommand = [{script}]\r\n{more}");
            let stack = parse(text.as_bytes()).stack;
            let Some(Command::Exec(words)) = &stack.services["a"].command else { panic!() };
            assert_eq!(words, &["a b\nc\r\n", "d\n", "e\r\n"]);
        }
    }

    #[test]
    fn every_syntax_error_of_a_large_file_is_listed_or_counted() {
        // 300 KiB that are right, and a mistake at each end.
        let text = format!("a =\n{}b =\n", "# a comment of forty characters, or so .\n".repeat(7_500));
        let found = parse(text.as_bytes()).diagnostics;
        assert_eq!(found.iter().filter(|error| error.code == &NOT_TOML).count(), 2, "{found:?}");
        let found = parse("=\n".repeat(300_000).as_bytes()).diagnostics;
        assert_eq!(found.len(), 1_001);
        assert!(found.iter().any(|found| found.code == &crate::source::sink::TOO_MANY_MISTAKES));
    }

    #[test]
    fn a_repeated_key_with_a_deep_value_does_not_exhaust_the_stack() {
        // As deep as the parser lets it be, on one line and on lines of few dots.
        for (segments, space) in [(79, " "), (MAX_DOTS + 1, "\n")] {
            let dotted = vec!["a"; segments].join(".");
            let value = format!(
                "{}1{}",
                format!("{{ {dotted} ={space}").repeat(78).replace("=\n{", "= {\n"),
                " }".repeat(78)
            );
            let errors = parse(format!("a = 1\na = {value}").as_bytes()).diagnostics;
            assert!(errors.iter().any(|error| error.code == &DUPLICATE_KEY), "{errors:?}");
        }
    }

    #[test]
    fn nesting_is_bounded_without_using_the_stack() {
        let dotted = vec!["a"; 70].join(".");
        let text = format!(
            "name = \"x\"\n{}1{}",
            format!("{dotted} = {{ ").repeat(70).trim_end_matches("{ ").to_owned() + "{ b = ",
            " }".repeat(70)
        );
        let errors = parse(text.as_bytes()).diagnostics;
        assert!(errors.iter().any(|error| error.code == &NESTED_TOO_DEEPLY), "{errors:?}");
        assert_eq!(
            only(format!("a = {}1{}", "[".repeat(70), "]".repeat(70)).as_bytes()).code,
            &NESTED_TOO_DEEPLY
        );
    }
}
