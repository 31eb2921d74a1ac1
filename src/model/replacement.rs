//! What decides about a text with variables: each one with what it is replaced by.

use super::variable::{closing, expand, name_length};

/// What a variable is replaced by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Replacement {
    /// Its own value.
    Own(String),
    /// The default beside it (`:-`, `-`).
    Default(String),
    /// What stands beside it (`:+`, `+`), since it has a value.
    Presence,
    /// Nothing, since it has no value (`:+`, `+`).
    Absence,
    /// Nothing: it has no value and no default.
    Nothing,
}

/// The variables that decide what a text becomes, in order; those of a default follow their variable where the default is
/// used. The text is one that [`expand`] accepts.
pub fn replacements<'t, 'v>(
    text: &'t str,
    lookup: &dyn Fn(&str) -> Option<&'v str>,
) -> Vec<(&'t str, Replacement)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        rest = &rest[dollar + 1..];
        if let Some(tail) = rest.strip_prefix('$') {
            rest = tail;
        } else if let Some(inner) = rest.strip_prefix('{') {
            let Some(close) = closing(inner) else { return found };
            braced(&inner[..close], lookup, &mut found);
            rest = &inner[close + 1..];
        } else {
            let length = name_length(rest);
            if length > 0 {
                let name = &rest[..length];
                found.push((name, own(lookup(name))));
            }
            rest = &rest[length..];
        }
    }
    found
}

fn own(value: Option<&str>) -> Replacement {
    value.map_or(Replacement::Nothing, |value| Replacement::Own(value.to_owned()))
}

/// The inside of `${...}`.
fn braced<'t, 'v>(
    body: &'t str,
    lookup: &dyn Fn(&str) -> Option<&'v str>,
    found: &mut Vec<(&'t str, Replacement)>,
) {
    let (name, tail) = body.split_at(name_length(body));
    let value = lookup(name).filter(|value| !tail.starts_with(':') || !value.is_empty());
    let (operator, word) = tail.strip_prefix(':').unwrap_or(tail).split_at_checked(1).unwrap_or_default();
    let (replacement, uses_word) = match (operator, value) {
        ("-", None) => (Replacement::Default(expand(word, lookup).unwrap_or_default()), true),
        ("+", Some(_)) => (Replacement::Presence, true),
        ("+", None) => (Replacement::Absence, false),
        (_, value) => (own(value), false),
    };
    found.push((name, replacement));
    if uses_word {
        found.extend(replacements(word, lookup));
    }
}

/// Split a text at each `separator` that is not inside `${...}`.
pub fn split_outside(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(found) = text[at..].find(['$', separator]) {
        let here = at + found;
        let rest = &text[here + 1..];
        at = match rest.strip_prefix('{') {
            _ if text[here..].starts_with(separator) => {
                parts.push(&text[start..here]);
                start = here + separator.len_utf8();
                start
            }
            // `$$` is a literal dollar sign, whatever follows it.
            None => here + 1 + usize::from(rest.starts_with('$')),
            Some(inner) => closing(inner).map_or(text.len(), |close| here + 2 + close + 1),
        };
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_only_outside_of_variables() {
        for (text, parts) in [
            ("${B:-127.0.0.1:80}:${P:-8${Q:-0}}:80", &["${B:-127.0.0.1:80}", "${P:-8${Q:-0}}", "80"][..]),
            ("8080:80", &["8080", "80"]),
            ("$$:a", &["$$", "a"]),
            ("$${A:b", &["$${A", "b"]),
            (":", &["", ""]),
            ("${A:", &["${A:"]),
            ("$:a", &["$", "a"]),
            ("", &[""]),
        ] {
            assert_eq!(split_outside(text, ':'), parts, "{text}");
        }
        assert_eq!(split_outside("${A:-x=y}=z", '='), ["${A:-x=y}", "z"]);
    }
}
