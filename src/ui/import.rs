//! What `import` reports.

use serde::Serialize;

use crate::{
    diag::{Diagnostic, Place, Severity},
    source::compose::translate::{Action, Decision},
    text::{counted, counts},
};

/// `--format json`.
#[derive(Debug, Default, Serialize)]
pub struct Report<'a> {
    /// The file that was written; `None` where none was.
    pub output: Option<String>,
    /// The Compose files that were read.
    pub files: Vec<String>,
    /// How many services there are.
    pub services: usize,
    /// What Compose compared; `None` where it was not asked.
    pub verified: Option<Verified>,
    /// What was done beside copying.
    pub decisions: Vec<Line<'a>>,
}

/// How much was compared.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Verified {
    /// Selections of profiles.
    pub selections: usize,
    /// Environments: the present one, and one with other values.
    pub environments: usize,
    /// Paths that differ.
    pub differences: usize,
}

/// One decision.
#[derive(Debug, Serialize)]
pub struct Line<'a> {
    action: &'static str,
    path: &'a str,
    from: Option<&'a str>,
    to: Option<&'a str>,
    code: &'static str,
    file: Option<String>,
    line: Option<usize>,
    help: Option<&'a str>,
}

impl<'a> Line<'a> {
    /// A decision, with its file and line.
    pub fn new(decision: &'a Decision, at: Option<(String, usize)>) -> Self {
        let (file, line) = at.map_or((None, None), |(file, line)| (Some(file), Some(line)));
        Self {
            action: decision.action.as_str(),
            path: &decision.path,
            from: decision.from.as_deref(),
            to: decision.to.as_deref(),
            code: decision.code.name,
            file,
            line,
            help: decision.help.as_deref(),
        }
    }

    /// What stackctl refuses, which is not in the result either.
    pub fn refused(diagnostic: &'a Diagnostic, at: Option<(String, usize)>) -> Self {
        let (file, line) = at.map_or((None, None), |(file, line)| (Some(file), Some(line)));
        Self {
            action: Action::Lost.as_str(),
            path: "",
            from: Some(&diagnostic.message),
            to: None,
            code: diagnostic.code.name,
            file,
            line,
            help: diagnostic.help.as_deref(),
        }
    }
}

/// The decisions as diagnostics for people: each that was lost, the others by kind, one for many places. What is only written in
/// another way is left out unless `all`.
pub fn diagnostics(
    decisions: &[Decision],
    place: impl Fn(&Decision) -> Option<Place>,
    all: bool,
) -> Vec<Diagnostic> {
    let mut found: Vec<(String, Diagnostic, usize)> = Vec::new();
    for decision in decisions {
        let at = place(decision);
        let kind = kind(decision);
        if !all && decision.action == Action::Changed && decision.code.name != "renamed-profile" {
            continue;
        }
        if let Some((_, first, more)) = found.iter_mut().find(|(known, ..)| *known == kind) {
            *more += 1;
            first.related.extend(at.map(|at| (at, decision.message.clone())));
            continue;
        }
        let mut diagnostic = Diagnostic::new(decision.code, decision.message.clone());
        diagnostic.place = at;
        diagnostic.help.clone_from(&decision.help);
        diagnostic.why = between(decision);
        if decision.action != Action::Lost {
            diagnostic.severity = Severity::Note;
        }
        found.push((kind, diagnostic, 0));
    }
    found
        .into_iter()
        .map(|(_, mut diagnostic, more)| {
            if more > 0 {
                diagnostic.message = format!("{}, and {} more like it", diagnostic.message, more);
            }
            diagnostic
        })
        .collect()
}

/// What makes decisions one finding: of what was lost nothing.
fn kind(decision: &Decision) -> String {
    let code = decision.code.name;
    match (decision.action, &decision.to) {
        (Action::Lost, _) => format!("{code} {} {}", decision.path, decision.message),
        // `services.web.allow.CODE`
        (Action::Added, Some(to)) => format!("{code} {}", to.rsplit('.').next().unwrap_or_default()),
        _ => code.to_owned(),
    }
}

fn between(decision: &Decision) -> Option<String> {
    if decision.action != Action::Lost {
        return None;
    }
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
    Some(format!(
        "the Compose files resolve to {}, stack.toml to {}",
        text(&decision.from),
        text(&decision.to)
    ))
}

/// `3 values resolved, 12 respelled`: how many decisions there are of each kind; `None` without any.
pub fn summary(decisions: &[Decision]) -> Option<String> {
    let count = |action: Action| decisions.iter().filter(|it| it.action == action).count();
    let summary = counts([
        (count(Action::Lost), "lost"),
        (count(Action::Added), "added"),
        (count(Action::Resolved), "resolved"),
        (count(Action::Changed), "written in another way"),
    ]);
    Some(summary).filter(|summary| !summary.is_empty())
}

/// What was compared, in a sentence.
pub fn compared(verified: Verified) -> String {
    let Verified { selections, environments, differences } = verified;
    let over = format!("{} in {}", counted(selections, "selection"), counted(environments, "environment"));
    match differences {
        0 => format!("compared by Compose: {over}, no difference"),
        some => format!("compared by Compose: {over}, {}", counted(some, "difference")),
    }
}

/// Whether a finding keeps the result from being written.
pub fn is_error(diagnostic: &Diagnostic) -> bool {
    diagnostic.severity == Severity::Error
}
