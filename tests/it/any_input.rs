//! Whatever the bytes of stack.toml are: reading them ends, nothing panics, and every mistake has a place that exists.

use proptest::{collection::vec, prelude::*, sample::Index};
use stackctl::internals::{
    diag::{Place, Segment},
    source,
};

const EVERYTHING: &str = include_str!("../fixtures/everything/stack.toml");

/// What stands where another value stood.
const VALUES: [&str; 22] = [
    "1",
    "-1",
    "0",
    "99999999999999999999",
    "1.10",
    "nan",
    "-inf",
    "true",
    "\"\"",
    "\"x\"",
    "\"${\"",
    "\"${A:-${B}}\"",
    "\"a:b:c:d\"",
    "'é\u{1f600}'",
    "[]",
    "[[], {}, 1, \"x\", 1979-05-27]",
    "{}",
    "{ source = 1, target = [], path = {} }",
    "1979-05-27T07:32:00Z",
    "\"\"\"\nmany\nlines\"\"\"",
    "",
    "]",
];

#[derive(Debug, Clone)]
enum Change {
    DeleteLine(Index),
    DoubleLine(Index),
    SwapLines(Index, Index),
    /// Put another value behind one of the `=` of the text.
    Replace(Index, usize),
    /// Misspell a key in front of one of the `=`.
    Misspell(Index),
    DeleteChar(Index),
    Insert(Index, char),
}

fn change() -> impl Strategy<Value = Change> {
    let index = any::<Index>;
    prop_oneof![
        2 => index().prop_map(Change::DeleteLine),
        2 => index().prop_map(Change::DoubleLine),
        2 => (index(), index()).prop_map(|(a, b)| Change::SwapLines(a, b)),
        8 => (index(), 0..VALUES.len()).prop_map(|(at, value)| Change::Replace(at, value)),
        2 => index().prop_map(Change::Misspell),
        1 => index().prop_map(Change::DeleteChar),
        1 => (index(), any::<char>()).prop_map(|(at, c)| Change::Insert(at, c)),
    ]
}

fn apply(text: &str, change: &Change) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    if lines.is_empty() {
        return String::new();
    }
    let equals: Vec<usize> = text.match_indices(" = ").map(|(at, _)| at).collect();
    let bytes: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let mut changed = text.to_owned();
    match change {
        Change::DeleteLine(at) => {
            lines.remove(at.index(lines.len()));
            return lines.join("\n");
        }
        Change::DoubleLine(at) => {
            let at = at.index(lines.len());
            lines.insert(at, lines[at]);
            return lines.join("\n");
        }
        Change::SwapLines(one, other) => {
            let length = lines.len();
            lines.swap(one.index(length), other.index(length));
            return lines.join("\n");
        }
        Change::Replace(at, value) if !equals.is_empty() => {
            let start = equals[at.index(equals.len())] + 3;
            let rest = &text[start..];
            let end = rest.find([',', '\n', '}']).unwrap_or(rest.len());
            changed.replace_range(start..start + end, VALUES[*value]);
        }
        Change::Misspell(at) if !equals.is_empty() => changed.insert(equals[at.index(equals.len())], 'x'),
        Change::DeleteChar(at) => {
            changed.remove(bytes[at.index(bytes.len())]);
        }
        Change::Insert(at, c) => changed.insert(bytes[at.index(bytes.len())], *c),
        Change::Replace(..) | Change::Misspell(_) => {}
    }
    changed
}

/// Read, and check every place.
fn read(bytes: &[u8]) -> source::Parsed {
    let parsed = source::parse(bytes);
    assert!(parsed.is_whole || !parsed.diagnostics.is_empty(), "unreadable, and nothing says why");
    for found in &parsed.diagnostics {
        let places = found.all_places();
        for place in places {
            let span = parsed.document.locate(place).unwrap_or_else(|| panic!("{found:?} is nowhere"));
            assert!(parsed.text.get(span.clone()).is_some(), "{found:?} is at {span:?}");
            if let Place::Value(path) | Place::Key(path) = place {
                // Only what is missing may point at something that is written around it.
                assert!(parsed.document.contains(path) || found.code.name == "missing-key", "{found:?}");
                assert!(matches!(path.0.first(), Some(Segment::Key(_))), "{found:?}");
            }
        }
    }
    parsed
}

proptest! {
    #[test]
    fn any_bytes(bytes in vec(any::<u8>(), 0..400)) {
        read(&bytes);
    }

    #[test]
    fn any_text(text in "(\\PC|[\\[\\]{}=\"'\n,.#]){0,200}") {
        read(text.as_bytes());
    }

    #[test]
    fn a_full_stack_changed_anywhere(changes in vec(change(), 1..8)) {
        let text = changes.iter().fold(EVERYTHING.to_owned(), |text, change| apply(&text, change));
        read(text.as_bytes());
    }

    /// One value of another type never brings down more than what it stands for: the services stay.
    #[test]
    fn one_wrong_value_leaves_the_rest(at in any::<Index>(), value in 0..20_usize) {
        let text = apply(EVERYTHING, &Change::Replace(at, value));
        let parsed = read(text.as_bytes());
        if parsed.is_whole {
            prop_assert!(parsed.stack.services.len() == 5);
        }
    }
}
