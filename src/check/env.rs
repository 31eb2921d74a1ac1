//! Env files: `.env` beside stack.toml, and what services name in `env_file`.
//!
//! The grammar is Compose's, which no crate for such files has: `:` beside `=`, keys with dots and hyphens, quoted values
//! over several lines, `${NAME:-default}` and its relatives in values, names alone that take the caller's value. Measured
//! on Compose 2.40.3.

use std::{collections::BTreeMap, io::ErrorKind, path::Path};

use crate::{
    diag::{Code, Diagnostic, Place, Severity},
    fs,
    model::variable,
};

/// An env file that Compose refuses.
pub static INVALID_ENV_FILE: Code = Code {
    name: "invalid-env-file",
    severity: Severity::Error,
    docs: "\
`.env` beside stack.toml, or an env file or a label file of a service, cannot be read as one; Compose refuses the stack. A line is \
`NAME=value`; a value with spaces may stand in single quotes (taken as it is) or double quotes (with `$NAME` and `\\n`), and \
`#` after a space starts a comment. What the file holds is not shown, since it holds passwords: the message names the variable, \
the line and the column.",
};

/// A `$` in an env file that is replaced by nothing.
pub static DOLLAR_IN_ENV_FILE: Code = Code {
    name: "dollar-in-env-file",
    severity: Severity::Warning,
    docs: "\
A value in `.env` or in an env file of a service holds a `$` with a name behind it that is no variable, so that Compose puts \
nothing in its place: a bcrypt hash or a generated password silently loses a piece. The message names the variable and the \
column, never the value.

```sh
HASH=$2a$10$bY3ZpvQN      # loses `$bY3ZpvQN`
HASH='$2a$10$bY3ZpvQN'    # taken as it is
```

Put the value in single quotes, or write `$$` for each dollar sign. An env file with `format = \"raw\"` is never interpolated.",
};

/// What Compose interpolates.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// The variables of the shell, and those of `.env` that the shell does not set.
    pub values: BTreeMap<String, String>,
    /// Those of `.env` alone: no report shows them.
    pub private: BTreeMap<String, String>,
    /// What is wrong with `.env`.
    pub diagnostics: Vec<Diagnostic>,
}

/// What the values of a file may be together, in bytes: as much as the file itself. Values that hold each other double with
/// every line.
const LARGEST: usize = 8 << 20;

/// Why a text is no env file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mistake {
    /// The byte where it is.
    at: usize,
    message: &'static str,
    /// The variable, where only its value is wrong. A name that is none may be a line of anything, such as a key.
    name: Option<String>,
}

type Values = BTreeMap<String, String>;

/// An env file that could be read.
#[derive(Debug, Default)]
struct Parsed {
    values: Values,
    /// The variables with a `$` that is replaced by nothing, each with the first such byte.
    lost: Vec<(String, usize)>,
}

/// The variables of a project: `.env` in its folder, which may be missing, below those of the shell.
pub fn read(root: &Path, shell: impl IntoIterator<Item = (String, String)>) -> Environment {
    let shell: Values = shell.into_iter().collect();
    let mut environment = Environment::default();
    match load(&root.join(".env"), "env file", ".env", &shell) {
        Ok((file, _)) => {
            environment.private.clone_from(&file.values);
            environment.values = file.values;
        }
        Err(Some(diagnostic)) => environment.diagnostics.push(*diagnostic),
        Err(None) => {}
    }
    environment.values.extend(shell);
    environment
}

/// What is wrong with an env file that exists, or with another `kind` of file that Compose reads in the same way.
pub(super) fn check(path: &Path, kind: &str, written: &str, env: &Values) -> Vec<Diagnostic> {
    match load(path, kind, written, env) {
        Ok((file, text)) => {
            file.lost.iter().map(|(name, at)| lost(kind, written, name, &text, *at)).collect()
        }
        Err(diagnostic) => diagnostic.into_iter().map(|diagnostic| *diagnostic).collect(),
    }
}

fn lost(kind: &str, written: &str, name: &str, text: &str, at: usize) -> Diagnostic {
    let (line, column) = position(text, at);
    let message = format!(
        "the value of `{name}` in the {kind} `{written}` loses a piece: the `$` in line {line}, column {column} names no variable"
    );
    Diagnostic::new(&DOLLAR_IN_ENV_FILE, message)
        .place(Place::Unshown { path: written.into(), line, column })
        .why("Compose reads the file with variables, and puts nothing in the place of one without a value")
        .help("put the value in single quotes, or write `$$` for a dollar sign")
}

/// Line and column of a byte, from 1, the column in characters.
fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or_default();
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (before.matches('\n').count() + 1, column)
}

/// What a file holds, and its text; `Err(None)` when there is none.
type Loaded = Result<(Parsed, String), Option<Box<Diagnostic>>>;

fn load(path: &Path, kind: &str, written: &str, env: &Values) -> Loaded {
    let wrong = |message: String, (line, column): (usize, usize)| {
        let diagnostic = Diagnostic::new(&INVALID_ENV_FILE, message)
            .place(Place::Unshown { path: written.into(), line, column })
            .why("Compose refuses the stack")
            .help("write `NAME=value`, and quotes around a value with spaces");
        Some(Box::new(diagnostic))
    };
    let text = match fs::read_text(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(None),
        Err(error) => return Err(wrong(format!("the {kind} `{written}` cannot be read: {error}"), (1, 1))),
    };
    let parsed = parse(&text, env).map_err(|mistake| {
        let (line, column) = position(&text, mistake.at);
        let of = mistake.name.map(|name| format!(", in the value of `{name}`")).unwrap_or_default();
        wrong(format!("line {line} of the {kind} `{written}` {}{of}", mistake.message), (line, column))
    })?;
    Ok((parsed, text))
}

/// The variables of an env file; later lines win, and values may use earlier ones below those of the caller.
fn parse(text: &str, env: &Values) -> Result<Parsed, Mistake> {
    let Parsed { mut values, mut lost } = Parsed::default();
    let mut size = 0;
    let mut at = text.len() - text.trim_start_matches('\u{feff}').len();
    loop {
        at += text[at..].len() - text[at..].trim_start().len();
        let rest = &text[at..];
        if rest.is_empty() {
            return Ok(Parsed { values, lost });
        }
        let line_end = at + rest.find('\n').unwrap_or(rest.len());
        if rest.starts_with('#') {
            at = line_end;
            continue;
        }
        let after_export = rest.strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t']));
        let start = after_export.map_or(at, |rest| text.len() - rest.trim_start_matches([' ', '\t']).len());
        let line = &text[start..line_end.max(start)];
        let equals = line.find(['=', ':']);
        let key = line[..equals.unwrap_or(line.len())].trim_end();
        name(key, start)?;
        let Some(equals) = equals else {
            // A name alone takes the caller's value.
            values.extend(env.get(key).map(|value| (key.to_owned(), value.clone())));
            at = line_end;
            continue;
        };
        let named = |mistake: Mistake| Mistake { name: Some(key.to_owned()), ..mistake };
        let value = value(text, start + equals + 1, line_end, &values, env).map_err(named)?;
        size += value.text.len();
        if size > LARGEST {
            let message = "makes more than 8 MiB of values, counted with those before it";
            return Err(named(Mistake { at: start, message, name: None }));
        }
        if !key.is_empty() {
            values.insert(key.to_owned(), value.text);
            lost.extend(value.lost.map(|at| (key.to_owned(), at)));
        }
        at = value.end;
    }
}

fn name(key: &str, start: usize) -> Result<(), Mistake> {
    let mistake = |message| Err(Mistake { at: start, message, name: None });
    if key.contains(char::is_whitespace) {
        return mistake("has a space in the name of a variable");
    }
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '[' | ']');
    if key.chars().all(fits) { Ok(()) } else { mistake("has a name that is none of a variable") }
}

/// A value of an env file.
struct Expanded {
    text: String,
    /// Where what follows it starts.
    end: usize,
    /// The first `$` that is replaced by nothing.
    lost: Option<usize>,
}

/// The value that starts at a byte.
fn value(
    text: &str,
    from: usize,
    line_end: usize,
    values: &Values,
    env: &Values,
) -> Result<Expanded, Mistake> {
    let line = &text[from..line_end];
    let start = from + (line.len() - line.trim_start().len());
    let lookup = |name: &str| env.get(name).or_else(|| values.get(name)).map(String::as_str);
    let lost = |raw: &str, from: usize| variable::lost(raw, &lookup).first().map(|at| from + at);
    let mistake = |message| Mistake { at: start, message, name: None };
    let expand = |value: &str| {
        variable::expand(value, &lookup)
            .ok_or_else(|| mistake("has a malformed variable, or a required one without a value"))
    };
    let quote = text[start..line_end].chars().next().filter(|c| matches!(c, '"' | '\''));
    let Some(quote) = quote else {
        let bare = &text[start..line_end];
        let bare = bare[..bare.find(" #").unwrap_or(bare.len())].trim_end();
        let value = expand(bare)?;
        return Ok(Expanded { text: value, end: line_end, lost: lost(bare, start) });
    };
    let inside = start + 1;
    let mut escaped = false;
    let close = text[inside..].char_indices().find_map(|(offset, c)| {
        let closes = c == quote && !escaped;
        escaped = c == '\\' && !escaped;
        closes.then_some(inside + offset)
    });
    let close = close.ok_or_else(|| mistake("opens a quote that is never closed"))?;
    let content = &text[inside..close];
    let end = close + 1;
    if quote == '\'' {
        return Ok(Expanded { text: content.to_owned(), end, lost: None });
    }
    let value = expand(&unescape(content))?;
    Ok(Expanded { text: value, end, lost: lost(&without_escapes(content), inside) })
}

/// A double-quoted value with a space for each byte of an escape: other bytes stay where they are.
fn without_escapes(text: &str) -> String {
    let mut escaped = false;
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        let hidden = escaped || c == '\\';
        escaped = c == '\\' && !escaped;
        if hidden {
            plain.extend(std::iter::repeat_n(' ', c.len_utf8()));
        } else {
            plain.push(c);
        }
    }
    plain
}

/// The escapes of a double-quoted value; `\$` keeps its dollar sign out of interpolation.
fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            plain.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => plain.push('\n'),
            Some('r') => plain.push('\r'),
            Some('t') => plain.push('\t'),
            Some('$') => plain.push_str("$$"),
            Some(c @ ('"' | '\\')) => plain.push(c),
            Some(other) => plain.extend(['\\', other]),
            None => plain.push('\\'),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Vec<(String, String)>, &'static str> {
        let env = Values::from([("SHELL_SET".to_owned(), "shell".to_owned())]);
        parse(text, &env).map(|parsed| parsed.values.into_iter().collect()).map_err(|mistake| mistake.message)
    }

    /// Measured: `docker compose config` over a command that shows the variables.
    #[test]
    fn reads_what_compose_reads() {
        for (text, expected) in [
            ("A=1\nB = 2 \nC=3 # c\n", &[("A", "1"), ("B", "2"), ("C", "3")][..]),
            ("A=\"x y\" # c\nB='$A'\nC=$A\n", &[("A", "x y"), ("B", "$A"), ("C", "x y")]),
            ("A=a#b\nC=${A:-d}${NOPE:-e}\n", &[("A", "a#b"), ("C", "a#be")]),
            ("export A=1\nB: 2\nSHELL_SET\nC\n", &[("A", "1"), ("B", "2"), ("SHELL_SET", "shell")]),
            ("# c\n\nA=\nB=\"\"\n  C=1\n", &[("A", ""), ("B", ""), ("C", "1")]),
            ("A=\"multi\nline\"\nB='m\nl'\nC=x", &[("A", "multi\nline"), ("B", "m\nl"), ("C", "x")]),
            ("1A=1\nA.B=2\nA-C=3\n", &[("1A", "1"), ("A-C", "3"), ("A.B", "2")]),
            ("=x\n", &[]),
            ("A=$$B\nB=\"\\$A\"\n", &[("A", "$B"), ("B", "$A")]),
            ("A=x\"y\nB=it's\n", &[("A", "x\"y"), ("B", "it's")]),
            ("\u{feff}A=1\r\nB=2\r\n", &[("A", "1"), ("B", "2")]),
            ("A=\"${NOPE-z}\"\nB=\"$A$A\"\n", &[("A", "z"), ("B", "zz")]),
            ("export=1\nexportA=2\nA=1\nA=2\n", &[("A", "2"), ("export", "1"), ("exportA", "2")]),
            ("A=\"x\\\"y\"\nB=\"tab\\t\"\nC=\"q\\q\"\n", &[("A", "x\"y"), ("B", "tab\t"), ("C", "q\\q")]),
            ("", &[]),
            ("export ", &[]),
        ] {
            let expected = expected.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            assert_eq!(parsed(text), Ok(expected), "{text:?}");
        }
    }

    /// Measured: Compose warns of the same variables.
    #[test]
    fn finds_values_that_lose_a_piece() {
        let env = Values::from([("SET".to_owned(), "x".to_owned())]);
        for (text, expected) in [
            ("A=$2a$10$bY3ZpvQN/n\n", &[("A", 8)][..]),
            ("A='$2a$10$bY3ZpvQN/n'\nB=\"$2a$10$bY3ZpvQN\"\n", &[("B", 31)]),
            ("A=$SET\nB=${A}$$C\nC=${NOPE:-d}\nD=\"\\$NOPE\"\n", &[]),
            ("A=1 # $NOPE\nB=\"\\n$NOPE$NOPE\"", &[("B", 17)]),
        ] {
            let lost = parse(text, &env).unwrap().lost;
            let expected: Vec<_> = expected.iter().map(|(name, at)| ((*name).to_owned(), *at)).collect();
            assert_eq!(lost, expected, "{text}");
        }
        let found = lost("env file", ".env", "A", "X=1\n\u{e9}A=$b", 8);
        assert!(
            found.message.ends_with("the `$` in line 2, column 4 names no variable"),
            "{}",
            found.message
        );
    }

    #[test]
    fn refuses_what_compose_refuses() {
        for (text, part) in [
            ("A=\"x\n", "never closed"),
            ("A='x\n", "never closed"),
            ("A B=1\n", "space"),
            ("A%=1\n", "none of a variable"),
            ("A=${}\n", "malformed"),
            ("A=${NOPE:?x}\n", "required"),
        ] {
            assert!(parsed(text).is_err_and(|message| message.contains(part)), "{text:?}");
        }
    }

    #[test]
    fn values_that_hold_each_other_end() {
        let doubling: String =
            (1..64).map(|at| format!("A{at}=\"${{A{}}}${{A{}}}x\"\n", at - 1, at - 1)).collect();
        assert!(parsed(&doubling).is_err());
        let large = format!("A=\"{}\"\n", "x".repeat(1 << 19));
        let many: String = (0..40).map(|at| format!("B{at}=$A\n")).collect();
        assert!(parsed(&(large + &many)).is_err_and(|message| message.contains("8 MiB")));
    }

    #[test]
    fn no_value_is_shown() {
        let root = tempfile::tempdir().unwrap();
        for (text, place, name) in [
            ("A=1\nDB_PASSWORD=\"hunter2\n", (2, 13), "DB_PASSWORD"),
            ("é=1 \nexport DB_PASSWORD='hunter2\nx=1", (2, 20), "DB_PASSWORD"),
            ("DB PASSWORD=hunter2\n", (1, 1), ""),
            ("DB_PASSWORD=hunter2${DB\n", (1, 13), "DB_PASSWORD"),
            ("hunter2+/hunter2\n", (1, 1), ""),
            ("-----BEGIN hunter2-----\n", (1, 1), ""),
        ] {
            std::fs::write(root.path().join(".env"), text).unwrap();
            let found = read(root.path(), []).diagnostics;
            let [found] = found.as_slice() else { panic!("{text:?}: {found:?}") };
            assert!(!format!("{found:?}").contains("hunter2"), "{found:?}");
            assert!(found.message.contains(name), "{found:?}");
            let (line, column) = place;
            assert_eq!(found.place, Some(Place::Unshown { path: ".env".into(), line, column }), "{text:?}");
        }
    }

    #[test]
    fn the_shell_wins_and_the_line_is_named() {
        let root = tempfile::tempdir().unwrap();
        assert!(read(root.path(), []).diagnostics.is_empty());
        std::fs::write(root.path().join(".env"), "A=file\nB=file\n").unwrap();
        let read_env = read(root.path(), [("A".to_owned(), "shell".to_owned())]);
        assert_eq!(read_env.values["A"], "shell");
        assert_eq!(read_env.values["B"], "file");
        std::fs::write(root.path().join(".env"), "A=1\n\nB C=2\n").unwrap();
        let found = read(root.path(), []).diagnostics;
        assert_eq!(found[0].message, "line 3 of the env file `.env` has a space in the name of a variable");
    }
}
