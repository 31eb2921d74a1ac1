//! Memory that the engine refuses as too little.

use super::Context;
use crate::{
    check::context::Choice,
    diag::{Allow, Code, Diagnostic, Severity},
    model::{Bytes, Overlay, Service},
};

static MEMORY_BELOW_MINIMUM: Code = Code {
    name: "memory-below-minimum",
    severity: Severity::Error,
    allow: Allow::Anywhere,
    docs: "\
A memory limit or reservation is below 6 MiB, the least that the engine accepts (`Minimum memory limit allowed is 6MB`). \
`docker compose config` does not look.

A size without a unit counts bytes, so `\"512\"` is 512 bytes.

```toml
limits = { memory = \"512M\" }      # not \"512\"
```",
};

pub(super) static CODES: &[&Code] = &[&MEMORY_BELOW_MINIMUM];

type Own = fn(&Service) -> Option<Bytes>;
type Overlaid = fn(&Overlay) -> Option<Bytes>;

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let kinds: [(&str, &str, Own, Overlaid); 2] = [
        ("limits", "limit", |service| service.limits.memory, |overlay| overlay.limits.memory),
        (
            "reservations",
            "reservation",
            |service| service.reservations.memory,
            |overlay| overlay.reservations.memory,
        ),
    ];
    for (name, service) in context.services() {
        for (table, what, own, overlaid) in kinds {
            let choices = context.choices(name, own(service), overlaid);
            for choice in &choices {
                if let Some(bytes) = choice.value.filter(|bytes| *bytes < Bytes::MIN_LIMIT) {
                    // A reservation of nothing is none, and no harm.
                    if table == "reservations" && bytes.0 == 0 {
                        continue;
                    }
                    found.extend(too_little(context, name, (table, what), bytes, choice, &choices));
                }
            }
        }
    }
}

fn too_little(
    context: &Context<'_>,
    name: &str,
    (table, what): (&str, &str),
    bytes: Bytes,
    choice: &Choice<'_, Bytes>,
    choices: &[Choice<'_, Bytes>],
) -> Option<Diagnostic> {
    let combination = context.when(name).chosen(choice, choices).witness()?;
    let message =
        format!("the memory {what} of service `{name}` is {bytes}, below the engine's least of 6 MiB");
    let diagnostic = Diagnostic::new(&MEMORY_BELOW_MINIMUM, message)
        .at(choice.path(name, &[table, "memory"]))
        .label(format!("{} bytes", bytes.0))
        .why("`docker compose config` accepts it and the engine refuses the container")
        .help("a size without a unit counts bytes: write one, such as \"512M\" or \"1.5G\"")
        .in_combination(combination);
    Some(diagnostic)
}
