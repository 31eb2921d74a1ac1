//! Aggregates that include themselves.

use super::Context;
use crate::{
    check::circles,
    diag::{Allow, Code, Diagnostic, KeyPath},
};

static INCLUDE_CYCLE: Code = Code::error(
    "include-cycle",
    Allow::Never(Allow::PROFILES),
    "\
Following `includes` leads from a profile back to itself, so the profiles of the circle would all be the same one.

```toml
[profiles.full]
includes = [\"tracing\", \"all\"]
[profiles.all]
includes = [\"full\"]               # error: full -> all -> full
```

Remove one of the inclusions.",
);

pub(super) static CODES: &[&Code] = &[&INCLUDE_CYCLE];

/// A message names at most so many profiles of a circle.
const NAMED: usize = 12;

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let profiles = &context.stack.profiles;
    let leaving = profiles.iter().map(|(name, profile)| {
        let includes = profile.includes.iter().enumerate();
        let known = includes.filter_map(|(position, include)| {
            Some((profiles.get_index_of(include)?, (name.as_str(), position)))
        });
        known.collect()
    });
    circles::report(&leaving.collect::<Vec<_>>(), found, |circle| Some(diagnostic(circle)));
}

/// For a circle of inclusions, each with the profile that has it and its position; the last one leads back to the first.
fn diagnostic(circle: &[(&str, usize)]) -> Diagnostic {
    let mut names: Vec<&str> = circle.iter().map(|(name, _)| *name).collect();
    let (first, (last, position)) = (names[0], circle[circle.len() - 1]);
    if names.len() > NAMED {
        names.truncate(NAMED);
        names.push("...");
    }
    let names = names.join(" -> ");
    Diagnostic::new(&INCLUDE_CYCLE, format!("profiles include each other in a circle: {names} -> {first}"))
        .at(KeyPath::from(["profiles", last, "includes"]).index(position))
        .label("closes the circle")
        .help("remove one of these inclusions")
}
