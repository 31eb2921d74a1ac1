//! The text of the new stack.toml, judged as `validate` will judge it.

use std::{collections::HashSet, path::Path};

use indexmap::IndexMap;

use super::{
    additions::{self, Additions},
    allow::{self, Allowed},
};
use crate::{
    check::{self, env::Environment},
    diag::{Diagnostic, Place, Severity},
    render,
    resolve::Profiles,
    source::{
        self, Parsed,
        compose::{
            Source,
            node::{self, Comments, Entry, Node, Value},
            translate::{self, Action, Decision, Options, Translated},
            write::write,
        },
    },
};

/// More rounds than findings follow from each other.
const ROUNDS: usize = 8;

/// A merged Compose file with what is around it.
pub struct Request<'a> {
    /// The tree in Compose's shape.
    pub tree: Node,
    /// The files that were read.
    pub files: &'a [Source],
    /// The name that Compose gives the project.
    pub name: &'a str,
    /// What `COMPOSE_PROFILES` enables.
    pub enabled: &'a [String],
    /// The folder of the new stack.toml.
    pub root: &'a Path,
    /// What Compose interpolates.
    pub environment: &'a Environment,
    /// What is added on request.
    pub additions: Additions,
}

/// What an import gives.
#[derive(Debug)]
pub struct Imported {
    /// The text of stack.toml.
    pub text: String,
    /// The same, read back.
    pub parsed: Parsed,
    /// What was done beside copying.
    pub decisions: Vec<Decision>,
    /// Every finding about the result that is not allowed by it, at its place in the Compose files. With an error among them, the
    /// Compose file cannot be imported.
    pub diagnostics: Vec<Diagnostic>,
    /// The profiles as Compose and as stack.toml call them.
    pub profiles: IndexMap<String, String>,
}

impl Imported {
    /// Whether the result is a stack that `validate` accepts.
    pub fn is_valid(&self) -> bool {
        self.diagnostics.iter().all(|found| found.severity != Severity::Error)
    }
}

/// Import.
pub fn import(request: Request<'_>) -> Imported {
    let Request { tree, files, name, enabled, root, environment, additions } = request;
    let lookup = |name: &str| environment.values.get(name).map(String::as_str);
    let is_anchor = |entry: &Entry| {
        let text = files.get(entry.key_place.file).map_or("", |file| file.text.as_str());
        let end = entry.value.place.span.end.max(entry.key_place.span.end);
        let written = text.get(entry.key_place.span.start..end).unwrap_or_default();
        holds_anchor(written)
    };
    let options = Options { name, enabled, lookup: &lookup, is_anchor: &is_anchor };
    let Translated { mut tree, mut decisions, refused, profiles } = translate::translate(tree, &options);
    additions::add(&mut tree, &additions, &mut decisions);
    if !has_limits(&tree) {
        how_to_get_a_budget(&mut tree);
    }
    let places = Places { files };
    let (mut written, mut hopeless) = (Vec::new(), HashSet::new());
    let mut rounds = 0;
    let (text, parsed, found) = loop {
        let text = write(&tree);
        let parsed = source::parse_given(text.as_bytes(), &environment.proof_values());
        let found = judge(&parsed, root, environment);
        let back = allow::not_taken(&found, &written);
        for allowed in &back {
            allow::take_back(&mut tree, allowed);
            written.retain(|it| it != allowed);
        }
        hopeless.extend(back.iter().cloned());
        let more = allow::allowable(&found, &hopeless);
        rounds += 1;
        if (more.is_empty() && back.is_empty()) || rounds > ROUNDS {
            break (text, parsed, found);
        }
        for (allowed, finding) in more {
            let at = finding.place.as_ref().and_then(|place| place_of(&tree, place));
            let from = at.as_ref().map_or_else(|| "the Compose file".to_owned(), |at| places.line(at));
            allow::allow(&mut tree, &allowed, &format!("imported from {from}"));
            allow::propose_excludes(&mut tree, finding);
            decisions.push(decision(&allowed, finding, at));
            written.push(allowed);
        }
    };
    decisions
        .retain(|it| it.action != Action::Added || it.to.as_ref().is_none_or(|to| !is_back(to, &hopeless)));
    let mut diagnostics: Vec<Diagnostic> =
        refused.into_iter().map(|(at, found)| found.place(places.place(&at))).collect();
    diagnostics.extend(found.into_iter().map(|found| places.relocate(found, &tree)));
    Imported { text, parsed, decisions, diagnostics, profiles }
}

fn is_back(to: &str, hopeless: &HashSet<Allowed>) -> bool {
    hopeless.iter().any(|it| to == entry(it))
}

fn entry(allowed: &Allowed) -> String {
    format!("{}.allow.{}", allow::shown(allowed), allowed.code)
}

fn decision(allowed: &Allowed, finding: &Diagnostic, at: Option<node::Place>) -> Decision {
    let message = format!("{} allows `{}`: {}", allow::shown(allowed), allowed.code, finding.message);
    let decision =
        Decision::new(Action::Added, &translate::ADDED, allow::shown(allowed), message).to(entry(allowed));
    let decision = match &finding.help {
        Some(help) => decision.help(help.clone()),
        None => decision,
    };
    Decision { place: at, ..decision }
}

/// Everything that `validate` would report of it.
fn judge(parsed: &Parsed, root: &Path, environment: &Environment) -> Vec<Diagnostic> {
    let mut found = parsed.diagnostics.clone();
    if parsed.is_whole {
        let Parsed { stack, document, text, .. } = parsed;
        found.extend(environment.diagnostics.iter().cloned());
        let env = &environment.values;
        found.extend(check::run(&check::Project { root, stack, document, env, codes: render::CODES }));
        if found.iter().all(|it| it.severity != Severity::Error) {
            found.extend(render::mistakes(root, &Profiles::new(stack)));
        }
        check::mask::mask(&mut found, &environment.private, stack, text);
    }
    found
}

/// Whether YAML holds `&NAME` where a value begins.
fn holds_anchor(text: &str) -> bool {
    text.lines().any(|line| {
        let code = line.split(" #").next().unwrap_or_default();
        code.match_indices('&').any(|(at, _)| {
            let before = code[..at].trim_end();
            let begins = before.is_empty() || before.ends_with([':', '-', ',', '[', '{']);
            begins && code[at + 1..].starts_with(|c: char| c.is_alphanumeric() || c == '_')
        })
    })
}

/// Whether any service has a limit.
fn has_limits(tree: &Node) -> bool {
    let services = tree.get("services").map_or(&[][..], Node::entries);
    services.iter().any(|service| service.value.get("limits").is_some())
}

/// The comment in the place of `[budget]`.
fn how_to_get_a_budget(tree: &mut Node) {
    let lines = [
        "No service has a limit, so there is no [budget] and nothing to prove. Start the stack, then",
        "`stackctl budget suggest --write` measures it, and writes limits and a [budget] here.",
    ];
    let Value::Table(entries) = &mut tree.value else { return };
    let Some(first) = entries.iter_mut().find(|entry| matches!(entry.value.value, Value::Table(_))) else {
        return;
    };
    // A section that is written by the headers below it has none of its own.
    let target = match (&first.key[..], &mut first.value.value) {
        ("services" | "profiles", Value::Table(below)) if !below.is_empty() => &mut below[0].value.comments,
        _ => &mut first.value.comments,
    };
    let own = std::mem::take(target);
    let mut above: Vec<String> = lines.map(str::to_owned).into();
    above.push(String::new());
    above.extend(own.above);
    *target = Comments { above, ..own };
}

/// The places of the Compose files.
pub struct Places<'a> {
    /// The files by their number.
    pub files: &'a [Source],
}

impl Places<'_> {
    /// `docker-compose.yml:41`.
    pub fn line(&self, at: &node::Place) -> String {
        let Some(Source { path, text }) = self.files.get(at.file) else {
            return "the Compose file".to_owned();
        };
        let line =
            text.as_bytes()[..at.span.start.min(text.len())].iter().filter(|b| **b == b'\n').count() + 1;
        format!("{}:{line}", path.display())
    }

    /// The place for a report.
    pub fn place(&self, at: &node::Place) -> Place {
        let path = self.files.get(at.file).map(|file| file.path.clone()).unwrap_or_default();
        Place::File { path, span: Some(at.span.clone()) }
    }

    /// A finding about stack.toml, as one about the Compose files.
    fn relocate(&self, found: Diagnostic, tree: &Node) -> Diagnostic {
        let to_file = |place: Place| match place_of(tree, &place) {
            Some(at) => Some(self.place(&at)),
            None if matches!(place, Place::File { .. } | Place::Unshown { .. }) => Some(place),
            None => None,
        };
        let in_files = |places: Vec<(Place, String)>| {
            places.into_iter().filter_map(|(at, label)| Some((to_file(at)?, label))).collect()
        };
        Diagnostic {
            place: found.place.and_then(to_file),
            places: in_files(found.places),
            related: in_files(found.related),
            ..found
        }
    }
}

fn place_of(tree: &Node, place: &Place) -> Option<node::Place> {
    match place {
        Place::Value(path) | Place::Key(path) => translate::at(tree, path),
        _ => None,
    }
}
