//! CPU limits that the machine or the engine has no room for.

use super::Context;
use crate::{
    diag::{Allow, Code, Diagnostic, KeyPath},
    model::Cpus,
};

static CPU_LIMIT_ABOVE_BUDGET: Code = Code::error(
    "cpu-limit-above-budget",
    Allow::Never(Allow::OVER_BUDGET),
    "\
The CPU limit of one container is above everything that `[budget]` gives to the stack, `cpus` times `cpu_overcommit`. \
`docker compose config` accepts 99 CPUs; the engine refuses a container with a limit above the machine's count (`range of \
CPUs is from 0.01 to 8.00`).

Lower the limit, or correct the budget if the machine is larger.",
);

static CPU_LIMIT_ABOVE_CPUS: Code = Code::warning(
    "cpu-limit-above-cpus",
    "\
The CPU limit of one container is above `cpus` of `[budget]`, and only `cpu_overcommit` makes room for it. Overcommit lets the limits of several \
containers add up to more than the machine has; a single container never gets more than that, and the engine refuses one with a limit \
above the machine's count (`range of CPUs is from 0.01 to 8.00`).

Lower the limit, or correct `cpus` if the machine is larger.",
);

static CPU_LIMIT_BELOW_MINIMUM: Code = Code::error(
    "cpu-limit-below-minimum",
    Allow::Anywhere,
    "\
A CPU limit is below 0.01, the least that the engine takes. `docker compose config` accepts it, and the container does not \
start (`range of CPUs is from 0.01`, or the kernel refuses the quota).",
);

static OVERCOMMIT_WITHOUT_CPUS: Code = Code::error(
    "overcommit-without-cpus",
    Allow::Never(Allow::NO_PLACE),
    "\
`cpu_overcommit` of `[budget]` multiplies `cpus`: CPU limits may add up to `cpus` times `cpu_overcommit`. Without `cpus` it \
bounds nothing.

```toml
[budget]
cpus = 8.0
cpu_overcommit = 1.5
```

Write `cpus`, or remove `cpu_overcommit`.",
);

pub(super) static CODES: &[&Code] =
    &[&CPU_LIMIT_ABOVE_BUDGET, &CPU_LIMIT_ABOVE_CPUS, &CPU_LIMIT_BELOW_MINIMUM, &OVERCOMMIT_WITHOUT_CPUS];

/// The engine's least limit: a quota of 1 ms in the kernel's period of 100 ms.
const LEAST: Cpus = Cpus { nanos: 10_000_000 };

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let budget = &context.stack.budget;
    let cpus = KeyPath::from(["budget", "cpus"]);
    if budget.cpu_overcommit.is_some() && budget.cpus.is_none() && !context.is_written(&cpus) {
        found.push(
            Diagnostic::new(&OVERCOMMIT_WITHOUT_CPUS, "`cpu_overcommit` is set without `cpus`")
                .at_key(["budget", "cpu_overcommit"])
                .label("multiplies nothing")
                .why("CPU limits may add up to `cpus` times `cpu_overcommit`; without `cpus` they have no bound")
                .help("write `cpus` beside it, what this machine gives to the stack, or remove it"),
        );
    }
    for (name, service) in context.services() {
        let choices = context.choices(name, service.limits.cpus, |overlay| overlay.limits.cpus);
        for choice in &choices {
            let Some(diagnostic) = choice.value.and_then(|cpus| judge(context, name, cpus)) else { continue };
            let Some(combination) = context.when(name).chosen(choice, &choices).witness() else { continue };
            found.push(diagnostic.at(choice.path(name, &["limits", "cpus"])).in_combination(combination));
        }
    }
}

fn judge(context: &Context<'_>, name: &str, cpus: Cpus) -> Option<Diagnostic> {
    if cpus < LEAST {
        let message =
            format!("the CPU limit of service `{name}` is {cpus}, below the engine's least of {LEAST}");
        let diagnostic = Diagnostic::new(&CPU_LIMIT_BELOW_MINIMUM, message)
            .label(format!("less than {LEAST}"))
            .why("`docker compose config` accepts it and the container does not start")
            .help(format!("write at least {LEAST}"));
        return Some(diagnostic);
    }
    let budget = &context.stack.budget;
    let (given, all) = budget.cpus.zip(budget.cpu_limits())?;
    let (code, most, message) = if cpus > all {
        let message = format!(
            "the CPU limit of service `{name}` is {cpus}, above the budget's {all} for the whole stack"
        );
        (&CPU_LIMIT_ABOVE_BUDGET, all, message)
    } else if cpus > given {
        let message = format!("the CPU limit of service `{name}` is {cpus}, above the budget's {given} CPUs");
        (&CPU_LIMIT_ABOVE_CPUS, given, message)
    } else {
        return None;
    };
    let diagnostic = Diagnostic::new(code, message)
        .label(format!("more than {most}"))
        .related(["budget", "cpus"], "what the machine gives")
        .why("Compose accepts any number; the engine refuses more CPUs than the machine has")
        .help(format!("write at most {most}, or correct the budget"));
    Some(diagnostic)
}
