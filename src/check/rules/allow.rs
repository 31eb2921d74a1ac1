//! Acknowledged warnings: `allow = { CODE = "reason" }`.

use std::collections::HashSet;

use super::Context;
use crate::diag::{Code, Diagnostic, KeyPath, Place, Segment, Severity, did_you_mean};

static UNKNOWN_CODE: Code = Code {
    name: "unknown-code",
    severity: Severity::Error,
    docs: "\
`allow` names a code that no diagnostic has, so it acknowledges nothing.

```toml
allow = { docker-socket = \"the runner starts a container for each build\" }
```",
};

static ERROR_ALLOWED: Code = Code {
    name: "error-allowed",
    severity: Severity::Error,
    docs: "\
`allow` names the code of an error. Warnings say that something works and surprises, and can be acknowledged with a reason; \
an error says that something cannot work or cannot be proved, and has to be corrected.",
};

static UNUSED_ALLOW: Code = Code {
    name: "unused-allow",
    severity: Severity::Warning,
    docs: "\
`allow` acknowledges a warning that does not occur: the reason outlived what it explains, and would hide the same warning \
when it comes back for another reason.

Remove the entry.",
};

pub(super) static CODES: &[&Code] = &[&UNKNOWN_CODE, &ERROR_ALLOWED, &UNUSED_ALLOW];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    // An entry of `[defaults]` is one place, and every service has it.
    let mut seen = HashSet::new();
    for (owner, code, known) in entries(context) {
        let at = owner.key("allow").key(code);
        let diagnostic = match known {
            Some(known) if known.severity == Severity::Warning => continue,
            Some(_) => Diagnostic::new(&ERROR_ALLOWED, format!("`{code}` is an error and cannot be acknowledged"))
                .label("an error")
                .why("an error says that something cannot work or cannot be proved")
                .help("correct what it reports, and remove it from `allow`"),
            None => {
                let warnings = context.codes.iter().filter(|known| known.severity == Severity::Warning);
                let help = did_you_mean(code, warnings.map(|known| known.name))
                    .unwrap_or_else(|| "a code stands in the brackets of `warning[...]`".to_owned());
                Diagnostic::new(&UNKNOWN_CODE, format!("`allow` names `{code}`, which is not a code"))
                    .label("no such code")
                    .why("it acknowledges nothing")
                    .help(help)
            }
        };
        if seen.insert((context.project.document.locate(&Place::Key(at.clone())).map(|span| span.start), code)) {
            found.push(diagnostic.at_key(at));
        }
    }
}

/// Drop the warnings that stack.toml acknowledges, and add one for each entry that acknowledges nothing.
pub(in crate::check) fn acknowledge(context: &Context<'_>, found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut used: HashSet<(KeyPath, &str)> = HashSet::new();
    let mut kept = Vec::with_capacity(found.len());
    for diagnostic in found {
        match acknowledged(context, &diagnostic) {
            Some(owner) if diagnostic.severity == Severity::Warning => {
                used.insert((owner, diagnostic.code.name));
            }
            _ => kept.push(diagnostic),
        }
    }
    let document = context.project.document;
    let place = |owner: &KeyPath, code: &str| {
        document.locate(&Place::Key(owner.key("allow").key(code))).map(|span| span.start)
    };
    // An entry of `[defaults]` is used when one service uses it.
    let mut places: HashSet<(Option<usize>, &str)> =
        used.iter().map(|(owner, code)| (place(owner, code), *code)).collect();
    for (owner, code, known) in entries(context) {
        let is_warning = known.is_some_and(|known| known.severity == Severity::Warning);
        if is_warning && !used.contains(&(owner.clone(), code)) && places.insert((place(&owner, code), code)) {
            kept.push(
                Diagnostic::new(&UNUSED_ALLOW, format!("`allow` acknowledges `{code}`, which does not occur"))
                    .at_key(owner.key("allow").key(code))
                    .why("it would hide the same warning when it comes back for another reason")
                    .help("remove it"),
            );
        }
    }
    kept
}

/// Every entry of every `allow`: its service or profile, the code's name, and the code where there is one.
fn entries<'c, 'a: 'c>(
    context: &'c Context<'a>,
) -> impl Iterator<Item = (KeyPath, &'a str, Option<&'static Code>)> + use<'c, 'a> {
    let (stack, known) = (context.stack, &context.codes);
    let services = stack.services.iter().map(|(name, service)| ("services", name, &service.allow));
    let profiles = stack.profiles.iter().map(|(name, profile)| ("profiles", name, &profile.allow));
    services.chain(profiles).flat_map(move |(table, name, allow)| {
        let found = allow.keys().map(|code| {
            let known = known.iter().copied().find(|known| known.name == code);
            (KeyPath::from([table, name.as_str()]), code.as_str(), known)
        });
        found.collect::<Vec<_>>()
    })
}

/// The service or profile that acknowledges a diagnostic: the one that it points into.
fn acknowledged(context: &Context<'_>, diagnostic: &Diagnostic) -> Option<KeyPath> {
    let (Place::Value(path) | Place::Key(path)) = diagnostic.place.as_ref()? else { return None };
    let [Segment::Key(table), Segment::Key(name), ..] = path.0.as_slice() else { return None };
    let allow = match table.as_str() {
        "services" => &context.stack.services.get(name)?.allow,
        "profiles" => &context.stack.profiles.get(name)?.allow,
        _ => return None,
    };
    allow.contains_key(diagnostic.code.name).then(|| KeyPath::from([table.as_str(), name.as_str()]))
}
