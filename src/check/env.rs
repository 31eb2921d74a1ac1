//! Env files: `.env` beside stack.toml, and what services name in `env_file`.

use std::{collections::BTreeMap, path::Path};

use crate::{
    diag::{Code, Diagnostic, Place},
    fs,
    model::{
        EnvFileSource, Stack,
        env_grammar::{Values, parse},
        variable,
    },
    source::{
        self,
        env_file::{load, position},
    },
};

/// A `$` in an env file that is replaced by nothing.
pub static DOLLAR_IN_ENV_FILE: Code = Code::warning(
    "dollar-in-env-file",
    "\
A value in `.env` or in an env file of a service holds a `$NAME` that is not a variable, so that Compose replaces it with \
nothing: a bcrypt hash or a generated password silently loses a piece. The message names the variable and the \
column, never the value.

```sh
HASH=$2a$10$bY3ZpvQN      # loses `$bY3ZpvQN`
HASH='$2a$10$bY3ZpvQN'    # taken as it is
```

Put the value in single quotes, or write `$$` for each dollar sign. An env file with `format = \"raw\"` is never interpolated.",
);

/// What Compose interpolates.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// The variables of the shell, and those of `.env` that the shell does not set.
    pub values: BTreeMap<String, String>,
    /// Those of `.env` alone: no report shows them.
    pub private: BTreeMap<String, String>,
    /// Those of `.env` as they are without any shell: what proofs read.
    pub proof: BTreeMap<String, String>,
    /// What is wrong with `.env`.
    pub diagnostics: Vec<Diagnostic>,
}

impl Environment {
    /// The values that proofs read.
    pub fn proof_values(&self) -> source::Values {
        source::Values::new(self.proof.clone(), BTreeMap::new())
    }
}

/// The variables of a project: `.env` in its folder, which may be missing, below those of the shell.
pub fn read(root: &Path, shell: impl IntoIterator<Item = (String, String)>) -> Environment {
    let shell: Values = shell.into_iter().collect();
    let mut environment = Environment::default();
    if let Ok((file, _)) = load(&root.join(".env"), "env file", ".env", &Values::new()) {
        environment.proof = file.values;
    }
    match load(&root.join(".env"), "env file", ".env", &shell) {
        Ok((file, _)) => {
            environment.private.clone_from(&file.values);
            environment.values = file.values;
        }
        Err(Some(diagnostic)) => environment.diagnostics.push(*diagnostic),
        Err(None) => {}
    }
    environment.values.extend(shell);
    environment
}

/// The values of `.env` and of the services' env files, as far as these can be read: they may be passwords.
pub fn private(root: &Path, stack: &Stack, environment: &Environment) -> Vec<String> {
    let mut private: Vec<String> = environment.private.values().cloned().collect();
    let lookup = |name: &str| environment.values.get(name).map(String::as_str);
    for file in stack.services.values().flat_map(|service| &service.env_file) {
        let EnvFileSource::Path(written) = &file.source else { continue };
        let Some(path) = variable::expand(written, &lookup) else { continue };
        let Ok(text) = fs::read_text(&root.join(path)) else { continue };
        match parse(&text, &environment.values) {
            Ok(file) => private.extend(file.values.into_values()),
            Err(_) => {
                private.extend(text.lines().filter_map(|line| Some(line.split_once('=')?.1.to_owned())))
            }
        }
    }
    private
}

/// What is wrong with an env file that exists, or with another `kind` of file that Compose reads in the same way.
pub(super) fn check(path: &Path, kind: &str, written: &str, env: &Values) -> Vec<Diagnostic> {
    match load(path, kind, written, env) {
        Ok((file, text)) => {
            file.lost.iter().map(|(name, at)| lost(kind, written, name, &text, *at)).collect()
        }
        Err(diagnostic) => diagnostic.into_iter().map(|diagnostic| *diagnostic).collect(),
    }
}

fn lost(kind: &str, written: &str, name: &str, text: &str, at: usize) -> Diagnostic {
    let (line, column) = position(text, at);
    let message = format!(
        "the value of `{name}` in the {kind} `{written}` loses a piece: the `$` in line {line}, column {column} does not name a variable"
    );
    Diagnostic::new(&DOLLAR_IN_ENV_FILE, message)
        .place(Place::Unshown { path: written.into(), line, column })
        .why("Compose reads the file with variables, and replaces one without a value with nothing")
        .help("put the value in single quotes, or write `$$` for a dollar sign")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_is_shown() {
        let root = tempfile::tempdir().unwrap();
        for (text, place, name) in [
            ("A=1\nDB_PASSWORD=\"hunter2\n", (2, 13), "DB_PASSWORD"),
            ("é=1 \nexport DB_PASSWORD='hunter2\nx=1", (2, 20), "DB_PASSWORD"),
            ("DB PASSWORD=hunter2\n", (1, 1), ""),
            ("DB_PASSWORD=hunter2${DB\n", (1, 13), "DB_PASSWORD"),
            ("hunter2+/hunter2\n", (1, 1), ""),
            ("-----BEGIN hunter2-----\n", (1, 1), ""),
        ] {
            std::fs::write(root.path().join(".env"), text).unwrap();
            let found = read(root.path(), []).diagnostics;
            let [found] = found.as_slice() else { panic!("{text:?}: {found:?}") };
            assert!(!format!("{found:?}").contains("hunter2"), "{found:?}");
            assert!(found.message.contains(name), "{found:?}");
            let (line, column) = place;
            assert_eq!(found.place, Some(Place::Unshown { path: ".env".into(), line, column }), "{text:?}");
        }
    }

    #[test]
    fn the_shell_wins_and_the_line_is_named() {
        let root = tempfile::tempdir().unwrap();
        assert!(read(root.path(), []).diagnostics.is_empty());
        std::fs::write(root.path().join(".env"), "A=file\nB=file\n").unwrap();
        let read_env = read(root.path(), [("A".to_owned(), "shell".to_owned())]);
        assert_eq!(read_env.values["A"], "shell");
        assert_eq!(read_env.values["B"], "file");
        std::fs::write(root.path().join(".env"), "A=1\n\nB C=2\n").unwrap();
        let found = read(root.path(), []).diagnostics;
        assert_eq!(found[0].message, "line 3 of the env file `.env` has a space in the name of a variable");
    }

    #[test]
    fn a_value_that_loses_a_piece_has_a_place() {
        let found = lost("env file", ".env", "A", "X=1\n\u{e9}A=$b", 8);
        assert!(
            found.message.ends_with("the `$` in line 2, column 4 does not name a variable"),
            "{}",
            found.message
        );
    }
}
