//! The form of a value that a decoder of its own reads; what passes through to Compose has a [`Shape`].

use super::key::Key;
use crate::source::shape::Shape;

/// What a value looks like.
#[derive(Debug, Clone, Copy)]
pub(in crate::source) enum Form {
    /// As Compose takes it.
    Of(Shape),
    /// true or false, and no variable.
    Flag,
    /// A text that is a name.
    Name(Naming),
    /// A list of names of profiles.
    Profiles,
    /// A size with its unit, which a proof reads.
    Size,
    /// A size, or -1 for as much as there is.
    Swap,
    /// A number of CPUs above zero.
    Cpus,
    /// A whole number between these two, also as a text.
    Whole(i64, i64),
    /// A number from 0 to this.
    UpTo(f64),
    /// A length of time without variables.
    Span,
    /// A text that starts so.
    StartsWith(&'static [&'static str]),
    /// A whole number, or a text with a range of ports.
    PortRange,
    /// A text, or a whole number, which a decoder of its own judges.
    TextOrWhole,
    /// One of these texts and nothing else.
    Word(&'static [&'static str]),
    /// The condition of a dependency.
    Condition,
    /// A value of this form that a proof reads and Compose is given, or a variable that gives one.
    Given(&'static Self),
    /// Keys of whatever name, each with a value of this form; in words, what the keys are.
    Map(&'static str, &'static Self),
    /// A list of values of this form.
    List(&'static Self),
    /// Any of these forms.
    Either(&'static [Self]),
    /// A table with keys of its own.
    Table(&'static Table),
    /// The table of a service, used in two places.
    Service,
    /// Any of Compose's keys.
    Passthrough,
}

/// What a text names, and with it which letters it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::source) enum Naming {
    /// The project.
    Project,
    /// A container, also with variables.
    Container,
}

/// A table with keys of its own: what a decoder reads, and what it keeps.
#[derive(Debug, Clone, Copy)]
pub(in crate::source) struct Table {
    /// Keys that a decoder reads.
    pub(in crate::source) keys: &'static [Key<Form>],
    /// Keys that are kept for Compose.
    pub(in crate::source) kept: &'static [Key<Shape>],
    /// Whether `x-...` keys may hold anything.
    pub(in crate::source) extensions: bool,
    /// Whether it has `compose = { ... }`, which takes any other Compose key.
    pub(in crate::source) door: bool,
    /// What is required in addition to the required keys.
    pub(in crate::source) needs: Needs,
}

/// What a table must hold.
#[derive(Debug, Clone, Copy)]
pub(in crate::source) enum Needs {
    /// Nothing but its required keys.
    Nothing,
    /// One of these; a key of the second list only counts when it is true.
    OneOf(&'static [&'static str], &'static [&'static str]),
    /// Where the first key has the value, the second.
    Where(&'static str, &'static str, &'static str),
}

impl Table {
    /// A table of these keys alone.
    pub(in crate::source) const fn of(keys: &'static [Key<Form>]) -> Self {
        Self { keys, kept: &[], extensions: false, door: false, needs: Needs::Nothing }
    }

    /// A table of Compose: keys that are kept for it, extension keys, and `compose = { ... }`.
    pub(in crate::source) const fn keeping(self, kept: &'static [Key<Shape>]) -> Self {
        Self { kept, extensions: true, door: true, ..self }
    }

    /// The same without extension keys: Compose has none there.
    pub(in crate::source) const fn closed(self) -> Self {
        Self { extensions: false, ..self }
    }

    /// The same with something that must be there.
    pub(in crate::source) const fn needing(self, needs: Needs) -> Self {
        Self { needs, ..self }
    }
}
