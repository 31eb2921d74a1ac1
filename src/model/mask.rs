//! Values that no output shows: those of `.env` and of env files may be passwords.
//!
//! The rule: a value, and every part of it between spaces and the dividers of Compose's short forms, becomes `***`. Shown are
//! what has fewer than four characters, numbers, sizes, durations and booleans, and what stack.toml holds itself (names of services
//! among it). A short word of lower-case letters would be found among the words of any message (`error`, `network`): it is
//! masked only where it is quoted or is between dividers.

use std::{cmp::Reverse, collections::BTreeSet};

use super::{Bytes, Duration};

/// Shorter values are shown.
const SHORTEST: usize = 4;
/// From this length on, a word of lower-case letters is masked everywhere.
const LONG_WORD: usize = 8;
/// At most this many values and parts are looked for.
const MOST: usize = 4_096;
/// What divides a value into parts, and what may surround a short word.
const DIVIDERS: &[char] = &[':', ',', '=', ';', '/', '@', '"', '\'', '\\', '`'];

/// Private values, to be hidden in texts.
#[derive(Debug, Default)]
pub struct Mask {
    /// The longest first: one may hold another.
    values: Vec<String>,
}

impl Mask {
    /// A mask of these values, except what `shown` (the text of stack.toml) holds.
    pub fn new<'a>(values: impl IntoIterator<Item = &'a str>, shown: &str) -> Self {
        let values: BTreeSet<String> = values.into_iter().flat_map(shapes).collect();
        let mut values: Vec<String> =
            values.into_iter().filter(|value| !shown.contains(value.as_str())).take(MOST).collect();
        values.sort_by_key(|value| Reverse(value.len()));
        Self { values }
    }

    /// The text with `***` in the place of every private value.
    pub fn hide(&self, text: &mut String) {
        for value in &self.values {
            if !text.contains(value.as_str()) {
                continue;
            }
            if !is_short_word(value) {
                *text = text.replace(value.as_str(), "***");
                continue;
            }
            let is_alone =
                |at: usize| text[..at].ends_with(DIVIDERS) && text[at + value.len()..].starts_with(DIVIDERS);
            let found: Vec<usize> =
                text.match_indices(value.as_str()).map(|(at, _)| at).filter(|at| is_alone(*at)).collect();
            for at in found.into_iter().rev() {
                text.replace_range(at..at + value.len(), "***");
            }
        }
    }
}

/// A value as a text may hold it: whole, with escapes, and in parts.
fn shapes(value: &str) -> impl Iterator<Item = String> {
    let parts = value.split(|c: char| c.is_whitespace() || DIVIDERS.contains(&c)).map(ToOwned::to_owned);
    let whole = [value.to_owned(), value.escape_debug().to_string()];
    whole.into_iter().chain(parts).filter(|shape| is_private(shape))
}

fn is_short_word(value: &str) -> bool {
    value.len() < LONG_WORD && value.bytes().all(|byte| byte.is_ascii_lowercase())
}

fn is_private(value: &str) -> bool {
    let is_plain = Bytes::parse(value).is_ok()
        || Duration::parse(value).is_ok()
        || value.parse::<f64>().is_ok()
        || ["true", "false"].contains(&value);
    value.len() >= SHORTEST && !is_plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(values: &[&str], text: &str) -> String {
        let mut text = text.to_owned();
        Mask::new(values.iter().copied(), "[services.web]").hide(&mut text);
        text
    }

    #[test]
    fn values_and_their_parts_are_hidden() {
        assert_eq!(
            hidden(&["hunter2"], "service \"a\" depends on undefined service \"hunter2\": invalid"),
            "service \"a\" depends on undefined service \"***\": invalid"
        );
        let url = "postgres://app:s3cret@db:5432/orders";
        assert_eq!(hidden(&[url], &format!("parse \"{url}\"")), "parse \"***\"");
        assert_eq!(hidden(&[url], "no such host: s3cret, port 5432"), "no such host: ***, port 5432");
        assert_eq!(hidden(&["a\"b cd"], r#"no "a\"b cd" here"#), r#"no "***" here"#);
    }

    #[test]
    fn plain_values_and_words_of_stack_toml_are_shown() {
        let text = "web: port 8080 of 512M after 30s, true, web, abc";
        assert_eq!(hidden(&["8080", "512M", "30s", "true", "web", "abc"], text), text);
    }

    #[test]
    fn short_words_are_hidden_in_quotes_only() {
        let text = "network error: no \"error\" of error:9 in `error:9`";
        assert_eq!(hidden(&["error"], text), "network error: no \"***\" of error:9 in `***:9`");
        assert_eq!(hidden(&["production"], "in production"), "in ***");
    }
}
