//! Words that the project does not use, in code, comments, messages and documentation: they are private to it, and nobody can search
//! for what they mean. The field's terms stand beside them.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// What is not written, and what is written instead. Whole words; letters of either case.
const WORDS: [(&str, &str); 13] = [
    ("said", "reported, logged, the text of"),
    ("told", "set, sent, reported"),
    ("nobody", "no one, nothing, no client"),
    ("somebody", "a user, another process, from outside"),
    ("whose", "with, of, that has"),
    ("anew", "again"),
    ("heard", "received"),
    ("aloud", "with output"),
    ("badly off", "severity"),
    ("are together", "add up to"),
    ("is no size", "is not a size"),
    ("is no name", "is not a name"),
    ("is no address", "is not an address"),
];

/// Where they may stand: this list, and the history.
const EXEMPT: [&str; 2] = ["tests/it/words.rs", "CHANGELOG.md"];

fn collect(path: &Path, found: &mut Vec<PathBuf>) {
    if path.is_dir() {
        let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| !path.ends_with("target")).for_each(|path| collect(&path, found));
    } else if path.extension().is_some_and(|it| {
        ["rs", "md", "html", "js", "css", "toml", "yml", "yaml", "proto", "sql"]
            .iter()
            .any(|known| it == *known)
    }) {
        found.push(path.to_owned());
    }
}

/// Whether a line holds a word or a phrase as a whole.
fn holds(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        !inside(line[..at].chars().next_back()) && !inside(line[at + word.len()..].chars().next())
    })
}

#[test]
fn texts_use_the_terms_of_the_field() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in
        ["src", "crates", "docs", "templates", "README.md", "CONTRIBUTING.md", "SECURITY.md", "stack.toml"]
    {
        collect(&root.join(folder), &mut files);
    }
    assert!(files.len() > 400, "the files were not found");
    let mut wrong = Vec::new();
    for path in files {
        let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
        if EXEMPT.contains(&name.as_str()) {
            continue;
        }
        for (number, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
            let lower = line.to_lowercase();
            for (word, instead) in WORDS.iter().filter(|(word, _)| holds(&lower, word)) {
                wrong.push(format!("{name}:{}: `{word}` ({instead}): {}", number + 1, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} places:\n{}", wrong.len(), wrong.join("\n"));
}
