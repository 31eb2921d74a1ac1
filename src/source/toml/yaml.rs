//! YAML where TOML is expected: written by a user who comes from a Compose file.

use std::ops::Range;

use toml::de::Error;

use super::parse::{NOT_TOML, is_structural, within};
use crate::diag::{Diagnostic, Place};

/// What a line looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Looks<'t> {
    /// `key:` or `key: value`.
    Mapping(&'t str, &'t str),
    /// `- item`.
    Item,
    /// `[table]` or `key = value`.
    Toml,
    /// Something else, a comment, or nothing.
    Other,
}

/// The finding about the lines of YAML in a text with these errors, and the errors that it does not explain.
pub(in crate::source) fn find<'e>(errors: &'e [Error], text: &str) -> (Option<Diagnostic>, Vec<&'e Error>) {
    let at = |error: &Error| within(error.span().unwrap_or(0..0), text).start;
    let mut mappings: Vec<(Range<usize>, &str, &str)> = Vec::new();
    let mut others = Vec::new();
    for error in errors {
        let line = line(text, at(error));
        match looks(&text[line.clone()]) {
            Looks::Mapping(key, value) if is_structural(error) => {
                if !mappings.iter().any(|(known, ..)| *known == line) {
                    mappings.push((line, key, value));
                }
            }
            Looks::Item if is_structural(error) && !mappings.is_empty() => {}
            _ => others.push(error),
        }
    }
    mappings.sort_by_key(|(line, ..)| line.start);
    let Some((first, ..)) = mappings.first() else { return (None, errors.iter().collect()) };
    let found = Diagnostic::new(&NOT_TOML, "stack.toml is not valid TOML: this looks like YAML")
        .place(Place::Span(trimmed(text, first.clone())))
        .why("everything else is checked once the file is valid TOML");
    if text.lines().all(|line| looks(line) != Looks::Toml) {
        let help = "save it as compose.yaml: `stackctl import` makes a stack.toml of it";
        return (Some(found.label("a key of YAML").help(help)), Vec::new());
    }
    let mut forms = mappings.iter().map(|(_, key, value)| match *value {
        "" => format!("`{key} = ...`, or a header in brackets"),
        value => format!("`{key} = {}`", as_toml(value)),
    });
    let form = forms.next().unwrap_or_default();
    let mut found = match mappings.len() {
        1 => found
            .help(format!("write {form}; a whole Compose file becomes a stack.toml with `stackctl import`")),
        _ => found.help(
            "write each as its label says; a whole Compose file becomes a stack.toml with `stackctl import`",
        ),
    }
    .label(format!("in TOML {form}"));
    let rest = mappings.iter().skip(1).zip(forms);
    found.places.extend(
        rest.map(|((line, ..), form)| (Place::Span(trimmed(text, line.clone())), format!("in TOML {form}"))),
    );
    (Some(found), others)
}

/// The bytes of the line around a byte.
fn line(text: &str, at: usize) -> Range<usize> {
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    start..text[at..].find('\n').map_or(text.len(), |end| at + end).max(start)
}

/// The line without the spaces around it.
fn trimmed(text: &str, line: Range<usize>) -> Range<usize> {
    let written = text[line.clone()].trim_end();
    let start = line.start + written.len() - written.trim_start().len();
    start..(line.start + written.len()).max(start)
}

fn looks(line: &str) -> Looks<'_> {
    let line = line.trim().trim_start_matches('\u{feff}');
    let item = line.strip_prefix("- ");
    if line == "-" || line == "---" {
        return Looks::Item;
    }
    if let Some(item) = item {
        return match looks(item) {
            Looks::Toml => Looks::Toml,
            _ => Looks::Item,
        };
    }
    let is_key = |c: char| c.is_ascii_alphanumeric() || "_-./\"'".contains(c);
    let end = line.find(|c: char| !is_key(c)).unwrap_or(line.len());
    let (key, rest) = line.split_at(end);
    match rest.trim_start() {
        _ if line.starts_with('[') => Looks::Toml,
        rest if !key.is_empty() && rest.starts_with('=') => Looks::Toml,
        after if !key.is_empty() && after.len() == rest.len() => match after.strip_prefix(':') {
            Some("") => Looks::Mapping(key, ""),
            Some(value) if value.starts_with(char::is_whitespace) => {
                let value = value.split(" #").next().unwrap_or_default().trim();
                Looks::Mapping(key, value)
            }
            _ => Looks::Other,
        },
        _ => Looks::Other,
    }
}

/// A scalar of YAML as TOML writes it.
fn as_toml(value: &str) -> String {
    let is_plain = value.parse::<f64>().is_ok_and(f64::is_finite) || ["true", "false"].contains(&value);
    let is_quoted = value.starts_with(['"', '\'', '[', '{']);
    if is_plain || is_quoted { value.to_owned() } else { format!("{value:?}") }
}

#[cfg(test)]
mod tests {
    use crate::source::parse;

    fn found(text: &str) -> Vec<String> {
        let found = parse(text.as_bytes()).diagnostics;
        let one = |it: &crate::diag::Diagnostic| {
            format!(
                "{} | {} | {} | {}",
                it.message,
                it.label,
                it.places.len(),
                it.help.as_deref().unwrap_or_default()
            )
        };
        found.iter().map(one).collect()
    }

    #[test]
    fn a_compose_file_is_one_error() {
        let text =
            "version: '3'\nservices:\n  web:\n    image: nginx:1.30\n    ports:\n      - \"8080:80\"\n";
        insta::assert_snapshot!(found(text).join("\n"), @"stack.toml is not valid TOML: this looks like YAML | a key of YAML | 0 | save it as compose.yaml: `stackctl import` makes a stack.toml of it");
    }

    #[test]
    fn lines_of_yaml_among_toml_are_one_error_with_what_to_write() {
        let head = "name = \"x\"\n[services.web]\n";
        let word = "stack.toml is not valid TOML: this looks like YAML | in TOML `image = \"nginx:1.30\"`";
        let whole = "a whole Compose file becomes a stack.toml with `stackctl import`";
        assert_eq!(
            found(&format!("{head}  image: nginx:1.30 # why\n  replicas: 2\n")),
            [format!("{word} | 1 | write each as its label says; {whole}")]
        );
        assert_eq!(
            found(&format!("{head}image: nginx:1.30\n")),
            [format!("{word} | 0 | write `image = \"nginx:1.30\"`; {whole}")]
        );
    }

    #[test]
    fn what_is_no_yaml_is_left_alone() {
        for text in ["a = b:c\n", "url http://x\n", "= 1\n"] {
            assert!(!found(text).join("\n").contains("YAML"), "{text}");
        }
    }
}
