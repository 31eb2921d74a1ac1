//! Reservations above their limits, in every mixture of overlays.

use super::Context;
use crate::{
    check::context::Choice,
    diag::{Allow, Code, Diagnostic},
};

static RESERVATION_ABOVE_LIMIT: Code = Code::error(
    "reservation-above-limit",
    Allow::Anywhere,
    "\
A reservation promises more memory or CPUs than the limit allows to use. `docker compose config` accepts it; the engine \
refuses the container (`Minimum memory limit can not be less than memory reservation limit`), and Swarm refuses the CPUs.

Overlays count: a profile that lowers a limit below the reservation is found too, with the profiles in which it happens.

```toml
limits = { memory = \"512M\", cpus = 1.0 }
reservations = { memory = \"256M\", cpus = 0.5 }    # at most the limit
```",
);

pub(super) static CODES: &[&Code] = &[&RESERVATION_ABOVE_LIMIT];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (name, service) in context.services() {
        let (limits, reservations) = (&service.limits, &service.reservations);
        compare(
            context,
            (name, "memory", "memory"),
            &context.choices(name, limits.memory, |overlay| overlay.limits.memory),
            &context.choices(name, reservations.memory, |overlay| overlay.reservations.memory),
            found,
        );
        compare(
            context,
            (name, "cpus", "CPU"),
            &context.choices(name, limits.cpus, |overlay| overlay.limits.cpus),
            &context.choices(name, reservations.cpus, |overlay| overlay.reservations.cpus),
            found,
        );
    }
}

/// Every limit against every reservation that can hold at the same time.
fn compare<T: Copy + PartialOrd + std::fmt::Display>(
    context: &Context<'_>,
    (name, key, what): (&str, &str, &str),
    limits: &[Choice<'_, T>],
    reservations: &[Choice<'_, T>],
    found: &mut Vec<Diagnostic>,
) {
    for reserved in reservations {
        for limited in limits {
            let (Some(reservation), Some(limit)) = (reserved.value, limited.value) else { continue };
            if reservation <= limit {
                continue;
            }
            let when = context.when(name).chosen(limited, limits).chosen(reserved, reservations);
            let Some(combination) = when.witness() else { continue };
            let message = format!(
                "the {what} reservation of service `{name}` is {reservation}, above its limit of {limit}"
            );
            found.push(
                Diagnostic::new(&RESERVATION_ABOVE_LIMIT, message)
                    .at(reserved.path(name, &["reservations", key]))
                    .label(format!("more than {limit}"))
                    .related(limited.path(name, &["limits", key]), "the limit")
                    .why("Compose accepts it and the engine refuses the container")
                    .help(format!("reserve at most {limit}, or raise the limit to {reservation}"))
                    .in_combination(combination),
            );
        }
    }
}
