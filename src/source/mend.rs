//! Fixes made in the text of stack.toml: comments, order and layout stay.

use toml_edit::{DocumentMut, InlineTable, Item, Key, Table, Value};

use super::edit::{EditError, positions, with_line_ends_of};
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
    let last = document.get(section).and_then(Item::as_table).and_then(last_position);
    let end = last_position(document.as_table());
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
                parent.insert(name, Item::Table(table));
            }
            Item::Table(parent) => {
                parent.insert(name, Item::Value(Value::InlineTable(InlineTable::new())));
            }
            Item::Value(Value::InlineTable(parent)) => push(parent, name, InlineTable::new().into()),
            _ => return false,
        }
    }
    let mut changed = is_new;
    if let Some(table) = parent.as_table_like_mut().and_then(|parent| parent.get_mut(name)) {
        for (key, value) in entries {
            changed |= add_entry(table, key, value);
        }
    }
    changed
}

/// Add an entry where there is none of its name; whether there was none.
fn add_entry(table: &mut Item, key: &str, value: &str) -> bool {
    let Ok(value) = value.parse() else { return false };
    match table {
        Item::Table(table) if !table.contains_key(key) => {
            table.insert(key, Item::Value(value));
        }
        Item::Value(Value::InlineTable(table)) if !table.contains_key(key) => push(table, key, value),
        _ => return false,
    }
    true
}

/// A section that is not there: `[defaults]` before the services, others without a header at the end.
fn new_section(document: &DocumentMut, section: &str, is_headed: bool) -> Table {
    let mut table = Table::new();
    if is_headed {
        table.set_implicit(true);
        return table;
    }
    let services = document.get("services").and_then(Item::as_table);
    let first = services.and_then(|services| positions(services).into_iter().min());
    table.set_position(first.map(|first| first - 1).or_else(|| last_position(document.as_table())));
    let is_first = document.is_empty() || section.is_empty();
    table.decor_mut().set_prefix(if is_first { "" } else { "\n" });
    table
}

/// Whether the entries of a table stand in lines of their own below its header.
fn has_lines(table: &Table) -> bool {
    !table.is_implicit() && table.iter().any(|(_, item)| item.is_value())
}

fn last_position(table: &Table) -> Option<isize> {
    positions(table).into_iter().max()
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
    match path {
        [Segment::Key(key)] => rename_key(item, key, to),
        [Segment::Key(key), below @ ..] => {
            let item = item.as_table_like_mut().and_then(|table| table.get_mut(key));
            item.is_some_and(|item| rename(item, below, to))
        }
        [Segment::Index(at), below @ ..] => item.get_mut(*at).is_some_and(|item| rename(item, below, to)),
        [] => false,
    }
}

/// All entries are taken out and put back in their order, since a new key stands at the end.
fn rename_key(item: &mut Item, key: &str, to: &str) -> bool {
    let Some(table) = item.as_table_like() else { return false };
    if !table.contains_key(key) || table.contains_key(to) {
        return false;
    }
    let keys: Vec<String> = table.iter().map(|(key, _)| key.to_owned()).collect();
    let renamed = |old: Key| if old.get() == key { named(&old, to) } else { old };
    match item {
        Item::Table(table) => {
            let entries: Vec<_> = keys.iter().filter_map(|key| table.remove_entry(key)).collect();
            for (old, item) in entries {
                table.insert_formatted(&renamed(old), item);
            }
        }
        Item::Value(Value::InlineTable(table)) => {
            let entries: Vec<_> = keys.iter().filter_map(|key| table.remove_entry(key)).collect();
            for (old, value) in entries {
                table.insert_formatted(&renamed(old), value);
            }
        }
        _ => return false,
    }
    true
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
