//! A table of stack.toml as the decoders see it: typed reading, defaults beneath, mistakes collected on the way.
//!
//! A decoder walks [`Table::items_of`] once and matches on each key; what the reference does not know of the table is
//! reported on the way. That keeps decoding linear, and nothing is looked up twice:
//!
//! ```ignore
//! for item in table.items_of(&PROFILE) {
//!     match item.key() {
//!         "description" => description = item.text(),
//!         "includes" => includes = item.texts().unwrap_or_default(),
//!         _ => {}
//!     }
//! }
//! ```
//!
//! Every getter returns `None` after it has reported why: the caller goes on with the next key.

use std::cell::RefCell;

use super::{
    path::Path,
    reference::{Key, has, names},
    sink::Sink,
    tree::{Kind, Node},
    values::Values,
};
use crate::{
    diag::{Allow, Code, Diagnostic, Fix, KeyPath, nearest, only_near},
    model::{Assumption, UnknownKey},
};

/// A key that nothing reads.
pub static UNKNOWN_KEY: Code = Code::error(
    "unknown-key",
    Allow::Never(Allow::UNREAD),
    "\
stack.toml contains a key that stackctl does not know in this place. A misspelt key would otherwise be silently ignored.

```toml
[services.api]
imge = \"api:1.4\"      # error: unknown key; did you mean `image`?
```

Correct the name. A Compose key that is newer than this stackctl goes into the service's `compose = { ... }`, which is \
passed through.",
);

/// A value of another type than the key takes.
pub static WRONG_TYPE: Code = Code::error(
    "wrong-type",
    Allow::Never(Allow::UNREAD),
    "\
The value has a type that the key does not take: a number instead of a string, a string instead of a list.

```toml
[services.api]
image = 15                # error: a string is expected
cap_drop = \"ALL\"          # error: a list of strings is expected
```

Compose keys take the types that Compose takes. Strings are quoted.",
);

/// A key that has to be there.
pub static MISSING_KEY: Code = Code::error(
    "missing-key",
    Allow::Never(Allow::UNREAD),
    "\
A table lacks a required key: the stack's `name`, the `target` of a mount, the `template` of a side file.

```toml
name = \"orders\"
```

Add the key.",
);

/// What every view shares: the places where mistakes and unknown keys go.
#[derive(Debug, Default)]
pub(super) struct Context {
    /// The mistakes so far.
    pub(super) sink: Sink,
    /// Keys of `compose = { ... }` that the reference does not know.
    pub(super) unknown: RefCell<Vec<UnknownKey>>,
    /// What variables are replaced by where a proof reads.
    pub(super) values: Values,
    /// What was assumed of them so far: each once, in the order of the text.
    pub(super) assumed: RefCell<Vec<Assumption>>,
    /// The texts with variables of the service at hand, for Compose.
    pub(super) texts: RefCell<Vec<(KeyPath, String)>>,
    /// Whether a key means something in a service.
    pub(super) is_service_key: Option<fn(&str) -> bool>,
}

/// A table, with the table of `[defaults]` that lies beneath it where there is one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table<'p, 'd>(Item<'p, 'd>);

/// A key with its value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item<'p, 'd> {
    /// The value and its place.
    pub(super) node: Node<'d>,
    beneath: Option<Node<'d>>,
    /// It comes from `[defaults]`: reported there once, and not again for every service.
    inherited: bool,
    /// Unknown keys are kept: they are in `compose`, and may be newer than this program.
    open: bool,
    /// Compose reads it: where a proof reads it too, a variable has the value that `.env` or a default gives it.
    given: bool,
    path: Path<'p>,
    context: &'p Context,
}

impl<'p, 'd> Table<'p, 'd> {
    /// The whole document.
    pub(super) fn top(document: Node<'d>, context: &'p Context) -> Self {
        Self(Item {
            node: document,
            beneath: None,
            inherited: false,
            open: false,
            given: false,
            path: Path::TOP,
            context,
        })
    }

    /// The same table with another beneath it.
    pub(super) fn above(self, beneath: Option<&Table<'_, 'd>>) -> Self {
        Self(Item { beneath: beneath.map(|table| table.0.node), ..self.0 })
    }

    /// The same table as one that Compose reads.
    pub(super) fn given(self) -> Self {
        Self(Item { given: true, ..self.0 })
    }

    /// The path as plain data.
    pub(super) fn key_path(&self) -> KeyPath {
        self.0.key_path()
    }

    /// Everything that views share.
    pub(super) fn context(&self) -> &'p Context {
        self.0.context
    }

    /// The same table with nothing beneath it where it makes another choice by its `key`: what belongs to one choice does not
    /// go along with another. `usual` is the choice where the key is left out.
    pub(super) fn unless_other(self, key: &str, usual: &str) -> Self {
        let choice = |table: Node<'d>| table.get(key).map_or(Some(usual), Node::as_str);
        let Item { node, beneath, .. } = self.0;
        let other = node.get(key).is_some() && beneath.is_some_and(|beneath| choice(beneath) != choice(node));
        if other { Self(Item { beneath: None, ..self.0 }) } else { self }
    }

    /// The entry of one key, the own one before the one beneath.
    pub(super) fn get<'t>(&'t self, key: &str) -> Option<Item<'t, 'd>> {
        let beneath = self.0.beneath.and_then(|table| table.get(key));
        match self.0.node.get(key) {
            Some(own) => Some(self.item(own, beneath, false)),
            None => beneath.map(|beneath| self.item(beneath, None, true)),
        }
    }

    /// All entries in the order in which they are written, those of the table beneath first.
    pub(super) fn items<'t>(&'t self) -> impl Iterator<Item = Item<'t, 'd>> {
        let beneath = self.0.beneath.into_iter().flat_map(Node::children);
        let beneath = beneath.map(|beneath| match self.0.node.get(beneath.key()) {
            Some(own) => self.item(own, Some(beneath), false),
            None => self.item(beneath, None, true),
        });
        let is_new = |own: &Node<'d>| self.0.beneath.is_none_or(|table| table.get(own.key()).is_none());
        let own = self.0.node.children().filter(is_new).map(|own| self.item(own, None, false));
        beneath.chain(own)
    }

    /// The entries with keys that the reference has; any other is reported. A decoder that walks them cannot know a key that
    /// the schema and the documentation do not have.
    pub(super) fn items_of<'t, F>(
        &'t self,
        keys: &'static [Key<F>],
    ) -> impl Iterator<Item = Item<'t, 'd>> + use<'t, 'p, 'd, F> {
        self.items_of_or(keys, |_| false)
    }

    /// The same, where some unknown keys have a diagnostic of their own: `reports` returns whether it reported one.
    pub(super) fn items_of_or<'t, F>(
        &'t self,
        keys: &'static [Key<F>],
        reports: impl Fn(&Item<'t, 'd>) -> bool,
    ) -> impl Iterator<Item = Item<'t, 'd>> {
        self.items().filter(move |item| {
            let known = has(keys, item.key());
            if !known && !reports(item) {
                item.unknown(names(keys));
            }
            known
        })
    }

    /// How many entries it has itself.
    pub(super) fn own_len(&self) -> usize {
        self.0.node.len()
    }

    fn item<'t>(&'t self, node: Node<'d>, beneath: Option<Node<'d>>, inherited: bool) -> Item<'t, 'd> {
        let inherited = inherited || self.0.inherited;
        Item { node, beneath, inherited, path: self.0.path.key(node.key()), ..self.0 }
    }

    /// A diagnostic about this table.
    pub(super) fn error(&self, code: &'static Code, message: impl Into<String>) -> Diagnostic {
        let path = self.0.key_path();
        let error = Diagnostic::new(code, message);
        if path.0.is_empty() { error } else { error.at(path) }
    }

    /// Report a diagnostic, unless the table comes from `[defaults]`.
    pub(super) fn report(&self, diagnostic: impl FnOnce() -> Diagnostic) {
        self.0.report(diagnostic);
    }

    /// Report that a key is missing, with an example of how to write it.
    pub(super) fn missing(&self, key: &str, example: &str) {
        self.report(|| {
            let path = self.0.key_path();
            let place = if path.0.is_empty() { "stack.toml".to_owned() } else { path.to_string() };
            self.error(&MISSING_KEY, format!("{place} has no `{key}`"))
                .label(format!("`{key}` is missing"))
                .help(format!("add {example}"))
        });
    }

    /// Whether a key is there; reported where it is not.
    pub(super) fn requires_key(&self, key: &str, example: &str) -> bool {
        let is_there = self.get(key).is_some();
        if !is_there {
            self.missing(key, example);
        }
        is_there
    }
}

impl<'p, 'd> Item<'p, 'd> {
    /// Its key, or for an element the key of its array.
    pub(super) fn key(&self) -> &'p str {
        self.path.name()
    }

    /// Its path, for messages.
    pub(super) fn path(&self) -> String {
        self.path.to_key_path().to_string()
    }

    /// The path as plain data.
    pub(super) fn key_path(&self) -> KeyPath {
        self.path.to_key_path()
    }

    /// Whether keys that are not known are kept in it.
    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    /// The same, where keys that are not known are kept.
    pub(super) fn opened(self) -> Self {
        Self { open: true, ..self }
    }

    /// Whether Compose reads it, so that it may hold a variable.
    pub(super) fn is_given(&self) -> bool {
        self.given
    }

    /// Whether it comes from `[defaults]`.
    pub(super) fn is_inherited(&self) -> bool {
        self.inherited
    }

    /// Everything that views share.
    pub(super) fn context(&self) -> &'p Context {
        self.context
    }

    /// A diagnostic that points at the value.
    pub(super) fn error(&self, code: &'static Code, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, message).at(self.path.to_key_path())
    }

    /// A diagnostic that points at the key.
    pub(super) fn key_error(&self, code: &'static Code, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, message).at_key(self.path.to_key_path())
    }

    /// Report a diagnostic, unless the value comes from `[defaults]`.
    pub(super) fn report(&self, diagnostic: impl FnOnce() -> Diagnostic) {
        if !self.inherited {
            self.context.sink.report(diagnostic);
        }
    }

    /// Whether nothing is reported while this reads something.
    pub(super) fn reports_nothing(&self, read: impl FnOnce()) -> bool {
        let before = self.context.sink.count();
        read();
        self.context.sink.count() == before
    }

    /// Whether a condition holds; what is wrong where it does not is reported.
    pub(super) fn ensure(&self, condition: bool, otherwise: impl FnOnce() -> Diagnostic) -> bool {
        if !condition {
            self.report(otherwise);
        }
        condition
    }

    /// Report a diagnostic about a value that cannot be read.
    pub(super) fn reject<T>(&self, diagnostic: impl FnOnce() -> Diagnostic) -> Option<T> {
        self.report(diagnostic);
        None
    }

    /// Report a value of the wrong type; `expected` completes "must be ...".
    pub(super) fn wrong_type<T>(&self, expected: &str) -> Option<T> {
        self.reject(|| {
            if let Some(misplaced) = self.misplaced() {
                return misplaced;
            }
            let found = type_name(self.node.kind());
            self.error(&WRONG_TYPE, format!("{} must be {expected}, not {found}", self.path()))
                .label(format!("expected {expected}"))
                .together(format!("{{}} values of `{}` must be {expected}, not {found}", self.key()))
        })
    }

    /// Report a key that is none of `known`.
    pub(super) fn unknown<'k>(&self, known: impl IntoIterator<Item = &'k str> + Clone) {
        self.report(|| {
            if let Some(misplaced) = self.misplaced() {
                return misplaced;
            }
            let key = self.key();
            let path = self.path.to_key_path();
            let table = path.clone().parent();
            let place = if table.0.is_empty() {
                "at the top of stack.toml".to_owned()
            } else {
                format!("in {table}")
            };
            let error = self
                .key_error(&UNKNOWN_KEY, format!("unknown key `{key}` {place}"))
                .together(format!("{{}} tables have the unknown key `{key}`"));
            match nearest(key, known.clone()) {
                Some(near) => {
                    let error =
                        error.label(format!("did you mean `{near}`?")).help(format!("write `{near}`"));
                    match only_near(key, known.clone()) {
                        Some(near) => error.fix(Fix::Rename { key: path, to: near.to_owned() }),
                        None => error,
                    }
                }
                None => {
                    let known: Vec<&str> = known.into_iter().collect();
                    let error = error.label("not known here");
                    if known.len() > 12 {
                        error
                    } else {
                        error.help(format!("known keys: {}", known.join(", ")))
                    }
                }
            }
        });
    }

    /// The value as a table.
    pub(super) fn table(&self) -> Option<Table<'p, 'd>> {
        self.as_table().or_else(|| self.wrong_type("a table"))
    }

    /// The value as a table, where it is one.
    pub(super) fn as_table(&self) -> Option<Table<'p, 'd>> {
        let beneath = self.beneath.filter(|beneath| beneath.is_table());
        self.node.is_table().then_some(Table(Self { beneath, ..*self }))
    }

    /// The value of `[defaults]` beneath this one, where one of the two is a list of `KEY=value`: tables merge by themselves.
    pub(super) fn beneath_a_list(&self) -> Option<Self> {
        let beneath = self.beneath.filter(|beneath| beneath.is_array() || beneath.is_table())?;
        let lists = self.node.is_array() || beneath.is_array();
        lists.then_some(Self { node: beneath, beneath: None, inherited: true, ..*self })
    }

    /// The elements of an array.
    pub(super) fn list<'t>(&'t self) -> Option<Vec<Item<'t, 'd>>> {
        self.as_list().or_else(|| self.wrong_type("a list"))
    }

    /// What is made of the elements of an array, those left out that cannot be read.
    pub(super) fn each<T>(&self, read: impl Fn(&Item<'_, 'd>) -> Option<T>) -> Vec<T> {
        self.list().iter().flatten().filter_map(read).collect()
    }

    /// The elements of an array, where it is one.
    pub(super) fn as_list<'t>(&'t self) -> Option<Vec<Item<'t, 'd>>> {
        if !self.node.is_array() {
            return None;
        }
        let elements = self.node.children().enumerate().map(|(index, node)| Item {
            node,
            beneath: None,
            inherited: self.inherited,
            open: self.open,
            given: self.given,
            path: self.path.index(index),
            context: self.context,
        });
        Some(elements.collect())
    }
}

/// The type of a value with its article.
pub(super) fn type_name(value: Kind<'_>) -> &'static str {
    match value {
        Kind::Null => "null",
        Kind::String(_) => "a string",
        Kind::Integer(_) => "an integer",
        Kind::Float(_) => "a float",
        Kind::Boolean(_) => "a boolean",
        Kind::Date(_) => "a date",
        Kind::Array => "a list",
        Kind::Table => "a table",
    }
}
