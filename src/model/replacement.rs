//! What decides about a text with variables: each one with what it is replaced by.

use super::variable::{Dollar, Form, dollars, expand, parts};

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
    for Dollar { form, .. } in dollars(text) {
        match form {
            Form::Literal => {}
            Form::Bare(name) => found.push((name, own(lookup(name)))),
            Form::Braced(body) => braced(body, lookup, &mut found),
            Form::Unclosed(_) => break,
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
    let (name, operator, word) = parts(body);
    let value = lookup(name).filter(|value| !operator.starts_with(':') || !value.is_empty());
    let (replacement, uses_word) = match (operator, value) {
        ("-" | ":-", None) => (Replacement::Default(expand(word, lookup).unwrap_or_default()), true),
        ("+" | ":+", Some(_)) => (Replacement::Presence, true),
        ("+" | ":+", None) => (Replacement::Absence, false),
        (_, value) => (own(value), false),
    };
    found.push((name, replacement));
    if uses_word {
        found.extend(replacements(word, lookup));
    }
}

/// Split a text at each `separator` that is not inside `${...}`.
pub fn split_outside(text: &str, separator: char) -> Vec<&str> {
    let in_braces = |dollar: &Dollar<'_>| matches!(dollar.form, Form::Braced(_) | Form::Unclosed(_));
    let braces: Vec<Dollar<'_>> = dollars(text).filter(in_braces).collect();
    let is_outside = |at: &usize| !braces.iter().any(|dollar| (dollar.start..dollar.end).contains(at));
    let mut parts = Vec::new();
    let mut start = 0;
    for at in text.match_indices(separator).map(|(at, _)| at).filter(is_outside) {
        parts.push(&text[start..at]);
        start = at + separator.len_utf8();
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
