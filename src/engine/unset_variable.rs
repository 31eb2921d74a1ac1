//! Compose's warning of a variable without a value. The name in it may be a part of a password: a value of `.env` or of an env
//! file with a `$` in it, such as a hash, is read with variables too.

/// What stands for such a warning: `check` says which variable of which file it is about.
const MASKED: &str = "a `$` in a value of .env or of an env file names a variable that is not set. Defaulting to a \
                      blank string. `stackctl validate` shows where";

/// A warning of Compose's, without the name of a variable that none of the Compose files in `texts` names.
pub fn masked(warning: String, texts: impl IntoIterator<Item = String>) -> String {
    let name = warning.strip_prefix("The \"").and_then(|rest| rest.split_once("\" variable is not set"));
    match name {
        Some((name, _)) if !texts.into_iter().any(|text| names(&text, name)) => MASKED.to_owned(),
        _ => warning,
    }
}

/// Whether a text has the variable `$NAME` or `${NAME...}`.
fn names(text: &str, name: &str) -> bool {
    let goes_on = |rest: &str| rest.starts_with(|c: char| c == '_' || c.is_ascii_alphanumeric());
    !name.is_empty()
        && text.match_indices(name).any(|(at, _)| {
            let before = &text[..at];
            (before.ends_with('$') || before.ends_with("${")) && !goes_on(&text[at + name.len()..])
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_the_compose_files_are_shown() {
        let text = "user: ${USER_ID:-${GROUP}}\ncommand: $RUN_IT \"a hunter2\"\n";
        let warning = |name: &str| {
            let words = format!("The \"{name}\" variable is not set. Defaulting to a blank string.");
            masked(words, ["services:".to_owned(), text.to_owned()])
        };
        for name in ["USER_ID", "GROUP", "RUN_IT"] {
            assert!(warning(name).starts_with(&format!("The \"{name}\" variable")), "{name}");
        }
        for name in ["hunter2", "RUN", "ER_ID", "bY3ZpvQN", "", "$RUN_IT"] {
            assert_eq!(warning(name), MASKED, "{name}");
        }
        assert_eq!(masked("No resource found".to_owned(), []), "No resource found");
    }
}
