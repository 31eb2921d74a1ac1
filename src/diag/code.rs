//! Diagnostic codes.

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The stack is wrong: nothing is rendered or started.
    Error,
    /// The stack works, and the user should know; `allow = { CODE = "reason" }` acknowledges it.
    Warning,
}

impl Severity {
    /// Its name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// A diagnostic code: declared next to the rule that reports it, listed in docs/diagnostics.md.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// Kebab-case, stable, unique: `unknown-key`. Also the key of `allow`.
    pub name: &'static str,
    /// The severity of every diagnostic with this code.
    pub severity: Severity,
    /// Its section of docs/diagnostics.md in Markdown, without the heading: what it means, why it matters (what
    /// Compose or the engine does), what to do, with a small example.
    pub docs: &'static str,
}
