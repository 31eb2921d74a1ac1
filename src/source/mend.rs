//! Fixes made in the text of stack.toml: comments, order and layout stay.

use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Key, Table, Value};

use super::edit::EditError;
use crate::diag::{Fix, KeyPath, Segment};

/// The text with these fixes made, and how many of them changed something.
///
/// # Errors
/// When the text is not TOML.
pub fn mend(text: &str, fixes: &[Fix]) -> Result<(String, usize), EditError> {
    let mut document: DocumentMut = text.parse()?;
    let mut made = 0;
    for fix in fixes {
        let is_made = match fix {
            Fix::Add { table, entries } => add(&mut document, table, entries),
            Fix::Rename { key, to } => rename(document.as_item_mut(), &key.0, to),
        };
        made += usize::from(is_made);
    }
    Ok((with_line_ends_of(text, &document.to_string()), made))
}

/// The new text with the byte order mark and the line ends of the old one, which toml_edit drops.
fn with_line_ends_of(old: &str, new: &str) -> String {
    const MARK: char = '\u{feff}';
    let mark = if old.starts_with(MARK) && !new.starts_with(MARK) { "\u{feff}" } else { "" };
    let is_of_windows = old.contains("\r\n") && old.matches('\n').count() == old.matches("\r\n").count();
    let new = if is_of_windows { new.replace("\r\n", "\n").replace('\n', "\r\n") } else { new.to_owned() };
    format!("{mark}{new}")
}

/// Make sure that a table is there and holds these entries.
fn add(document: &mut DocumentMut, path: &KeyPath, entries: &[(&str, &str)]) -> bool {
    let keys: Vec<&str> = path.0.iter().filter_map(Segment::as_key).collect();
    let [section, above @ .., name] = keys.as_slice() else { return false };
    // Entries of `[volumes]` and its like have a header each; what is in `[defaults]` or in a service stands in one line.
    let is_headed = above.is_empty() && *section != "defaults";
    if !document.contains_key(section) {
        let table = new_section(document, section, is_headed);
        document.insert(section, Item::Table(table));
    }
    let last = last_position(document.get(section).and_then(Item::as_table));
    let end = last_position(Some(document.as_table()));
    let Some(parent) = document.get_mut(section) else { return false };
    let parent = above.iter().try_fold(parent, |item, key| item.as_table_like_mut()?.get_mut(key));
    let Some(parent) = parent else { return false };
    let is_new = parent.as_table_like().is_some_and(|parent| !parent.contains_key(name));
    if is_new {
        match parent {
            Item::Table(parent) if is_headed && !has_lines(parent) => {
                let mut table = Table::new();
                table.set_position(Some(last.or(end).unwrap_or_default()));
                table.decor_mut().set_prefix("\n");
                entries.iter().for_each(|(key, value)| set(&mut table, key, value));
                parent.insert(name, Item::Table(table));
                return true;
            }
            Item::Table(parent) => {
                parent.insert(name, Item::Value(Value::InlineTable(InlineTable::new())));
            }
            Item::Value(Value::InlineTable(parent)) => push(parent, name, InlineTable::new().into()),
            _ => return false,
        }
    }
    let table = parent.as_table_like_mut().and_then(|parent| parent.get_mut(name));
    let mut changed = is_new;
    match table {
        Some(Item::Value(Value::InlineTable(table))) => {
            for (key, value) in entries.iter().filter(|(key, _)| !table.contains_key(key)).collect::<Vec<_>>()
            {
                let Ok(value) = value.parse() else { continue };
                push(table, key, value);
                changed = true;
            }
        }
        Some(Item::Table(table)) => {
            for (key, value) in entries.iter().filter(|(key, _)| !table.contains_key(key)).collect::<Vec<_>>()
            {
                set(table, key, value);
                changed = true;
            }
        }
        _ => {}
    }
    changed
}

/// A section that is not there: `[defaults]` before the services, others without a header at the end.
fn new_section(document: &DocumentMut, section: &str, is_headed: bool) -> Table {
    let mut table = Table::new();
    if is_headed {
        table.set_implicit(true);
        return table;
    }
    let services = document.get("services").and_then(Item::as_table);
    let first = services.and_then(first_position);
    table.set_position(first.map(|first| first - 1).or_else(|| last_position(Some(document.as_table()))));
    let is_first = document.is_empty() || section.is_empty();
    table.decor_mut().set_prefix(if is_first { "" } else { "\n" });
    table
}

/// Whether the entries of a table stand in lines of their own below its header.
fn has_lines(table: &Table) -> bool {
    !table.is_implicit() && table.iter().any(|(_, item)| item.is_value())
}

/// The positions of the tables with a header.
fn positions(table: &Table) -> Vec<isize> {
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

fn first_position(table: &Table) -> Option<isize> {
    positions(table).into_iter().min()
}

fn last_position(table: Option<&Table>) -> Option<isize> {
    table.and_then(|table| positions(table).into_iter().max())
}

fn set(table: &mut Table, key: &str, value: &str) {
    if let Ok(value) = value.parse::<Value>() {
        table.insert(key, Item::Value(value));
    }
}

/// Add an entry at the end; the space before the brace stays there.
fn push(table: &mut InlineTable, key: &str, value: Value) {
    let space = table.iter_mut().last().and_then(|(_, last)| {
        let space = last.decor().suffix().cloned()?;
        last.decor_mut().set_suffix("");
        Some(space)
    });
    table.insert(key, value);
    if let Some((value, space)) = table.get_mut(key).zip(space) {
        value.decor_mut().set_suffix(space);
    }
}

/// Give a key another name, where its table does not have that already.
fn rename(item: &mut Item, path: &[Segment], to: &str) -> bool {
    match (item, path) {
        (Item::Value(value), path) => rename_in_value(value, path, to),
        (Item::Table(table), path) => rename_in_table(table, path, to),
        (Item::ArrayOfTables(tables), [Segment::Index(at), below @ ..]) => {
            rename_in_list(tables, *at, below, to)
        }
        _ => false,
    }
}

fn rename_in_list(tables: &mut ArrayOfTables, at: usize, path: &[Segment], to: &str) -> bool {
    tables.get_mut(at).is_some_and(|table| rename_in_table(table, path, to))
}

fn rename_in_table(table: &mut Table, path: &[Segment], to: &str) -> bool {
    match path {
        [Segment::Key(key)] if table.contains_key(key) && !table.contains_key(to) => {
            let keys: Vec<String> = table.iter().map(|(key, _)| key.to_owned()).collect();
            let entries: Vec<(Key, Item)> = keys.iter().filter_map(|key| table.remove_entry(key)).collect();
            for (old, item) in entries {
                let new = if old.get() == key { named(&old, to) } else { old };
                table.insert_formatted(&new, item);
            }
            true
        }
        [Segment::Key(key), below @ ..] if !below.is_empty() => {
            table.get_mut(key).is_some_and(|item| rename(item, below, to))
        }
        _ => false,
    }
}

fn rename_in_value(value: &mut Value, path: &[Segment], to: &str) -> bool {
    match (value, path) {
        (Value::InlineTable(table), [Segment::Key(key)])
            if table.contains_key(key) && !table.contains_key(to) =>
        {
            let keys: Vec<String> = table.iter().map(|(key, _)| key.to_owned()).collect();
            let entries: Vec<(Key, Value)> = keys.iter().filter_map(|key| table.remove_entry(key)).collect();
            for (old, value) in entries {
                let new = if old.get() == key { named(&old, to) } else { old };
                table.insert_formatted(&new, value);
            }
            true
        }
        (Value::InlineTable(table), [Segment::Key(key), below @ ..]) if !below.is_empty() => {
            table.get_mut(key).is_some_and(|value| rename_in_value(value, below, to))
        }
        (Value::Array(list), [Segment::Index(at), below @ ..]) => element(list, *at, below, to),
        _ => false,
    }
}

fn element(list: &mut Array, at: usize, path: &[Segment], to: &str) -> bool {
    list.get_mut(at).is_some_and(|value| rename_in_value(value, path, to))
}

/// Another name with the layout of this one.
fn named(old: &Key, to: &str) -> Key {
    Key::new(to).with_leaf_decor(old.leaf_decor().clone()).with_dotted_decor(old.dotted_decor().clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(keys: &[&str]) -> KeyPath {
        KeyPath(keys.iter().map(|key| Segment::Key((*key).to_owned())).collect())
    }

    fn declare(keys: &[&str]) -> Fix {
        Fix::Add { table: path(keys), entries: &[] }
    }

    fn renamed(key: KeyPath, to: &str) -> Fix {
        Fix::Rename { key, to: to.to_owned() }
    }

    const ROTATION: &[(&str, &str)] = &[("max_size", "\"10m\""), ("max_file", "3")];

    fn rotation(keys: &[&str]) -> Fix {
        Fix::Add { table: path(keys), entries: ROTATION }
    }

    #[test]
    fn comments_order_and_layout_stay() {
        let text = "\
# mine
name = \"x\"   # last

# the services
[service.a]   # first
imgae = 'a'   # why
ports = [ 80,
  81 ]  # two lines
limits = { memroy = \"1G\",   cpus = 1 } # one line
limits2.x = 1

[service.a.enviroment]
A = \"1\"

[volumes.first]
# the end
";
        let fixes = [
            renamed(path(&["service", "a", "imgae"]), "image"),
            renamed(path(&["service", "a", "limits", "memroy"]), "memory"),
            renamed(path(&["service", "a", "enviroment"]), "environment"),
            renamed(path(&["service"]), "services"),
            declare(&["volumes", "second"]),
            declare(&["networks", "back"]),
            Fix::Add { table: path(&["secrets", "pw"]), entries: &[("generate", "true")] },
            rotation(&["defaults", "logging"]),
            rotation(&["services", "a", "logging"]),
        ];
        let (mended, made) = mend(text, &fixes).unwrap();
        assert_eq!(made, fixes.len());
        insta::assert_snapshot!(mended);
        assert_eq!(mend(&mended, &fixes).unwrap(), (mended.clone(), 0), "again");
    }

    #[test]
    fn sections_are_continued_as_they_are_written() {
        let text = "name = 'x'\nnetworks = { a = {} }\n[volumes]\na = {}\n[defaults]\nlogging = { driver = 'local' }\n[services.a.logging]\nmax_file = 2\n";
        let fixes = [
            declare(&["volumes", "b"]),
            declare(&["networks", "b"]),
            rotation(&["defaults", "logging"]),
            rotation(&["services", "a", "logging"]),
        ];
        insta::assert_snapshot!(mend(text, &fixes).unwrap().0);
    }

    #[test]
    fn nothing_is_renamed_to_what_is_there() {
        let text = "[services.a]\nimage = 'a'\nimgae = 'b'\n";
        let fixes = [renamed(path(&["services", "a", "imgae"]), "image"), renamed(path(&["no", "key"]), "x")];
        assert_eq!(mend(text, &fixes).unwrap(), (text.to_owned(), 0));
    }

    #[test]
    fn lists_of_tables_are_walked() {
        let text = "[[traffic.requests]]\n[[traffic.requests]]\nmetod = 'GET'\n[services.a]\nfiles = [{ templte = 'a' }]\n";
        let fixes = [
            renamed(path(&["traffic", "requests"]).index(1).key("metod"), "method"),
            renamed(path(&["services", "a", "files"]).index(0).key("templte"), "template"),
        ];
        let (mended, made) = mend(text, &fixes).unwrap();
        assert_eq!((made, mended), (2, text.replace("metod", "method").replace("templte", "template")));
    }

    #[test]
    fn line_ends_of_windows_and_a_byte_order_mark_stay() {
        let text = "\u{feff}name = \"x\" # c\r\n[services.a]\r\nimgae = '''\r\na'''\r\n";
        let (mended, _) = mend(text, &[renamed(path(&["services", "a", "imgae"]), "image")]).unwrap();
        assert_eq!(mended, text.replace("imgae", "image"));
    }
}
