//! The grammar of env files is Compose's, which no crate for such files has: `:` beside `=`, keys with dots and hyphens, quoted
//! values over several lines, `${NAME:-default}` and its relatives in values, names alone that take the caller's value.
//! Measured on Compose 2.40.3.

use std::collections::BTreeMap;

use super::variable;

/// What the values of a file may be together, in bytes: as much as the file itself. Values that hold each other double with
/// every line.
const LARGEST: usize = 8 << 20;

/// Why a text is not an env file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The byte where it is.
    pub at: usize,
    pub message: &'static str,
    /// The variable, where only its value is wrong. A malformed name may be any line, such as one of a key.
    pub name: Option<String>,
}

pub type Values = BTreeMap<String, String>;

/// An env file that could be read.
#[derive(Debug, Default)]
pub struct Parsed {
    pub values: Values,
    /// The variables with a `$` that is replaced by nothing, each with the first such byte.
    pub lost: Vec<(String, usize)>,
}

/// The variables of an env file; later lines win, and values may use earlier ones below those of the caller.
pub fn parse(text: &str, env: &Values) -> Result<Parsed, Mistake> {
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
    if key.chars().all(fits) { Ok(()) } else { mistake("has a name that is not a variable name") }
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
    }

    #[test]
    fn refuses_what_compose_refuses() {
        for (text, part) in [
            ("A=\"x\n", "never closed"),
            ("A='x\n", "never closed"),
            ("A B=1\n", "space"),
            ("A%=1\n", "not a variable name"),
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
}
