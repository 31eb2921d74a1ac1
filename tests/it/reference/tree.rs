//! A document as a tree of its literals, to change one value and write it again.

use std::fmt::Write as _;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value; a scalar as it is written.
#[derive(Debug, Clone)]
pub enum Tree {
    Scalar(String),
    List(Vec<Tree>),
    Table(Vec<(String, Tree)>),
}

impl Tree {
    /// The tree of a document; `None` where it is not TOML.
    pub fn read(text: &str) -> Option<Self> {
        let table = DeTable::parse(text).ok()?;
        let entries = table.get_ref().iter();
        Some(Self::Table(
            entries.map(|(key, value)| (key.get_ref().to_string(), Self::of(value, text))).collect(),
        ))
    }

    fn of(value: &Spanned<DeValue<'_>>, text: &str) -> Self {
        match value.get_ref() {
            DeValue::Array(items) => Self::List(items.iter().map(|item| Self::of(item, text)).collect()),
            DeValue::Table(table) => Self::Table(
                table.iter().map(|(key, value)| (key.get_ref().to_string(), Self::of(value, text))).collect(),
            ),
            _ => Self::Scalar(text[value.span()].to_owned()),
        }
    }

    /// Documents of one part each, a service or another table of the top: what is changed in one is not read again with
    /// all the others.
    pub fn parts(&self) -> Vec<Self> {
        let Self::Table(entries) = self else { panic!("a document is a table") };
        let head = |entry: &&(String, Self)| matches!(entry.0.as_str(), "name" | "budget");
        let with = |key: &str, value: &Self| {
            let mut part: Vec<(String, Self)> = entries.iter().filter(head).cloned().collect();
            part.push((key.to_owned(), value.clone()));
            Self::Table(part)
        };
        let mut parts = vec![Self::Table(entries.iter().filter(head).cloned().collect())];
        for (key, value) in entries.iter().filter(|entry| !head(entry)) {
            match value {
                Self::Table(services) if key == "services" => {
                    parts.extend(
                        services.iter().map(|service| with(key, &Self::Table(vec![service.clone()]))),
                    );
                }
                _ => parts.push(with(key, value)),
            }
        }
        parts
    }

    /// The document: a line for each key of the top.
    pub fn document(&self) -> String {
        let Self::Table(entries) = self else { panic!("a document is a table") };
        entries.iter().fold(String::new(), |mut text, (key, value)| {
            writeln!(text, "{key:?} = {}", value.text()).unwrap();
            text
        })
    }

    fn text(&self) -> String {
        match self {
            Self::Scalar(text) => text.clone(),
            Self::List(items) => format!("[{}]", items.iter().map(Self::text).collect::<Vec<_>>().join(", ")),
            Self::Table(entries) => {
                let entries: Vec<String> =
                    entries.iter().map(|(key, value)| format!("{key:?} = {}", value.text())).collect();
                format!("{{ {} }}", entries.join(", "))
            }
        }
    }

    /// How many values there are, this one included.
    pub fn count(&self) -> usize {
        1 + match self {
            Self::Scalar(_) => 0,
            Self::List(items) => items.iter().map(Self::count).sum(),
            Self::Table(entries) => entries.iter().map(|(_, value)| value.count()).sum(),
        }
    }

    /// What it is.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Scalar(text) if text.starts_with(['"', '\'']) => "a text",
            Self::Scalar(_) => "a number, boolean or date",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }

    /// The same as [`Tree::at`], and nothing else of the tree.
    pub fn at_owned(mut self, number: usize) -> (String, Self) {
        let (place, found) = self.at(number);
        (place, found.clone())
    }

    /// The value of that number, counted as they are written, with its place: what a user names is `*` there.
    pub fn at(&mut self, number: usize) -> (String, &mut Self) {
        fn find<'t>(tree: &'t mut Tree, place: &str, left: &mut usize) -> Option<(String, &'t mut Tree)> {
            if *left == 0 {
                return Some((place.to_owned(), tree));
            }
            *left -= 1;
            match tree {
                Tree::Scalar(_) => None,
                Tree::List(items) => {
                    items.iter_mut().find_map(|item| find(item, &format!("{place}[]"), left))
                }
                Tree::Table(entries) => entries.iter_mut().find_map(|(key, value)| {
                    let named = NAMED.iter().any(|table| place.ends_with(table));
                    find(value, &format!("{place}.{}", if named { "*" } else { key }), left)
                }),
            }
        }
        let mut left = number;
        find(self, "", &mut left).expect("a value of that number")
    }
}

/// Tables whose keys a user names.
const NAMED: [&str; 6] = [".services", ".profiles", ".volumes", ".networks", ".secrets", ".configs"];
