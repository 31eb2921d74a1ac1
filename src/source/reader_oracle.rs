//! The reader beside the `toml` crate: a tree exactly where that crate finds no mistake, and the same one, places included.

use std::{fs, path::Path, sync::Arc};

use proptest::prelude::*;
use toml::{Spanned, de::DeTable, de::DeValue};

use super::{
    parse::unix_lines,
    reader,
    tree::{Node, Toml},
};

/// Both read the text, and give the same. Returns whether it is TOML.
fn agree(text: &str) -> bool {
    let ours = reader::read(&Arc::from(text));
    let (theirs, errors) = DeTable::parse_recoverable(text);
    match (&ours, errors.first()) {
        (Some(tree), None) => table(tree.root(), theirs.get_ref(), text),
        (None, Some(_)) => {}
        (Some(_), Some(error)) => panic!("read in spite of {error} in {text:?}"),
        (None, None) => panic!("not read: {text:?}"),
    }
    ours.is_some()
}

fn table(ours: Node<'_>, theirs: &DeTable<'_>, text: &str) {
    let mut entries: Vec<_> = theirs.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    assert_eq!(ours.len(), entries.len(), "{text:?}");
    for (node, (key, value)) in ours.children().zip(entries) {
        assert_eq!((node.key(), node.key_span()), (key.get_ref().as_ref(), key.span()), "{text:?}");
        assert_eq!(ours.get(node.key()).map(Node::key_span), Some(key.span()), "{text:?}");
        same(node, value, text);
    }
}

fn same(ours: Node<'_>, theirs: &Spanned<DeValue<'_>>, text: &str) {
    assert_eq!(ours.span(), theirs.span(), "{text:?}");
    match (ours.value(), theirs.get_ref()) {
        (Toml::String(ours), DeValue::String(_)) => {
            let lines = unix_lines(&text[theirs.span()]);
            let read = DeValue::parse(&lines).unwrap();
            assert_eq!(Some(ours), read.get_ref().as_str(), "{text:?}");
        }
        (Toml::Integer(ours), DeValue::Integer(theirs)) => {
            assert_eq!((ours.digits, ours.radix), (theirs.as_str(), theirs.radix()), "{text:?}");
            assert_eq!(ours.to_string(), theirs.to_string());
        }
        (Toml::Float(ours), DeValue::Float(theirs)) => assert_eq!(ours, theirs.as_str(), "{text:?}"),
        (Toml::Boolean(ours), DeValue::Boolean(theirs)) => assert_eq!(ours, *theirs, "{text:?}"),
        (Toml::Datetime, DeValue::Datetime(_)) => {}
        (Toml::Array, DeValue::Array(theirs)) => {
            assert_eq!(ours.len(), theirs.len(), "{text:?}");
            ours.children().zip(theirs.iter()).for_each(|(ours, theirs)| same(ours, theirs, text));
        }
        (Toml::Table, DeValue::Table(theirs)) => table(ours, theirs, text),
        (ours, theirs) => panic!("{ours:?} is not {theirs:?} in {text:?}"),
    }
}

#[test]
fn what_toml_allows() {
    for text in [
        "",
        "\u{feff}",
        "\u{feff}a = 1",
        " \t\r\n# c\r\n\n",
        "#\u{e9}\t\u{1f980}",
        "a=1",
        "a = 1\r\nb = 2 # c",
        "\"\" = 1\n'' = 2\n".split('\n').next().unwrap_or_default(),
        "'a b' = 1\n\"c\\u0064\" = 2\n\"e\\\"f\" = 3",
        "a . \"b\" . 'c' = 1\na.b.d = 2\na.\"b\".e = 3",
        "1979-05-27 = 1\n3.14 = 2",
        // Numbers, dates, booleans.
        "a = [0, -0, +0, 1_000, -17, +99, 0xDEAD_beef, 0o755, 0b1101, 9223372036854775808]",
        "a = [1.5, -0.0, +1.0, 3e2, 1e+5, 6.02_2E-23, inf, -inf, +inf, nan, +nan, -nan, 1_0.0_1]",
        "a = [true,false , 1979-05-27T07:32:00Z, 1979-05-27 07:32:00.999999-07:00, 1979-05-27, 07:32:00, 07:32]",
        "a = 1979-05-27 07:32:00 # c\nb = 1979-05-27t07:32:00z\n",
        // Strings.
        r#"a = ["", '', "a\\b", 'a\b', "\b\t\n\f\r\"\\\e", "\x41\u00e9\U0001F980", 'a"b', "a'b", "tab	"]"#,
        "a = \"\"\"\nx \\\n   y\"\"\"\nb = '''\nx\\'''\nc = \"\"\"\"a\"\"\"\"\"\nd = ''''b'''''\ne = \"\"\"\\\"\"\"\"",
        "a = \"\"\"\r\nx\r\n\"\"\"",
        "a = '''# \" ] }'''\nb = \"# ' ] }\"",
        // Lists and braces, on one line and on many.
        "a = []\nb = [ ]\nc = [1,]\nd = [ # c\n 1 , # d\n [2, [3]] ,\n\n]",
        "a = {}\nb = { }\nc = { x = 1 }\nd = {x=1,y.z=2,y.w=3,}",
        "a = { # c\n x\n = # d\n 1 ,\r\n y = [\n] }",
        "a = [{ b = 1 }, { b = { c = [{}] } }]",
        // Tables.
        "[a]\n[a.b]\n[ c . 'd' ]\nx = 1",
        "[a.b]\nx = 1\n[a]\ny = 2\nc.d = 3",
        "[a.b.c]\n[a]\nx = 1\n[a.b]\ny = 1\n[z]\n[a.y]",
        "[[a]]\nx = 1\n[[a]]\n[a.b]\ny = 1\n[[a.c]]\n[[a.c]]\nz = 1",
        "[a]\nb.c = 1\nb.d = 2\n[a.e]",
        "a.b = 1\na.c = 2\n[a.d]\n",
        "[[a.b]]\n[a]\nx = 1",
        "[[a.b.c]]\n[a.b]\nc.d.e = 1",
        "[a] # c\n[b]\t\r\n\r\n",
        "a.b.c = 1\na.b.d = 2\n[a.b.e]",
    ] {
        assert!(agree(text), "{text:?}");
    }
}

#[test]
fn what_toml_refuses() {
    for text in [
        "a",
        "a =",
        "= 1",
        "a = 1 b = 2",
        "a = 1\rb = 2",
        "a = 1\r",
        "# \u{1}",
        "# \u{7f}",
        "a = \"\u{1}\"",
        "a = '\u{7f}'",
        "a = \"x\ny\"",
        "a = \"x",
        "a = 'x",
        "a = \"\"\"x\"\"",
        "a = '''x''",
        "a = \"\\q\"",
        "a = \"\\u12\"",
        "a = \"\\uD800\"",
        "a = \"x\\\n\"",
        "a = \"x\\",
        "a = \"\"\"\\q\"\"\"",
        "a = \"x\"y",
        "a = \"\"\"\"\"\"\"\"\"",
        "\"\"\"a\"\"\" = 1",
        "'''a''' = 1",
        "\u{e9} = 1",
        "a+b = 1",
        "a..b = 1",
        ".a = 1",
        "a. = 1",
        "a.\nb = 1",
        "a\n= 1",
        "a =\n1",
        "a = 01",
        "a = -01",
        "a = 1__0",
        "a = 1_",
        "a = 1.",
        "a = .5",
        "a = 1.e5",
        "a = 00.5",
        "a = 0XFF",
        "a = +0xFF",
        "a = True",
        "a = truee",
        "a = bare",
        "a = 1979-13-27",
        "a = 25:00:00",
        "a = 1 2",
        "a = [1",
        "a = [1 2]",
        "a = [,]",
        "a = [1,,2]",
        "a = {",
        "a = { x = 1",
        "a = { x = 1 y = 2 }",
        "a = { , }",
        "a = { x }",
        "a = { x = }",
        "a = { x = 1,, y = 2 }",
        "a = { x.\ny = 1 }",
        "a = }",
        "a = ]",
        "a = 1 }",
        "a = 1 ]",
        "a = 1,",
        "[a",
        "[a]]",
        "[[a]",
        "[ [a]]",
        "[[a] ]",
        "[]",
        "[[]]",
        "[a.]",
        "[.a]",
        "[a] b = 1",
        "[a]\n[a]",
        "a = 1\na = 2",
        "a = 1\n\"a\" = 2",
        "a = 1\na.b = 2",
        "a.b = 1\na = 2",
        "a = 1\n[a]",
        "a = 1\n[a.b]",
        "a = {}\na.b = 1",
        "a = {}\n[a.b]",
        "a = {}\n[a]",
        "a = []\n[[a]]",
        "a = []\n[a.b]",
        "a = [{}]\n[[a]]",
        "a.b = 1\n[a]",
        "[a.b]\n[a]\nb.c = 1",
        "[a]\nb.c = 1\n[a.b]",
        "[a]\nb.c = 1\n[[a.b]]",
        "[[a]]\n[a]",
        "[a]\n[[a]]",
        "[a.b]\n[[a]]",
        "[[a.b.c]]\n[a.b]\nc.d = 1",
        "a = { b = 1, b = 2 }",
        "a = { b.c = 1, b = 2 }",
        "a = { b = {}, b.c = 2 }",
        "a = { b = [], b.c = 2 }",
        "a = { b.c = {}, b.c.d = 2 }",
        "\u{feff}\u{feff}a = 1",
        "a = 1\u{a0}",
        "a = \u{feff}1",
    ] {
        assert!(!agree(text), "{text:?}");
    }
}

/// Every stack.toml of the repository, whole and cut off at every place a line could break.
#[test]
fn every_stack_of_the_repository() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("tests/fixtures"), root.join("templates")];
    let mut texts = vec![fs::read_to_string(root.join("stack.toml")).unwrap()];
    texts.push(fs::read_to_string(root.join("Cargo.toml")).unwrap());
    texts.push(fs::read_to_string(root.join("Cargo.lock")).unwrap());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "toml") {
                texts.extend(fs::read_to_string(path));
            }
        }
    }
    assert!(texts.len() > 4, "the fixtures were not found");
    for text in &texts {
        agree(text);
        let bytes = text.bytes().enumerate().take(6_000);
        for (at, _) in bytes.filter(|(at, byte)| b"\n,={}[]\"'".contains(byte) && text.is_char_boundary(*at))
        {
            agree(&text[..at]);
        }
    }
}

#[test]
fn tables_with_many_keys_are_found_by_name() {
    let entries: String = (0..100).map(|at| format!("k{at} = {at}\n")).collect();
    let headers: String = (0..100).map(|at| format!("[t.s{at}.x]\na = 1\n[t.s{at}]\nb = 2\n")).collect();
    assert!(agree(&format!("{entries}{headers}")));
    assert!(!agree(&format!("{entries}k7 = 1")));
    assert!(!agree(&format!("{headers}[t.s7]")));
}

#[test]
fn deep_values_are_left_to_the_toml_crate() {
    let read = |text: &str| reader::read(&Arc::from(text)).is_some();
    assert!(read(&format!("a = {}{}", "[".repeat(64), "]".repeat(64))));
    assert!(!read(&format!("a = {}{}", "[".repeat(65), "]".repeat(65))));
    assert!(!read(&format!("a = {}1{}", "{ b = ".repeat(65), " }".repeat(65))));
    assert!(!read(&format!("{} = 1", ["a"; 65].join("."))));
    assert!(!read(&format!("[{}]\nb = 1", ["a"; 64].join("."))));
}

/// Documents that are often right: keys and scalars out of a few, put together by TOML's grammar.
fn document() -> impl Strategy<Value = String> {
    let key = prop::sample::select(vec![
        "a",
        "b",
        "c",
        "d",
        "a.b",
        "a.c",
        "b.a.c",
        "a . b",
        "'a'",
        "\"b\"",
        "\"\\u0061\"",
        "''",
        "a-1",
        "7",
    ]);
    let scalar = prop::sample::select(vec![
        "1",
        "-1",
        "0",
        "1.5",
        "true",
        "\"x\"",
        "'y'",
        "\"\\n\"",
        "0x1F",
        "1_0",
        "1e3",
        "inf",
        "07:32:00",
        "1979-05-27 07:32:00",
        "\"\"\"m\nn\"\"\"",
        "'''o\n'''",
        "\"\"",
        "\u{22}\u{e9}\u{22}",
    ]);
    let gap = || prop::sample::select(vec!["", "", " ", " ", "\t", "\n", " # c\n ", "\r\n"]);
    let value = scalar.prop_map(str::to_owned).prop_recursive(3, 12, 4, move |inner| {
        let key = prop::sample::select(vec!["a", "b", "c", "a.b", "a.c", "'d'"]);
        let list = prop::collection::vec((inner.clone(), gap(), gap()), 0..4).prop_map(|items| {
            let items: Vec<String> =
                items.into_iter().map(|(value, l, r)| format!("{l}{value}{r}")).collect();
            format!("[{}]", items.join(","))
        });
        let braces = prop::collection::vec((key, inner, gap(), gap()), 0..4).prop_map(|entries| {
            let entries: Vec<String> =
                entries.into_iter().map(|(key, value, l, r)| format!("{l}{key}{r}={l}{value}{r}")).collect();
            format!("{{{}}}", entries.join(","))
        });
        prop_oneof![list, braces]
    });
    let line = prop_oneof![
        4 => (key.clone(), value).prop_map(|(key, value)| format!("{key} = {value}")),
        2 => key.clone().prop_map(|key| format!("[{key}]")),
        1 => key.prop_map(|key| format!("[[{key}]]")),
        1 => prop::sample::select(vec!["", "# c", "  ", "\t# d"]).prop_map(str::to_owned),
    ];
    let end = prop::sample::select(vec!["\n", "\n", "\n", "\r\n", " # e\n"]);
    prop::collection::vec((line, end), 0..10)
        .prop_map(|lines| lines.into_iter().map(|(line, end)| line + end).collect())
}

/// Pieces of TOML in no order at all.
fn noise() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a",
        "b",
        "=",
        " = ",
        ".",
        ",",
        "[",
        "]",
        "[[",
        "]]",
        "{",
        "}",
        "\"",
        "'",
        "\"\"\"",
        "'''",
        "\\",
        "\\u0041",
        "#",
        " ",
        "\t",
        "\n",
        "\r\n",
        "\r",
        "1",
        "-",
        "+",
        "_",
        ":",
        "T",
        "e",
        "0x",
        "true",
        "inf",
        "1979-05-27",
        "\u{e9}",
        "\u{feff}",
        "\u{0}",
        "\u{7f}",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn documents(text in document()) {
        agree(&text);
    }

    #[test]
    fn anything(text in noise()) {
        agree(&text);
    }

    /// One character of a document exchanged, added or taken away.
    #[test]
    fn documents_with_one_mistake(text in document(), at in 0.0..1.0_f64, with in "[]a.,=\\[\\]{}\"'#\\\\ \n\r\t0-9_]?", cut in 0..2_usize) {
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let first = ((places.len() - 1) as f64 * at) as usize;
        let last = (first + cut).min(places.len() - 1);
        agree(&format!("{}{with}{}", &text[..places[first]], &text[places[last]..]));
    }
}
