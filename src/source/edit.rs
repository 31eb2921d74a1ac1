//! Changes to stack.toml as a person would make them: comments, order and layout stay.

use std::{io, path::Path};

use toml_edit::{DocumentMut, InlineTable, Item, Table, TableLike, Value};

use crate::{
    fs,
    model::{Budget, Bytes, Cpus},
};

/// What stands above a budget that is the whole machine.
const WHOLE_MACHINE: &str = "# the whole machine: lower it to what the stack may take\n";

/// One figure of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The service.
    pub service: String,
    /// `limits` or `reservations`.
    pub table: &'static str,
    /// What to set.
    pub figure: Figure,
}

/// A figure of `limits` or `reservations`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// `memory`.
    Memory(Bytes),
    /// `cpus`.
    Cpus(Cpus),
}

/// Why a text could not be changed.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// It is not TOML.
    #[error("the file is not a TOML document")]
    NotToml(#[from] toml_edit::TomlError),
    /// The place is not a table.
    #[error("`{0}` is not written as a table")]
    NoTable(String),
    /// The file on the disk is not the one that was read.
    #[error("the file was changed meanwhile")]
    Changed,
    /// The file could not be written.
    #[error("failed to {doing} the file")]
    Io {
        /// A verb.
        doing: &'static str,
        /// Why.
        source: io::Error,
    },
}

impl Figure {
    /// Its key.
    pub fn key(self) -> &'static str {
        match self {
            Self::Memory(_) => "memory",
            Self::Cpus(_) => "cpus",
        }
    }

    fn value(self) -> Value {
        match self {
            Self::Memory(bytes) => bytes.exact().into(),
            Self::Cpus(cpus) => cpus.as_f64().into(),
        }
    }
}

/// The new text with the byte order mark and the line ends of the old one, which toml_edit drops.
pub fn with_line_ends_of(old: &str, new: &str) -> String {
    const MARK: char = '\u{feff}';
    let mark = if old.starts_with(MARK) && !new.starts_with(MARK) { "\u{feff}" } else { "" };
    let is_of_windows = old.contains("\r\n") && old.matches('\n').count() == old.matches("\r\n").count();
    let new = if is_of_windows { new.replace("\r\n", "\n").replace('\n', "\r\n") } else { new.to_owned() };
    format!("{mark}{new}")
}

/// The text with every edit made. A table that a service does not have is added to it, a figure that it has is replaced.
///
/// # Errors
/// When the text is not TOML, or a service is not written as a table.
pub fn apply(text: &str, edits: &[Edit]) -> Result<String, EditError> {
    let mut document: DocumentMut = text.parse()?;
    for edit in edits {
        let path = || EditError::NoTable(format!("services.{}", edit.service));
        let services = document.get_mut("services").and_then(Item::as_table_like_mut).ok_or_else(path)?;
        let service = services.get_mut(&edit.service).and_then(Item::as_table_like_mut).ok_or_else(path)?;
        if !service.contains_key(edit.table) {
            service.insert(edit.table, Item::Value(Value::InlineTable(InlineTable::new())));
        }
        let table = service.get_mut(edit.table).and_then(Item::as_table_like_mut);
        let table =
            table.ok_or_else(|| EditError::NoTable(format!("services.{}.{}", edit.service, edit.table)))?;
        set(table, edit.figure);
    }
    Ok(with_line_ends_of(text, &document.to_string()))
}

/// The text with `memory`, `cpus` and `cpu_overcommit` of a budget: in the `[budget]` that it has, or in a new one above the
/// other tables, under a comment.
///
/// # Errors
/// When the text is not TOML, or `budget` is not written as a table.
pub fn add_budget(text: &str, budget: &Budget) -> Result<String, EditError> {
    let mut document: DocumentMut = text.parse()?;
    let mut values: Vec<(&str, Value)> = Vec::new();
    values.extend(budget.memory.map(|bytes| ("memory", bytes.exact().into())));
    values.extend(budget.cpus.map(|cpus| ("cpus", cpus.as_f64().into())));
    values.extend(budget.cpu_overcommit.map(|factor| ("cpu_overcommit", factor.as_f64().into())));
    if let Some(item) = document.get_mut("budget") {
        let table = item.as_table_like_mut().ok_or_else(|| EditError::NoTable("budget".to_owned()))?;
        for (key, value) in values {
            table.insert(key, Item::Value(value));
        }
        return Ok(with_line_ends_of(text, &document.to_string()));
    }
    let mut table = Table::new();
    for (key, value) in values {
        table.insert(key, Item::Value(value));
    }
    let first = positions(document.as_table()).into_iter().min();
    // Keys of the top end before the first table, and what stands in front of that one stays with it.
    table.set_position(Some(first.unwrap_or(1) - 1));
    let is_first = document.as_table().is_empty();
    table.decor_mut().set_prefix(format!("{}{WHOLE_MACHINE}", if is_first { "" } else { "\n" }));
    document.insert("budget", Item::Table(table));
    Ok(with_line_ends_of(text, &document.to_string()))
}

/// The positions of the tables with a header: this one, and those below it.
pub(super) fn positions(table: &Table) -> Vec<isize> {
    let mut found: Vec<isize> = table.position().filter(|_| !table.is_implicit()).into_iter().collect();
    for (_, item) in table {
        match item {
            Item::Table(table) => found.extend(positions(table)),
            Item::ArrayOfTables(tables) => found.extend(tables.iter().flat_map(positions)),
            _ => {}
        }
    }
    found
}

fn set(table: &mut dyn TableLike, figure: Figure) {
    let mut value = figure.value();
    match table.get_mut(figure.key()).and_then(Item::as_value_mut) {
        Some(old) => {
            // Whitespace and comments around a value are kept.
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        None => {
            table.insert(figure.key(), Item::Value(value));
        }
    }
}

/// Replace the file, all or nothing, unless it has changed since it was read. A symbolic link stays one.
///
/// # Errors
/// When it was changed meanwhile or cannot be written; the old file is whole then.
pub fn replace(path: &Path, read: &[u8], text: &str) -> Result<(), EditError> {
    let failed = |doing| move |source| EditError::Io { doing, source };
    let path = path.canonicalize().map_err(failed("find"))?;
    if fs::replace(&path, read, text.as_bytes()).map_err(failed("write"))? {
        Ok(())
    } else {
        Err(EditError::Changed)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn edit(service: &str, table: &'static str, figure: Figure) -> Edit {
        Edit { service: service.to_owned(), table, figure }
    }

    #[test]
    fn comments_order_and_layout_stay() {
        let text = "\
# mine
[services.a] # first
limits = { memory = \"1G\",   cpus = 2.0 } # why
image = 'a'

[services.b]
image = \"b\"
limits.memory = \"64M\" # dotted

[services.b.reservations]
cpus = 1 # a table

[services.c] # defaults only
image = \"c\"   # last

[traffic]
port = 8089
";
        let memory = |mib: u64| Figure::Memory(Bytes(mib << 20));
        let cpus = |text| Figure::Cpus(Cpus::parse(text).unwrap());
        let edits = [
            edit("a", "limits", memory(512)),
            edit("a", "reservations", memory(128)),
            edit("b", "limits", cpus("0.25")),
            edit("b", "limits", memory(96)),
            edit("b", "reservations", cpus("0.5")),
            edit("c", "limits", memory(16)),
            edit("c", "limits", cpus("1")),
        ];
        insta::assert_snapshot!(apply(text, &edits).unwrap());
    }

    #[test]
    fn a_budget_goes_above_the_other_tables_or_into_the_one_that_is_there() {
        let budget =
            Budget { memory: Some(Bytes(16 << 30)), cpus: Cpus::parse("8").ok(), ..Budget::default() };
        let add = |text: &str| add_budget(text, &budget).unwrap();
        insta::assert_snapshot!(add("# mine\nname = \"x\" # last\n\n# the services\n[services.a] # first\nimage = 'a'\n\n[volumes]\n"), @r#"
        # mine
        name = "x" # last

        # the whole machine: lower it to what the stack may take
        [budget]
        memory = "16G"
        cpus = 8.0

        # the services
        [services.a] # first
        image = 'a'

        [volumes]
        "#);
        insta::assert_snapshot!(add("name = 'x'\nservices.a.image = 'a'\n"), @r#"
        name = 'x'
        services.a.image = 'a'

        # the whole machine: lower it to what the stack may take
        [budget]
        memory = "16G"
        cpus = 8.0
        "#);
        insta::assert_snapshot!(add("name = 'x'\nbudget = { log_disk = '1G' } # why\n[services.a]\n"), @r#"
        name = 'x'
        budget = { log_disk = '1G' , memory = "16G", cpus = 8.0 } # why
        [services.a]
        "#);
        insta::assert_snapshot!(add("name = 'x'\n[services.a]\n[budget] # mine\nswap = false\n"), @r#"
        name = 'x'
        [services.a]
        [budget] # mine
        swap = false
        memory = "16G"
        cpus = 8.0
        "#);
        assert!(matches!(add_budget("budget = 1", &budget), Err(EditError::NoTable(_))));
    }

    #[test]
    fn line_ends_of_windows_and_a_byte_order_mark_stay() {
        let text = "\u{feff}name = 'x' # c\r\n\r\n[services.a]\r\nlimits = { memory = '1G' }\r\ncommand = '''\r\na'''\r\n";
        let edits = [
            edit("a", "limits", Figure::Memory(Bytes(512 << 20))),
            edit("a", "reservations", Figure::Memory(Bytes(128 << 20))),
        ];
        let edited = apply(text, &edits).unwrap();
        let expected = text.replace("'1G'", "\"512M\"") + "reservations = { memory = \"128M\" }\r\n";
        assert_eq!(edited, expected);
        let budget = Budget { memory: Some(Bytes(16 << 30)), ..Budget::default() };
        let added = format!("\n{WHOLE_MACHINE}[budget]\nmemory = \"16G\"\n").replace('\n', "\r\n");
        let first = "\r\n[services.a]";
        assert_eq!(add_budget(text, &budget).unwrap(), text.replace(first, &format!("{added}{first}")));
        let inline = "budget = { cpus = 1 }\r\n[services.a]\r\n";
        assert_eq!(
            add_budget(inline, &budget).unwrap(),
            "budget = { cpus = 1 , memory = \"16G\" }\r\n[services.a]\r\n"
        );
        // Both kinds in one file are left as they are.
        assert_eq!(with_line_ends_of("a\r\nb\n", "a\nb\nc\n"), "a\nb\nc\n");
    }

    #[test]
    fn a_file_that_changed_meanwhile_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stack.toml");
        fs::write(&path, "theirs").unwrap();
        assert!(matches!(replace(&path, b"mine", "new"), Err(EditError::Changed)));
        assert_eq!(fs::read_to_string(&path).unwrap(), "theirs");
        replace(&path, b"theirs", "new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
