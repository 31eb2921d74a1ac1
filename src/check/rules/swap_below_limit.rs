//! `memswap_limit` below the memory limit.

use super::Context;
use crate::{
    diag::{Allow, Code, Diagnostic, service_path},
    model::{Service, Swap},
};

static SWAP_BELOW_LIMIT: Code = Code::error(
    "swap-below-limit",
    Allow::Anywhere,
    "\
`memswap_limit` is memory and swap together, so it cannot be below the memory limit. `docker compose config` accepts it; \
the engine refuses the container (`Minimum memoryswap limit should be larger than memory limit`). Overlays that raise the \
memory limit count.

Equal to the memory limit switches swap off for the container; `-1` lets it swap without bound.",
);

static SWAP_DESPITE_BUDGET: Code = Code::error(
    "swap-despite-budget",
    Allow::Anywhere,
    "\
`[budget]` says `swap = false`, so that every service gets a `memswap_limit` equal to its memory limit, and this service has a \
`memswap_limit` of its own that lets it swap.

Remove the service's `memswap_limit`. With `allow` it stays, and `stackctl budget check` names the service among what may swap.",
);

pub(super) static CODES: &[&Code] = &[&SWAP_BELOW_LIMIT, &SWAP_DESPITE_BUDGET];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (name, service) in context.services() {
        if context.stack.budget.no_swap && may_swap(service) {
            let message = format!("service `{name}` may swap, and `[budget]` has `swap = false`");
            found.push(
                Diagnostic::new(&SWAP_DESPITE_BUDGET, message)
                    .at(service_path(name).key("memswap_limit"))
                    .label("lets it swap")
                    .related(["budget", "swap"], "no container may swap")
                    .why("memory and swap together are above its memory limit")
                    .help("remove `memswap_limit`: with `swap = false` it equals the memory limit"),
            );
        }
        // The engine takes 0 for unset.
        let Some(Swap::Limit(swap)) = service.memswap_limit.filter(|swap| !is_unset(*swap)) else { continue };
        let choices = context.choices(name, service.limits.memory, |overlay| overlay.limits.memory);
        for choice in &choices {
            let Some(limit) = choice.value.filter(|limit| *limit > swap) else { continue };
            let Some(combination) = context.when(name).chosen(choice, &choices).witness() else { continue };
            let message = format!(
                "the `memswap_limit` of service `{name}` is {swap}, below its memory limit of {limit}"
            );
            found.push(
                Diagnostic::new(&SWAP_BELOW_LIMIT, message)
                    .at(service_path(name).key("memswap_limit"))
                    .label(format!("less than {limit}"))
                    .related(choice.path(name, &["limits", "memory"]), "the memory limit")
                    .why("it counts memory and swap together, and the engine refuses the container")
                    .help(format!(
                        "write at least {}; equal to the memory limit switches swap off",
                        limit.exact()
                    ))
                    .in_combination(combination),
            );
        }
    }
}

/// Whether the service's own `memswap_limit` is above its memory limit. One below has a diagnostic of its own.
fn may_swap(service: &Service) -> bool {
    match (service.memswap_limit, service.limits.memory) {
        (Some(Swap::Unlimited), _) => true,
        (Some(Swap::Limit(swap)), Some(memory)) => is_unset(Swap::Limit(swap)) || swap > memory,
        _ => false,
    }
}

fn is_unset(swap: Swap) -> bool {
    matches!(swap, Swap::Limit(bytes) if bytes.0 == 0)
}
