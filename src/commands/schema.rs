//! `stackctl schema`: what stack.toml can say, for editors.

use std::{
    env,
    io::ErrorKind,
    path::{Component, Path, PathBuf},
};

use anyhow::Context as _;

use super::{
    Context, Exit, Failure,
    project::{shorten, unreadable},
};
use crate::{
    fs::{self, Mode},
    source::{files, reference},
};

/// The file that `init` names in the first line of a stack.toml.
pub const NAME: &str = "stack.schema.json";

/// What to do with the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Print it.
    Print,
    /// Write the file that the stack.toml at hand names.
    Write,
    /// Judge whether that file is this program's.
    Check,
}

/// Print the schema, write it beside the stack at hand, or say whether what is there is fresh.
///
/// # Errors
/// When there is no stack.toml, when it names a file outside of its folder (exit 2), and when the file cannot be written or
/// is none of stackctl's (exit 3).
pub fn run(context: &Context, action: Action) -> Result<Exit, Failure> {
    let schema = text();
    if action == Action::Print {
        context.printer.json(&schema);
        return Ok(Exit::Done);
    }
    let here = env::current_dir().context("failed to find the current folder")?;
    let stack = files::find(context.file.as_deref(), &here).map_err(unreadable)?;
    let bytes = files::read(&stack).map_err(unreadable)?;
    let named = reference::named_schema(&String::from_utf8_lossy(&bytes)).map(str::to_owned);
    let name = named.as_deref().unwrap_or(NAME);
    if !stays_inside(name) {
        return Err(Failure::new(Exit::Usage, format!("{} names the schema {name}", stack.display()))
            .hint(format!("to keep one here, write `#:schema ./{NAME}` as its first line")));
    }
    let root = stack.parent().unwrap_or(Path::new(""));
    if let Some(link) = fs::first_link(root, Path::new(name)) {
        let message = format!("{} names the schema {name}", stack.display());
        let hint =
            format!("{} is a symbolic link, and nothing is written through one: remove it", link.display());
        return Err(Failure::new(Exit::Surroundings, message).hint(hint));
    }
    let path = root.join(name.trim_start_matches("./"));
    let shown = shorten(&path, &here);
    if action == Action::Check {
        let fresh = fs::read_text(&path).is_ok_and(|found| found == schema);
        if !fresh {
            context
                .printer
                .note(&format!("{shown} is not the schema of this stackctl: `stackctl schema --write`"));
        }
        return Ok(if fresh { Exit::Done } else { Exit::Judged });
    }
    write(&path, &schema)?;
    context.printer.note(&format!("wrote {shown}"));
    if named.is_none() {
        context.printer.note(&format!(
            "next: write `#:schema ./{NAME}` as the first line of {}, and editors complete and check it",
            shorten(&stack, &here)
        ));
    }
    Ok(Exit::Done)
}

/// The schema as it is printed and written.
pub fn text() -> String {
    format!("{:#}\n", reference::schema())
}

/// Write the schema, unless what is there is something else.
///
/// # Errors
/// When it cannot be written, or is none of stackctl's (exit 3).
pub fn write(path: &Path, schema: &str) -> Result<(), Failure> {
    let shown = path.display();
    match fs::read_text(path) {
        // An empty one is left from a disk that was full.
        Ok(found) if !found.trim().is_empty() && !reference::is_schema(&found) => {
            return Err(Failure::new(
                Exit::Surroundings,
                format!("{shown} is not a schema of stackctl and is left unchanged"),
            )
            .hint("remove it first, or name another file in the `#:schema` line"));
        }
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(Failure::surroundings(format!("failed to read {shown}"), error)),
    }
    fs::write(path, schema.as_bytes(), Mode::Usual).with_context(|| format!("failed to write {shown}"))?;
    Ok(())
}

/// Whether a name is a path below the folder of stack.toml, and no address.
fn stays_inside(name: &str) -> bool {
    let path = PathBuf::from(name);
    let below = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    let reserved = path.components().any(|part| part.as_os_str().to_str().is_some_and(fs::is_reserved));
    below && !reserved && !name.contains(':') && path.file_name().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_below_are_written() {
        for name in ["./stack.schema.json", "generated/x.json", "a"] {
            assert!(stays_inside(name), "{name}");
        }
        for name in [
            "https://example.org/x.json",
            "file:///x",
            "/etc/x",
            "../x.json",
            "a/../../x",
            "",
            ".",
            ".git/x",
            "a/.Git/x",
        ] {
            assert!(!stays_inside(name), "{name}");
        }
    }
}
