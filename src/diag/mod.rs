//! A diagnostic as plain data: what is wrong, where, why it matters and what to do. Knows no TOML and prints nothing.

mod code;
mod fix;
mod nearest;
mod path;
mod together;

pub use code::{Allow, Code, Severity};
pub use fix::Fix;
pub use nearest::{did_you_mean, is_one_edit_away, nearest, only_near};
pub use path::{KeyPath, Segment, service_path};
pub use together::{Together, join};

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
    /// The other places in which the same is wrong, each with its label, possibly empty.
    pub places: Vec<(Place, String)>,
    /// Other places that belong to it, each with a few words.
    pub related: Vec<(Place, String)>,
    /// Why it matters: what Compose or the engine would do.
    pub why: Option<String>,
    /// What to do about it.
    pub help: Option<String>,
    /// A profile combination in which it happens; empty is the default. `None` where it does not depend on profiles.
    pub combination: Option<Vec<String>>,
    /// How several of its kind read as one ([`join`]); `None` where each is reported on its own.
    pub together: Option<Together>,
    /// The changes to stack.toml that answer it, where there is one answer.
    pub fixes: Vec<Fix>,
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

impl Place {
    /// The service that the table belongs to.
    pub fn service(&self) -> Option<&str> {
        let (Self::Value(path) | Self::Key(path)) = self else { return None };
        match path.0.as_slice() {
            [Segment::Key(table), Segment::Key(name), ..] if table == "services" => Some(name),
            _ => None,
        }
    }
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
            places: Vec::new(),
            related: Vec::new(),
            why: None,
            help: None,
            combination: None,
            together: None,
            fixes: Vec::new(),
        }
    }

    /// Whether it is an error that stack.toml allows.
    pub fn is_allowed(&self) -> bool {
        self.severity == Severity::Note && self.code.severity != Severity::Note
    }

    /// Every place that it has.
    pub fn all_places(&self) -> impl Iterator<Item = &Place> {
        let others = self.places.iter().chain(&self.related).map(|(place, _)| place);
        self.place.iter().chain(others)
    }

    /// The same, to be changed.
    pub fn all_places_mut(&mut self) -> impl Iterator<Item = &mut Place> {
        let others = self.places.iter_mut().chain(&mut self.related).map(|(place, _)| place);
        self.place.iter_mut().chain(others)
    }

    /// Every text of it that is shown, to be changed.
    pub fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let Self { message, label, places, related, why, help, together, .. } = self;
        let labels = places.iter_mut().chain(related).map(|(_, label)| label);
        let together =
            together.iter_mut().flat_map(|it| std::iter::once(&mut it.message).chain(&mut it.help));
        [message, label].into_iter().chain(why).chain(help).chain(labels).chain(together)
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

    /// How several of its kind read as one: `{}` stands for their number.
    #[must_use]
    pub fn together(mut self, message: impl Into<String>) -> Self {
        self.together = Some(Together { message: message.into(), help: None });
        self
    }

    /// The same, with one help for all of them: each has a help of its own.
    #[must_use]
    pub fn together_with(mut self, message: impl Into<String>, help: impl Into<String>) -> Self {
        self.together = Some(Together { message: message.into(), help: Some(help.into()) });
        self
    }

    /// A change that answers it.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fixes.push(fix);
        self
    }

    /// The profile combination in which it happens.
    #[must_use]
    pub fn in_combination(mut self, profiles: Vec<String>) -> Self {
        self.combination = Some(profiles);
        self
    }
}
