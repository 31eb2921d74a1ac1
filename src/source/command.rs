//! `command`, `entrypoint` and the test of a health check.

use super::{table::Item, tree::Kind};
use crate::model::Command;

/// Decode what Compose splits into words where it is a text; reported where it cannot.
pub(super) fn split(item: &Item<'_, '_>) -> Option<Command> {
    decode(item).filter(|command| match command {
        Command::Shell(text) => item.splits(text),
        Command::Exec(_) => true,
    })
}

/// Decode a text or a list of texts.
pub(super) fn decode(item: &Item<'_, '_>) -> Option<Command> {
    match item.node.kind() {
        Kind::String(_) => item.text().map(Command::Shell),
        // One bad word makes the whole command unknown: without it, it would be another command.
        Kind::Array => item.texts().filter(|words| words.len() == item.node.len()).map(Command::Exec),
        _ => item.wrong_type("a string or a list of strings"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{in_service, service};
    use crate::model::Command;

    #[test]
    fn is_a_text_or_words() {
        let service = service("command = \"a b\"\nentrypoint = [\"a\", \"$$b\"]");
        assert_eq!(service.command, Some(Command::Shell("a b".into())));
        assert_eq!(service.entrypoint, Some(Command::Exec(vec!["a".into(), "$$b".into()])));
    }

    #[test]
    fn words_are_texts() {
        insta::assert_snapshot!(in_service("command = [\"sleep\", 10]\nentrypoint = true"), @"
        wrong-type at `10`: services.api.command[1] must be a string in quotes, not an integer (expected a string in quotes)
        wrong-type at `true`: services.api.entrypoint must be a string or a list of strings, not a boolean (expected a string or a list of strings)
        ");
        insta::assert_snapshot!(in_service("command = \"echo ${HOME\""), @r#"
        bad-variable at `"echo ${HOME"`: services.api.command contains a `$` that Compose cannot interpolate (malformed from `${HOME` on)
        "#);
    }
}
