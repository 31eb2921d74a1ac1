//! A diagnostic as plain data: what is wrong, where, why it matters and what to do. Knows no TOML and prints nothing.

mod code;
mod nearest;
mod path;

pub use code::{Allow, Code, Severity};
pub use nearest::{did_you_mean, is_one_edit_away, nearest};
pub use path::{KeyPath, Segment, service_path};

use std::{ops::Range, path::PathBuf};

/// One finding about a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The code, with its documentation.
    pub code: &'static Code,
    /// Normally the code's own severity; an allowed error is a note, and an acknowledged warning is not reported at all.
    pub severity: Severity,
    /// Normally the code's own.
    pub allow: Allow,
    /// One sentence without a full stop, lower case first: `unknown key "imge" in services.api`.
    pub message: String,
    /// What the caret points at; `None` for a finding about the stack as a whole.
    pub place: Option<Place>,
    /// The label at the caret, possibly empty.
    pub label: String,
    /// Other places that belong to it, each with a few words.
    pub related: Vec<(Place, String)>,
    /// Why it matters: what Compose or the engine would do.
    pub why: Option<String>,
    /// What to do about it.
    pub help: Option<String>,
    /// A profile combination in which it happens; empty is the default. `None` where it does not depend on profiles.
    pub combination: Option<Vec<String>>,
}

/// Where a diagnostic points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A value of stack.toml by its key path: looked up in the parsed document only when it is reported.
    Value(KeyPath),
    /// A key of stack.toml (the name itself rather than what it holds).
    Key(KeyPath),
    /// Bytes of stack.toml, for what has no key path (syntax).
    Span(Range<usize>),
    /// Bytes of another file of the project, such as a template.
    File {
        /// The file, relative to stack.toml's folder where it is inside it.
        path: PathBuf,
        /// The bytes; `None` for the file as a whole.
        span: Option<Range<usize>>,
    },
    /// A position in a file of values that are not to be shown, such as an env file: no report reads it.
    Unshown {
        /// The file, relative to stack.toml's folder where it is inside it.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
    },
}

impl Diagnostic {
    /// A diagnostic of `code` with its own severity and nothing else.
    pub fn new(code: &'static Code, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity,
            allow: code.allow,
            message: message.into(),
            place: None,
            label: String::new(),
            related: Vec::new(),
            why: None,
            help: None,
            combination: None,
        }
    }

    /// Whether `allow` takes this one, where it is not what the code says.
    #[must_use]
    pub fn allowed(mut self, allow: Allow) -> Self {
        self.allow = allow;
        self
    }

    /// Point the caret at a value of stack.toml.
    #[must_use]
    pub fn at(mut self, path: impl Into<KeyPath>) -> Self {
        self.place = Some(Place::Value(path.into()));
        self
    }

    /// Point the caret at a key of stack.toml.
    #[must_use]
    pub fn at_key(mut self, path: impl Into<KeyPath>) -> Self {
        self.place = Some(Place::Key(path.into()));
        self
    }

    /// Point the caret at any place.
    #[must_use]
    pub fn place(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// The label at the caret.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Another place that belongs to it.
    #[must_use]
    pub fn related(mut self, path: impl Into<KeyPath>, label: impl Into<String>) -> Self {
        self.related.push((Place::Value(path.into()), label.into()));
        self
    }

    /// Why it matters.
    #[must_use]
    pub fn why(mut self, why: impl Into<String>) -> Self {
        self.why = Some(why.into());
        self
    }

    /// What to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The profile combination in which it happens.
    #[must_use]
    pub fn in_combination(mut self, profiles: Vec<String>) -> Self {
        self.combination = Some(profiles);
        self
    }
}
