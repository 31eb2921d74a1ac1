//! Aggregates that include themselves.

use super::Context;
use crate::diag::{Allow, Code, Diagnostic, KeyPath, Severity};

static INCLUDE_CYCLE: Code = Code {
    name: "include-cycle",
    severity: Severity::Error,
    allow: Allow::Never(Allow::PROFILES),
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

/// A message names at most so many profiles of a circle.
const NAMED: usize = 12;
/// At most so many circles are reported: profiles that all include each other have more than anybody reads.
const MOST: usize = 100;

/// Every inclusion that leads back into the path of a depth-first search closes a circle, and without these there is none.
/// The search keeps its own stack, since chains can be long.
pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let profiles = &context.stack.profiles;
    // The place of a profile on the path, if it is there; `usize::MAX` once it is done.
    let mut places: Vec<Option<usize>> = vec![None; profiles.len()];
    let mut left = MOST;
    for root in 0..profiles.len() {
        if places[root].is_some() {
            continue;
        }
        let mut path = vec![(root, 0)];
        places[root] = Some(0);
        while let Some((at, position)) = path.last().copied() {
            let Some(include) = profiles[at].includes.get(position) else {
                places[at] = Some(usize::MAX);
                path.pop();
                continue;
            };
            if let Some((_, position)) = path.last_mut() {
                *position += 1;
            }
            let Some(to) = profiles.get_index_of(include) else { continue };
            match places[to] {
                None => {
                    places[to] = Some(path.len());
                    path.push((to, 0));
                }
                Some(start) if start < path.len() && left > 0 => {
                    left -= 1;
                    found.push(circle(context, &path[start..], position));
                }
                Some(_) => {}
            }
        }
    }
}

/// The last inclusion of a path, which leads back to its start.
fn circle(context: &Context<'_>, path: &[(usize, usize)], position: usize) -> Diagnostic {
    let name = |at: usize| context.stack.profiles.get_index(at).map_or("", |(name, _)| name.as_str());
    let mut names: Vec<&str> = path.iter().map(|(at, _)| name(*at)).collect();
    let (first, last) = (names[0], names[names.len() - 1]);
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
