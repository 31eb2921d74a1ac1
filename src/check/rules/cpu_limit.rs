//! CPU limits that no combination has room for.

use super::Context;
use crate::{
    check::reach::When,
    diag::{Code, Diagnostic, Severity},
};

static CPU_LIMIT_ABOVE_BUDGET: Code = Code {
    name: "cpu-limit-above-budget",
    severity: Severity::Error,
    docs: "\
The CPU limit of one container is above everything that `[budget]` gives to the stack, `cpus` times `cpu_overcommit`. \
`docker compose config` accepts 99 CPUs; the engine refuses a container whose limit is above the machine's count (`range of \
CPUs is from 0.01 to 8.00`).

Lower the limit, or correct the budget if the machine is larger.",
};

pub(super) static CODES: &[&Code] = &[&CPU_LIMIT_ABOVE_BUDGET];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let Some(budget) = &context.stack.budget else { return };
    let all = budget.cpus.scaled(budget.cpu_overcommit);
    for (name, service) in context.services() {
        let choices = context.choices(name, service.limits.cpus, |overlay| overlay.limits.cpus);
        for choice in &choices {
            let Some(cpus) = choice.value.filter(|cpus| *cpus > all) else { continue };
            let when = context.when_chosen(When::active(&context.reach, name), choice, &choices);
            let Some(combination) = context.reach.witness(&when) else { continue };
            found.push(
                Diagnostic::new(
                    &CPU_LIMIT_ABOVE_BUDGET,
                    format!("the CPU limit of service `{name}` is {cpus}, above the budget's {all} for the whole stack"),
                )
                .at(choice.path(name, &["limits", "cpus"]))
                .label(format!("more than {all}"))
                .related(["budget", "cpus"], "what the machine gives")
                .why("Compose accepts any number; the engine refuses more CPUs than the machine has")
                .help(format!("write at most {all}, or correct the budget"))
                .in_combination(combination),
            );
        }
    }
}
