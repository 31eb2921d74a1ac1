//! A file of variables is read: its values, or what is wrong with it. What it holds is never shown.

use std::{io::ErrorKind, path::Path};

use crate::{
    diag::{Allow, Code, Diagnostic, Place},
    fs,
    model::env_grammar::{Parsed, Values, parse},
};

/// An env file that Compose refuses.
pub static INVALID_ENV_FILE: Code = Code::error(
    "invalid-env-file",
    Allow::Never(Allow::REFUSED),
    "\
`.env` beside stack.toml, or an env file or a label file of a service, cannot be read as one; Compose refuses the stack. A line is \
`NAME=value`; a value with spaces may stand in single quotes (taken as it is) or double quotes (with `$NAME` and `\\n`), and \
`#` after a space starts a comment. What the file holds is not shown, since it holds passwords: the message names the variable, \
the line and the column.",
);

/// Line and column of a byte, from 1, the column in characters.
pub fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or_default();
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (before.matches('\n').count() + 1, column)
}

/// What a file holds, and its text; `Err(None)` when there is no file.
pub type Loaded = Result<(Parsed, String), Option<Box<Diagnostic>>>;

/// Read an env file: `kind` is what it is called, `written` its path as it is written.
pub fn load(path: &Path, kind: &str, written: &str, env: &Values) -> Loaded {
    let wrong = |message: String, (line, column): (usize, usize), help: &str| {
        let diagnostic = Diagnostic::new(&INVALID_ENV_FILE, message)
            .place(Place::Unshown { path: written.into(), line, column })
            .why("Compose refuses the stack")
            .help(help);
        Some(Box::new(diagnostic))
    };
    let text = match fs::read_text(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(None),
        Err(error) => {
            let message = format!("the {kind} `{written}` cannot be read: {error}");
            return Err(wrong(message, (1, 1), "replace it with a plain text file that you may read"));
        }
    };
    let parsed = parse(&text, env).map_err(|mistake| {
        let (line, column) = position(&text, mistake.at);
        let of = mistake.name.map(|name| format!(", in the value of `{name}`")).unwrap_or_default();
        let message = format!("line {line} of the {kind} `{written}` {}{of}", mistake.message);
        wrong(message, (line, column), "write `NAME=value`, and quotes around a value with spaces")
    })?;
    Ok((parsed, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_not_a_matter_of_its_lines() {
        let folder = tempfile::tempdir().unwrap();
        let Err(Some(found)) = load(folder.path(), "env file", "web.env", &Values::default()) else {
            panic!()
        };
        assert!(found.message.contains("it is a folder"), "{}", found.message);
        assert!(found.help.is_some_and(|help| !help.contains("NAME=value")));
    }
}
