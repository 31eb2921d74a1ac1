//! Text with placeholders: `{int 1 10}`, `{choice red green 'dark blue'}`, `{uuid}`, `{seq}`, and `{NAME}` for a captured
//! value. `{{` and `}}` are braces.

use std::{fmt, ops::Range};

/// A text in parts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Template {
    /// The parts in order; no two literals stand side by side.
    pub parts: Vec<Part>,
}

/// One part of a [`Template`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Text as it is.
    Literal(String),
    /// A whole number drawn uniformly; `from` is at most `to`, and both may be drawn.
    Int {
        /// The lowest.
        from: i64,
        /// The highest.
        to: i64,
    },
    /// One of these, drawn uniformly; never empty.
    Choice(Vec<String>),
    /// A random UUID (version 4, RFC 9562).
    Uuid,
    /// A number that counts up from 1 over the whole run.
    Seq,
    /// One of the last captured values of this name, drawn uniformly.
    Captured(String),
}

/// A mistake in a template: what is wrong, and which bytes of the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TemplateError {
    /// One sentence without a full stop.
    pub message: String,
    /// The bytes of the text.
    pub span: Range<usize>,
}

/// The placeholders that are words of the language, so that no capture may take their names.
pub const WORDS: [&str; 4] = ["int", "choice", "uuid", "seq"];

impl Template {
    /// A template without placeholders.
    pub fn literal(text: &str) -> Self {
        let parts = if text.is_empty() { Vec::new() } else { vec![Part::Literal(text.to_owned())] };
        Self { parts }
    }

    /// Read a template.
    ///
    /// # Errors
    /// The first mistake, with its bytes.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut at = 0;
        while let Some(found) = text[at..].find(['{', '}']) {
            let brace = at + found;
            literal.push_str(&text[at..brace]);
            let rest = &text[brace..];
            if rest.starts_with("{{") || rest.starts_with("}}") {
                literal.push_str(&rest[..1]);
                at = brace + 2;
                continue;
            }
            if rest.starts_with('}') {
                return Err(error("a single } (write }} for a brace)", brace..brace + 1));
            }
            let Some(end) = rest.find('}') else {
                return Err(error("a { that is never closed (write {{ for a brace)", brace..text.len()));
            };
            if !literal.is_empty() {
                parts.push(Part::Literal(std::mem::take(&mut literal)));
            }
            at = brace + end + 1;
            parts.push(placeholder(&rest[1..end]).map_err(|message| error(message, brace..at))?);
        }
        literal.push_str(&text[at..]);
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        Ok(Self { parts })
    }

    /// The names of captured values that it uses.
    pub fn captured(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Captured(name) => Some(name.as_str()),
            _ => None,
        })
    }
}

/// Whether `name` may name a capture: letters, digits, `-` and `_`, and no word of the language.
pub fn is_capture_name(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
        && !WORDS.contains(&name)
}

fn error(message: impl Into<String>, span: Range<usize>) -> TemplateError {
    TemplateError { message: message.into(), span }
}

fn placeholder(inner: &str) -> Result<Part, String> {
    let words = words(inner)?;
    let mut words = words.iter().map(String::as_str);
    let head = words.next().ok_or("an empty placeholder (write {{}} for braces)")?;
    let rest: Vec<&str> = words.collect();
    match (head, rest.as_slice()) {
        ("int", [from, to]) => {
            let number =
                |text: &str| text.parse::<i64>().map_err(|_| format!("{text:?} is not a whole number"));
            let (from, to) = (number(from)?, number(to)?);
            if from > to {
                return Err(format!("the lowest number, {from}, is above the highest, {to}"));
            }
            Ok(Part::Int { from, to })
        }
        ("int", _) => Err("int takes two numbers: {int 1 10}".to_owned()),
        ("choice", []) => Err("choice takes at least one value: {choice red green}".to_owned()),
        ("choice", values) => Ok(Part::Choice(values.iter().map(|value| (*value).to_owned()).collect())),
        ("uuid", []) => Ok(Part::Uuid),
        ("seq", []) => Ok(Part::Seq),
        (name, []) if is_capture_name(name) => Ok(Part::Captured(name.to_owned())),
        ("uuid" | "seq", _) => Err(format!("{head} takes nothing: {{{head}}}")),
        _ => Err(format!(
            "{head:?} is no placeholder: there are int, choice, uuid, seq and the names of captured values"
        )),
    }
}

/// Split at white space; single quotes keep it.
fn words(inner: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut rest = inner.trim_start();
    while !rest.is_empty() {
        let (word, after) = if let Some(quoted) = rest.strip_prefix('\'') {
            quoted.split_once('\'').ok_or("a quote that is never closed")?
        } else {
            rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()))
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    Ok(words)
}

impl fmt::Display for Template {
    /// As it was written, but for quotes that were not needed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.parts {
            match part {
                Part::Literal(text) => f.write_str(&text.replace('{', "{{").replace('}', "}}"))?,
                Part::Int { from, to } => write!(f, "{{int {from} {to}}}")?,
                Part::Choice(values) => {
                    f.write_str("{choice")?;
                    for value in values {
                        let bare = !value.is_empty() && !value.contains([' ', '\t', '\'']);
                        if bare { write!(f, " {value}")? } else { write!(f, " '{value}'")? }
                    }
                    f.write_str("}")?;
                }
                Part::Uuid => f.write_str("{uuid}")?,
                Part::Seq => f.write_str("{seq}")?,
                Part::Captured(name) => write!(f, "{{{name}}}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_placeholder_is_read() {
        let template = Template::parse("/a/{order}?n={int -3 7}&c={choice x 'y z'}&{uuid}{seq}{{}}").unwrap();
        assert_eq!(
            template.parts,
            [
                Part::Literal("/a/".to_owned()),
                Part::Captured("order".to_owned()),
                Part::Literal("?n=".to_owned()),
                Part::Int { from: -3, to: 7 },
                Part::Literal("&c=".to_owned()),
                Part::Choice(vec!["x".to_owned(), "y z".to_owned()]),
                Part::Literal("&".to_owned()),
                Part::Uuid,
                Part::Seq,
                Part::Literal("{}".to_owned()),
            ]
        );
    }

    #[test]
    fn mistakes_have_a_message_and_a_place() {
        for (text, message, span) in [
            ("a{", "a { that is never closed (write {{ for a brace)", 1..2),
            ("a}b", "a single } (write }} for a brace)", 1..2),
            ("{}", "an empty placeholder (write {{}} for braces)", 0..2),
            ("é{int 1}", "int takes two numbers: {int 1 10}", 2..9),
            ("{int 5 1}", "the lowest number, 5, is above the highest, 1", 0..9),
            ("{int 1 x}", "\"x\" is not a whole number", 0..9),
            ("{choice}", "choice takes at least one value: {choice red green}", 0..8),
            ("{choice 'a}", "a quote that is never closed", 0..11),
            ("{uuid 4}", "uuid takes nothing: {uuid}", 0..8),
        ] {
            let error = Template::parse(text).unwrap_err();
            assert_eq!((error.message.as_str(), error.span), (message, span), "{text}");
        }
        let error = Template::parse("{rand 1 2}").unwrap_err();
        assert!(error.message.starts_with("\"rand\" is no placeholder"), "{error}");
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_what_is_printed_reads_the_same(text in "[a{} '0-9int]{0,24}|\\PC{0,24}") {
            if let Ok(template) = Template::parse(&text) {
                prop_assert_eq!(Template::parse(&template.to_string()), Ok(template));
            }
        }
    }
}
