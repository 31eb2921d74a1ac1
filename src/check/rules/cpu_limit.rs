//! CPU limits that no combination has room for.

use super::Context;
use crate::{
    check::reach::When,
    diag::{Code, Diagnostic, Severity},
    model::Cpus,
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

static NO_CPU_LIMIT: Code = Code {
    name: "cpu-limit-of-zero",
    severity: Severity::Error,
    docs: "\
A CPU limit of 0 is accepted by Compose and by the engine, and means no limit at all.

```toml
limits = { cpus = 0.25 }
```",
};

pub(super) static CODES: &[&Code] = &[&CPU_LIMIT_ABOVE_BUDGET, &NO_CPU_LIMIT];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let budget = context.stack.budget.as_ref();
    for (name, service) in context.services() {
        let choices = context.choices(name, service.limits.cpus, |overlay| overlay.limits.cpus);
        for choice in &choices {
            let Some(cpus) = choice.value else { continue };
            let above = budget.filter(|budget| cpus > budget.cpus.scaled(budget.cpu_overcommit));
            if cpus > Cpus::default() && above.is_none() {
                continue;
            }
            let when = context.when_chosen(When::active(&context.reach, name), choice, &choices);
            let Some(combination) = context.reach.witness(&when) else { continue };
            let at = choice.path(name, &["limits", "cpus"]);
            let diagnostic = match above {
                None => Diagnostic::new(&NO_CPU_LIMIT, format!("the CPU limit of service `{name}` is 0"))
                    .label("means no limit")
                    .why("the engine takes 0 CPUs for no limit at all")
                    .help("write what one container may use, such as 0.25"),
                Some(budget) => {
                    let all = budget.cpus.scaled(budget.cpu_overcommit);
                    let message = format!(
                        "the CPU limit of service `{name}` is {cpus}, above the budget's {all} for the whole stack"
                    );
                    Diagnostic::new(&CPU_LIMIT_ABOVE_BUDGET, message)
                        .related(["budget", "cpus"], "what the machine gives")
                        .why("Compose accepts any number; the engine refuses more CPUs than the machine has")
                        .help(format!("write at most {all}, or correct the budget"))
                }
            };
            found.push(diagnostic.at(at).in_combination(combination));
        }
    }
}
