//! Memory that the engine refuses as too little.

use super::Context;
use crate::{
    diag::{Allow, Code, Diagnostic},
    model::Bytes,
};

static MEMORY_BELOW_MINIMUM: Code = Code::error(
    "memory-below-minimum",
    Allow::Anywhere,
    "\
A memory limit or reservation is below 6 MiB, the least that the engine accepts (`Minimum memory limit allowed is 6MB`). \
`docker compose config` does not look.

A size without a unit counts bytes, so `\"512\"` is 512 bytes.

```toml
limits = { memory = \"512M\" }      # not \"512\"
```",
);

pub(super) static CODES: &[&Code] = &[&MEMORY_BELOW_MINIMUM];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (name, service) in context.services() {
        let limits = context.choices(name, service.limits.memory, |it| it.limits.memory);
        let reservations = context.choices(name, service.reservations.memory, |it| it.reservations.memory);
        for (table, what, choices) in
            [("limits", "limit", limits), ("reservations", "reservation", reservations)]
        {
            for choice in &choices {
                let Some(bytes) = choice.value.filter(|bytes| *bytes < Bytes::MIN_LIMIT) else { continue };
                // A reservation of nothing is none, and no harm.
                if table == "reservations" && bytes.0 == 0 {
                    continue;
                }
                let when = context.when(name).chosen(choice, &choices);
                let Some(combination) = when.witness() else { continue };
                let message = format!(
                    "the memory {what} of service `{name}` is {bytes}, below the engine's least of 6 MiB"
                );
                // Whole KiB, and many of them, were written with a unit.
                let help = if bytes.0 >= 64 << 10 && bytes.0.is_multiple_of(1 << 10) {
                    "raise it to \"6M\" or more"
                } else {
                    "a size without a unit counts bytes: write one, such as \"512M\" or \"1.5G\""
                };
                found.push(
                    Diagnostic::new(&MEMORY_BELOW_MINIMUM, message)
                        .at(choice.path(name, &[table, "memory"]))
                        .label(format!("{} bytes", bytes.0))
                        .why("`docker compose config` accepts it and the engine refuses the container")
                        .help(help)
                        .in_combination(combination),
                );
            }
        }
    }
}
