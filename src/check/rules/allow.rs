//! Acknowledged warnings and allowed errors: `allow = { CODE = "reason" }`.

use std::collections::HashSet;

use indexmap::IndexMap;

use super::Context;
use crate::{
    diag::{Allow, Code, Diagnostic, KeyPath, Place, Segment, Severity, did_you_mean},
    model::Stack,
};

static UNKNOWN_CODE: Code = Code::error(
    "unknown-code",
    Allow::Never(Allow::ITSELF),
    "\
`allow` names a code that no diagnostic has, so it acknowledges nothing.

```toml
allow = { docker-socket = \"the runner starts a container for each build\" }
```",
);

static ERROR_ALLOWED: Code = Code::error(
    "error-allowed",
    Allow::Never(Allow::ITSELF),
    "\
`allow` names the code of an error that cannot be allowed: one that Compose refuses in every selection of profiles, that cannot be \
rendered, or that a proof depends on. Correct what it reports. The list at the top of this page says which errors can be allowed.",
);

static UNUSED_ALLOW: Code = Code::warning(
    "unused-allow",
    "\
`allow` acknowledges a warning or an error that does not occur: the reason outlived what it explains, and would hide the same finding \
when it comes back for another reason.

Remove the entry.",
);

pub(super) static CODES: &[&Code] = &[&UNKNOWN_CODE, &ERROR_ALLOWED, &UNUSED_ALLOW];

/// The tables that have an `allow` in each entry.
const TABLES: [&str; 6] = ["services", "profiles", "volumes", "networks", "secrets", "configs"];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    // An entry of `[defaults]` is one place, and every service has it.
    let mut seen = HashSet::new();
    for (owner, code, known) in entries(context) {
        let at = owner.key("allow").key(code);
        let diagnostic = match known.map(|known| known.allow) {
            Some(Allow::Never(reason)) => {
                Diagnostic::new(&ERROR_ALLOWED, format!("`{code}` is an error that cannot be allowed"))
                    .label("cannot be allowed")
                    .why(reason)
                    .help("correct what it reports, and remove it from `allow`")
            }
            Some(_) => continue,
            None => {
                let known = context.codes.iter().filter(|known| !matches!(known.allow, Allow::Never(_)));
                let help = did_you_mean(code, known.map(|known| known.name)).unwrap_or_else(|| {
                    "a code stands in the brackets of `warning[...]` and `error[...]`".to_owned()
                });
                Diagnostic::new(&UNKNOWN_CODE, format!("`allow` names `{code}`, which is not a code"))
                    .together(format!("{{}} entries of `allow` name `{code}`, which is not a code"))
                    .label("no such code")
                    .why("it acknowledges nothing")
                    .help(help)
            }
        };
        if seen
            .insert((context.project.document.locate(&Place::Key(at.clone())).map(|span| span.start), code))
        {
            found.push(diagnostic.at_key(at));
        }
    }
}

/// Drop the warnings that stack.toml acknowledges, make notes of the errors that it allows, and add a warning for each
/// entry that does neither. In a Compose file, which has no `allow`, the errors that could be allowed are warnings.
pub(in crate::check) fn acknowledge(context: &Context<'_>, found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut used: HashSet<(KeyPath, &str)> = HashSet::new();
    let mut kept = Vec::with_capacity(found.len());
    for mut diagnostic in found {
        if let Some(owner) = acknowledged(context, &diagnostic) {
            used.insert((owner, diagnostic.code.name));
            if diagnostic.severity != Severity::Error {
                continue;
            }
            match refusal(context, &diagnostic) {
                None => diagnostic.severity = Severity::Note,
                Some(reason) => {
                    let name = diagnostic.code.name;
                    let why = diagnostic.why.map(|why| format!("{why}; ")).unwrap_or_default();
                    diagnostic.why = Some(format!("{why}`allow` does not take this `{name}`: {reason}"));
                }
            }
        }
        // What `stackctl import` would allow: Compose accepts it.
        let is_compose = context.project.document.is_compose() && diagnostic.severity == Severity::Error;
        if is_compose
            && owner(&diagnostic).is_some_and(|(table, _)| TABLES.contains(&table))
            && refusal(context, &diagnostic).is_none()
        {
            diagnostic.severity = Severity::Warning;
        }
        kept.push(diagnostic);
    }
    let document = context.project.document;
    let place = |owner: &KeyPath, code: &str| {
        document.locate(&Place::Key(owner.key("allow").key(code))).map(|span| span.start)
    };
    // An entry of `[defaults]` is used when one service uses it.
    let mut places: HashSet<(Option<usize>, &str)> =
        used.iter().map(|(owner, code)| (place(owner, code), *code)).collect();
    for (owner, code, known) in entries(context) {
        let takes = known.is_some_and(|known| !matches!(known.allow, Allow::Never(_)));
        if takes && !used.contains(&(owner.clone(), code)) && places.insert((place(&owner, code), code)) {
            let message = format!("`allow` acknowledges `{code}`, which does not occur");
            kept.push(
                Diagnostic::new(&UNUSED_ALLOW, message)
                    .together("{} entries of `allow` acknowledge what does not occur")
                    .at_key(owner.key("allow").key(code))
                    .why("it would hide the same finding when it comes back for another reason")
                    .help("remove it"),
            );
        }
    }
    kept
}

/// Why an error cannot be allowed.
fn refusal(context: &Context<'_>, diagnostic: &Diagnostic) -> Option<&'static str> {
    match diagnostic.allow {
        Allow::Anywhere | Allow::UntilUp => None,
        Allow::Never(reason) => Some(reason),
        Allow::OutsideCore => {
            let always = match &diagnostic.combination {
                Some(profiles) => profiles.is_empty(),
                None => owner(diagnostic)
                    .is_some_and(|(table, name)| table == "services" && context.reach.is_core(name)),
            };
            always.then_some("Compose refuses every selection of profiles")
        }
    }
}

/// The allowed errors that end `up` of one selection, as errors: those that make Compose refuse it, and two containers on one
/// port. The rules judge that selection alone ([`super::Reach::only`]); what is not about a combination occurs where the
/// service that it points into is active.
pub(in crate::check) fn stopping(
    context: &Context<'_>,
    found: Vec<Diagnostic>,
    selected: &[&str],
) -> Vec<Diagnostic> {
    let stops = |diagnostic: &Diagnostic| {
        diagnostic.severity == Severity::Note
            && matches!(diagnostic.allow, Allow::UntilUp | Allow::OutsideCore)
    };
    let combination = context.reach.combination(selected);
    let occurs = |diagnostic: &Diagnostic| match owner(diagnostic) {
        _ if diagnostic.combination.is_some() => true,
        Some(("services", name)) => context.reach.is_active(name, &combination),
        Some(("profiles", name)) => context.reach.is_enabled(name, &combination),
        _ => true,
    };
    let mut stopping = acknowledge(context, found);
    stopping.retain(|diagnostic| stops(diagnostic) && occurs(diagnostic));
    for diagnostic in &mut stopping {
        diagnostic.severity = Severity::Error;
        diagnostic.help =
            Some("select other profiles, or correct it: what is allowed is not made to work".to_owned());
    }
    stopping
}

/// Every entry of every `allow`: its table's path, the code's name, and the code where there is one.
fn entries<'c, 'a: 'c>(
    context: &'c Context<'a>,
) -> impl Iterator<Item = (KeyPath, &'a str, Option<&'static Code>)> + use<'c, 'a> {
    let (stack, known) = (context.stack, &context.codes);
    TABLES.into_iter().flat_map(move |table| {
        let found = tables(stack, table).into_iter().flat_map(|(name, allow)| {
            allow.keys().map(|code| {
                let known = known.iter().copied().find(|known| known.name == code);
                (KeyPath::from([table, name]), code.as_str(), known)
            })
        });
        found.collect::<Vec<_>>()
    })
}

/// What one of [`TABLES`] holds: a name and its `allow`.
fn tables<'a>(stack: &'a Stack, table: &str) -> Vec<(&'a str, &'a IndexMap<String, String>)> {
    match table {
        "services" => stack.services.iter().map(|(name, it)| (name.as_str(), &it.allow)).collect(),
        "profiles" => stack.profiles.iter().map(|(name, it)| (name.as_str(), &it.allow)).collect(),
        "volumes" => stack.volumes.iter().map(|(name, it)| (name.as_str(), &it.allow)).collect(),
        "networks" => stack.networks.iter().map(|(name, it)| (name.as_str(), &it.allow)).collect(),
        "secrets" => stack.secrets.iter().map(|(name, it)| (name.as_str(), &it.allow)).collect(),
        _ => stack.configs.iter().map(|(name, it)| (name.as_str(), &it.allow)).collect(),
    }
}

/// The table and the name that a diagnostic points into.
fn owner(diagnostic: &Diagnostic) -> Option<(&str, &str)> {
    let (Place::Value(path) | Place::Key(path)) = diagnostic.place.as_ref()? else { return None };
    match path.0.as_slice() {
        [Segment::Key(table), Segment::Key(name), ..] => Some((table, name)),
        _ => None,
    }
}

/// The table that acknowledges a diagnostic: the one that it points into.
fn acknowledged(context: &Context<'_>, diagnostic: &Diagnostic) -> Option<KeyPath> {
    let (table, name) = owner(diagnostic)?;
    let stack = context.stack;
    let allow = match table {
        "services" => &stack.services.get(name)?.allow,
        "profiles" => &stack.profiles.get(name)?.allow,
        "volumes" => &stack.volumes.get(name)?.allow,
        "networks" => &stack.networks.get(name)?.allow,
        "secrets" => &stack.secrets.get(name)?.allow,
        "configs" => &stack.configs.get(name)?.allow,
        _ => return None,
    };
    allow.contains_key(diagnostic.code.name).then(|| KeyPath::from([table, name]))
}
