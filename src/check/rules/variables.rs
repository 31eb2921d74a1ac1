//! Variables that have no value.

use std::collections::HashSet;

use super::Context;
use crate::{
    diag::{Allow, Code, Diagnostic, KeyPath},
    model::{
        texts,
        variable::{self, Variable},
    },
};

static REQUIRED_VARIABLE: Code = Code::error(
    "required-variable",
    Allow::Never(Allow::REFUSED),
    "\
`${NAME:?message}` asks for a variable that is not set (or is empty; with `?` alone, empty is enough). Compose refuses the \
stack, also when the service is not active and when the variable stands in a default that is not needed.

Set it in `.env` beside stack.toml or in the shell, or give it a default: `${NAME:-value}`.",
);

static UNSET_VARIABLE: Code = Code::warning(
    "unset-variable",
    "\
A variable has no value in the shell or in `.env`, and no default: Compose warns and puts nothing in its place.

Set it in `.env` beside stack.toml, give it a default (`${NAME:-value}`), or write `$$` where a dollar sign is meant.",
);

pub(super) static CODES: &[&Code] = &[&REQUIRED_VARIABLE, &UNSET_VARIABLE];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    if !context.project.document.text().contains('$') {
        return;
    }
    // A text from `[defaults]` is one place, and every service has it.
    let mut seen: HashSet<(Option<usize>, String)> = HashSet::new();
    texts::visit(context.stack, &mut |path, text| {
        if !text.contains('$') {
            return;
        }
        for variable in variable::variables(text).unwrap_or_default() {
            let Some(diagnostic) = judge(context, &path.to_key_path(), &variable) else { continue };
            let place = diagnostic.place.as_ref().and_then(|place| context.project.document.locate(place));
            if seen.insert((place.map(|span| span.start), variable.name)) {
                found.push(diagnostic);
            }
        }
    });
}

fn judge(context: &Context<'_>, path: &KeyPath, variable: &Variable) -> Option<Diagnostic> {
    let Variable { name, rest } = variable;
    let value = context.project.env.get(name);
    let required = match rest.as_str() {
        rest if rest.starts_with(":?") => value.is_none_or(String::is_empty),
        rest if rest.starts_with('?') => value.is_none(),
        "" if value.is_none() => false,
        _ => return None,
    };
    if required {
        let message = rest.trim_start_matches([':', '?']);
        let reason = if message.is_empty() { String::new() } else { format!(": {message}") };
        let message = format!("the required variable `{name}` has no value{reason}");
        Some(
            Diagnostic::new(&REQUIRED_VARIABLE, message)
                .together(format!(
                    "the required variable `{name}`, used in {{}} places, has no value{reason}"
                ))
                .at(path.clone())
                .why("Compose refuses the stack, whichever services are active")
                .help(format!(
                    "set `{name}` in .env or in the shell, or give it a default: `${{{name}:-value}}`"
                )),
        )
    } else if rest.is_empty() {
        Some(
            Diagnostic::new(&UNSET_VARIABLE, format!("the variable `{name}` has no value"))
                .together(format!("the variable `{name}`, used in {{}} places, has no value"))
                .at(path.clone())
                .why("Compose replaces it with nothing")
                .help(format!(
                    "set `{name}` in .env, give it a default with `${{{name}:-value}}`, or write `$$` for a dollar sign"
                )),
        )
    } else {
        None
    }
}
