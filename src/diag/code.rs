//! Diagnostic codes.

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The stack is wrong: nothing is rendered or started.
    Error,
    /// The stack works, and the user should know; `allow = { CODE = "reason" }` acknowledges it.
    Warning,
    /// An error that stack.toml allows, or of itself a hint: what works, and could work better.
    Note,
}

impl Severity {
    /// Its name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// Whether `allow` takes the findings of a code. The measure is `docker compose config`: what it accepts in at least one
/// selection of profiles, and what can be rendered, can be allowed. Every warning can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allow {
    /// Compose accepts every selection.
    Anywhere,
    /// The same, or Compose accepts one selection at least; `up` of a selection in which it occurs ends with it.
    UntilUp,
    /// Compose refuses every selection in which it occurs. Allowed where one is left, so not in what is always active;
    /// `up` of a selection in which it occurs ends with it.
    OutsideCore,
    /// Never, and why: completes "it cannot be allowed: ".
    Never(&'static str),
}

impl Allow {
    /// Compose refuses the file, whatever is selected.
    pub const REFUSED: &'static str = "Compose refuses it";
    /// Decoding dropped it.
    pub const UNREAD: &'static str = "what is not understood cannot be rendered";
    /// There is no text to write.
    pub const NOT_RENDERED: &'static str = "it cannot be rendered";
    /// `[traffic]`, which is not Compose's.
    pub const TRAFFIC: &'static str = "the traffic generator refuses the table";
    /// Something would leave the folder it belongs to.
    pub const LEAVES_ITS_PLACE: &'static str = "a path or a secret would leave its place";
    /// One container asks for more than the machine of the budget.
    pub const OVER_BUDGET: &'static str = "the machine of the budget has no more";
    /// Profiles as stackctl has them: a Compose file has neither `includes` nor overlays.
    pub const PROFILES: &'static str = "the proof of the budget would not hold for every selection";
    /// `allow` itself is wrong.
    pub const ITSELF: &'static str = "it is about `allow` itself";
    /// A finding about the stack as a whole.
    pub const NO_PLACE: &'static str = "it belongs to no table that has an `allow`";
}

/// A diagnostic code: declared next to the rule that reports it, listed in docs/diagnostics.md.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// Kebab-case, stable, unique: `unknown-key`. Also the key of `allow`.
    pub name: &'static str,
    /// The severity of every diagnostic with this code that is not allowed.
    pub severity: Severity,
    /// Whether `allow` takes it.
    pub allow: Allow,
    /// Its section of docs/diagnostics.md in Markdown, without the heading: what it means, why it matters (what
    /// Compose or the engine does), what to do, with a small example.
    pub docs: &'static str,
}

impl Code {
    /// An error, and whether `allow` takes it.
    pub const fn error(name: &'static str, allow: Allow, docs: &'static str) -> Self {
        Self { name, severity: Severity::Error, allow, docs }
    }

    /// A warning: `allow` takes every one.
    pub const fn warning(name: &'static str, docs: &'static str) -> Self {
        Self { name, severity: Severity::Warning, allow: Allow::Anywhere, docs }
    }

    /// A hint, likewise.
    pub const fn hint(name: &'static str, docs: &'static str) -> Self {
        Self { name, severity: Severity::Note, allow: Allow::Anywhere, docs }
    }
}
