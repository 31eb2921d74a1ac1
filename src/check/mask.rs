//! Values of `.env` in what is reported: whatever a rule makes of a variable, its value may be a password.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use crate::{
    diag::Diagnostic,
    model::{Bytes, Duration, Stack, texts, variable},
};

/// Shorter values are no passwords, and would be found within other words.
const SHORTEST: usize = 4;
/// At most so many values are looked for.
const MOST: usize = 4_096;

/// What divides a text into parts where a rule looks at them one by one: the short forms of Compose.
const DIVIDERS: &[char] = &[':', ',', '=', ';', '/', '@', '"', '\'', '\\'];

/// Put `***` in the place of every value of `.env` that a variable of the stack brings into a diagnostic, and of every part of
/// such a value. Numbers, sizes, durations and booleans are shown, and so is what stack.toml holds anyway.
pub fn mask(found: &mut [Diagnostic], values: &BTreeMap<String, String>, stack: &Stack, written: &str) {
    if found.is_empty() || values.is_empty() || !written.contains('$') {
        return;
    }
    let mut used: BTreeSet<String> = BTreeSet::new();
    texts::visit(stack, &mut |_, text| {
        let names =
            if text.contains('$') { variable::variables(text).unwrap_or_default() } else { Vec::new() };
        let values = names.iter().filter_map(|variable| values.get(&variable.name));
        values.filter(|value| is_private(value)).for_each(|value| used.extend(shapes(value)));
    });
    let mut used: Vec<String> =
        used.into_iter().take(MOST).filter(|value| !written.contains(value.as_str())).collect();
    // One may hold another.
    used.sort_by_key(|value| Reverse(value.len()));
    for diagnostic in found {
        let Diagnostic { message, label, why, help, related, .. } = diagnostic;
        let texts = [Some(message), Some(label), why.as_mut(), help.as_mut()].into_iter().flatten();
        for text in texts.chain(related.iter_mut().map(|(_, label)| label)) {
            for value in used.iter().filter(|value| text.contains(value.as_str())).collect::<Vec<_>>() {
                *text = text.replace(value.as_str(), "***");
            }
        }
    }
}

/// A value as diagnostics may hold it: whole, with escapes, and in parts.
fn shapes(value: &str) -> impl Iterator<Item = String> {
    let parts =
        value.split(|c: char| c.is_whitespace() || DIVIDERS.contains(&c)).filter(|part| is_secretive(part));
    [value.to_owned(), value.escape_debug().to_string()].into_iter().chain(parts.map(ToOwned::to_owned))
}

/// Whether a part of a value is masked. A short word would be found among the words of the diagnostic itself.
fn is_secretive(part: &str) -> bool {
    let is_short_word = part.len() < 8 && part.bytes().all(|byte| byte.is_ascii_lowercase());
    is_private(part) && !is_short_word
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
    use crate::{diag::Place, source};

    #[test]
    fn a_value_is_replaced_where_only_the_variable_brings_it() {
        static CODE: crate::diag::Code =
            crate::diag::Code { name: "x", severity: crate::diag::Severity::Error, docs: "" };
        let text = "name = \"x\"\n[services.a]\nimage = \"nginx:1\"\nuser = \"${PW}${SIZE:-1}${IMAGE}\"\n";
        let stack = source::parse(text.as_bytes()).stack;
        let env = [("PW", "hunter2"), ("SIZE", "4096M"), ("IMAGE", "nginx"), ("OTHER", "elsewhere")];
        let env = env.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let words = "`hunter2` is none of nginx, 4096M, elsewhere";
        let mut found =
            [Diagnostic::new(&CODE, words).why(words).help(words).label(words).place(Place::Span(0..1))];
        mask(&mut found, &env, &stack, text);
        let [found] = found;
        let masked = "`***` is none of nginx, 4096M, elsewhere";
        assert_eq!((found.message.as_str(), found.label.as_str()), (masked, masked));
        assert_eq!((found.why.as_deref(), found.help.as_deref()), (Some(masked), Some(masked)));
    }

    #[test]
    fn parts_of_a_value_are_values() {
        static CODE: crate::diag::Code =
            crate::diag::Code { name: "x", severity: crate::diag::Severity::Error, docs: "" };
        let text = "name = \"x\"\n[services.a]\nimage = \"nginx:1\"\ntmpfs = [\"/x:${PW}\"]\n";
        let stack = source::parse(text.as_bytes()).stack;
        let env = BTreeMap::from([("PW".to_owned(), "Hunter2 \"x:s3cret/size,mode=64m".to_owned())]);
        let mut found =
            ["`Hunter2 \"x` and `s3cret` of the size", r#"no "Hunter2 \"x:s3cret/size,mode=64m""#]
                .map(|words| Diagnostic::new(&CODE, words));
        mask(&mut found, &env, &stack, text);
        assert_eq!(found.map(|found| found.message), ["`*** \"x` and `***` of the size", r#"no "***""#]);
    }
}
