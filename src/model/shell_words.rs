//! Texts that Compose splits into words: `command`, `entrypoint` and the command of a hook. No shell runs them.

/// What is open. A double or single quote opens inside of backticks too.
#[derive(Debug, Default)]
struct Open {
    single: bool,
    double: bool,
    backtick: bool,
    parenthesis: bool,
}

/// Why Compose cannot split a text into words (measured on 2.40.3), or `None` where it can. An operator of a shell (`;`, `&`,
/// `|`, `<`, `>`) outside of quotes ends what is read.
pub fn unsplittable(text: &str) -> Option<&'static str> {
    let mut open = Open::default();
    let mut escaped = false;
    // Whether the last character of the word is a `$`: quotes are none.
    let mut dollar = false;
    for c in text.chars() {
        let Open { single, double, backtick, parenthesis } = open;
        let quoted = single || double;
        if escaped {
            escaped = false;
            dollar = c == '$';
            continue;
        }
        match c {
            '\\' if !single => {
                escaped = true;
                continue;
            }
            '"' if !single && !parenthesis => {
                open.double = !double;
                continue;
            }
            '\'' if !double && !parenthesis => {
                open.single = !single;
                continue;
            }
            '`' if !quoted && !parenthesis => open.backtick = !backtick,
            ')' if !quoted && !backtick => open.parenthesis = !parenthesis,
            '(' if !quoted && !backtick => {
                if parenthesis || !dollar {
                    return Some("a parenthesis stands outside of quotes");
                }
                open.parenthesis = true;
            }
            ';' | '&' | '|' | '<' | '>' if !quoted && !backtick && !parenthesis => break,
            _ => {}
        }
        dollar = c == '$';
    }
    match open {
        _ if escaped => Some("it ends with a backslash"),
        Open { single: true, .. } | Open { double: true, .. } => Some("a quote is never closed"),
        Open { backtick: true, .. } => Some("a backtick is never closed"),
        Open { parenthesis: true, .. } => Some("a parenthesis is never closed"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Measured: `docker compose config` of a service with this command.
    #[test]
    fn splits_what_compose_splits() {
        for text in [
            "",
            "a b",
            "\"$\"(b)",
            "a \\$(b)",
            "a)b)",
            "$(a\"b)",
            "`(`",
            "sh -c 'x y'",
            "a \\'b",
            "\"it's\"",
            "'\"'",
            "a && b'",
            "a; 'b",
            "`date`",
            "$(date)",
            "a #b",
            "a\nb",
            "a\\ b",
            "'a\\'",
            "a | (b)",
            "2>'x",
            "\"`\"",
        ] {
            assert_eq!(unsplittable(text), None, "{text}");
        }
        for text in [
            "sh -c 'open",
            "sh -c \"open",
            "it's",
            "a \\",
            "a (b)",
            "'\\''",
            "()",
            "$((1))",
            "$(",
            "a `b",
            "a)",
            "\"a\\\"",
            "`a\"`",
            "a$ (b)",
        ] {
            assert!(unsplittable(text).is_some(), "{text}");
        }
    }
}
