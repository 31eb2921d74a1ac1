//! Aggregates that include themselves.

use std::collections::HashSet;

use super::Context;
use crate::diag::{Code, Diagnostic, KeyPath, Severity};

static INCLUDE_CYCLE: Code = Code {
    name: "include-cycle",
    severity: Severity::Error,
    docs: "\
Following `includes` leads from a profile back to itself, so the profiles of the circle would all be the same one.

```toml
[profiles.full]
includes = [\"tracing\", \"all\"]
[profiles.all]
includes = [\"full\"]               # error: full -> all -> full
```

Remove one of the inclusions.",
};

pub(super) static CODES: &[&Code] = &[&INCLUDE_CYCLE];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let mut done = HashSet::new();
    for profile in context.stack.profiles.keys() {
        visit(context, profile, &mut Vec::new(), &mut done, found);
    }
}

fn visit<'a>(
    context: &Context<'a>,
    profile: &'a str,
    open: &mut Vec<&'a str>,
    done: &mut HashSet<&'a str>,
    found: &mut Vec<Diagnostic>,
) {
    let Some(table) = context.stack.profiles.get(profile) else { return };
    if done.contains(profile) {
        return;
    }
    open.push(profile);
    for (position, include) in table.includes.iter().enumerate() {
        if let Some(start) = open.iter().position(|name| *name == include) {
            let mut circle = open[start..].join(" -> ");
            circle.push_str(&format!(" -> {include}"));
            found.push(
                Diagnostic::new(&INCLUDE_CYCLE, format!("profiles include each other in a circle: {circle}"))
                    .at(KeyPath::from(["profiles", profile, "includes"]).index(position))
                    .label("closes the circle")
                    .help("remove one of these inclusions"),
            );
        } else {
            visit(context, include, open, done, found);
        }
    }
    open.pop();
    done.insert(profile);
}
