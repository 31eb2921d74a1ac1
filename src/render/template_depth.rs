//! How deep the syntax of a template can be: minijinja reads and drops it by recursion, which only its brackets and blocks bound.

/// The most operators, filters and look-ups of one `{{ }}` or `{% %}`, and the most `elif` of one template. Real templates have dozens.
const MOST: usize = 1_000;

/// The line, from 1, where a template has an expression or a chain of `elif` that is too deep; `None` where it has none.
pub fn too_deep(text: &str) -> Option<usize> {
    let mut elifs = 0;
    let mut at = 0;
    while let Some(open) = text[at..].find("{{").into_iter().chain(text[at..].find("{%")).min() {
        let start = at + open + 2;
        let (steps, length) = block(&text[start..]);
        at = start + length;
        let tag = text[start..at].trim_start_matches(['-', '+']).trim_start();
        elifs += usize::from(tag.starts_with("elif"));
        if steps > MOST || elifs > MOST {
            return Some(text[..start].matches('\n').count() + 1);
        }
    }
    None
}

/// The operators in a block, without those in its strings, and the bytes up to its end.
fn block(text: &str) -> (usize, usize) {
    let (mut steps, mut quote, mut is_escaped, mut word) = (0, None, false, 0);
    for (at, c) in text.char_indices() {
        if let Some(open) = quote {
            if c == open && !is_escaped {
                quote = None;
            }
            is_escaped = c == '\\' && !is_escaped;
            continue;
        }
        if text[at..].starts_with("}}") || text[at..].starts_with("%}") {
            return (steps, at);
        }
        if c.is_alphanumeric() || c == '_' {
            continue;
        }
        steps += usize::from(["not", "and", "or", "if", "in", "is"].contains(&&text[word..at]));
        word = at + c.len_utf8();
        match c {
            '"' | '\'' => quote = Some(c),
            '-' | '+' | '*' | '/' | '%' | '~' | '|' | '.' | '[' | '(' | '<' | '>' | '=' | '!' => steps += 1,
            _ => {}
        }
    }
    (steps, text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_are_counted_and_texts_are_not() {
        let many = |part: &str| part.repeat(MOST + 1);
        for deep in [
            format!("a\n{{{{ {}1 }}}}", many("-")),
            format!("\n{{{{ {}1 }}}}", many("not ")),
            format!("\n{{% if name{} %}}x{{% endif %}}", many("|upper")),
            format!("\n{{{{ 1{} }}}}", many(" if 1 else 1")),
            format!("\n{{{{ \"}}}}\" ~ '\\'}}}}'{} }}}}", many(" and 1")),
            format!("\n{{{{ f{} }}}}", many("()")),
            format!("\n{{{{ 1 }}}}{{{{ a{}", many(".a")),
        ] {
            assert_eq!(too_deep(&deep), Some(2), "{}", &deep[..40]);
        }
        let elifs = format!("{{% if 0 %}}{}{{% endif %}}", many("{%- elif 0 %}"));
        assert_eq!(too_deep(&elifs), Some(1));
        for plain in [
            many("- | . ~\n"),
            many("{{ a.b|upper ~ 'x' }}"),
            format!("{{{{ '{}' }}}}", many("-")),
            "{{".to_owned(),
        ] {
            assert_eq!(too_deep(&plain), None);
        }
    }
}
