//! Services without a memory or CPU limit.

use super::Context;
use crate::{
    check::reach::When,
    diag::{Code, Diagnostic, Allow, Severity, service_path},
};

static MISSING_LIMIT: Code = Code {
    name: "missing-limit",
    severity: Severity::Error,
    allow: Allow::Anywhere,
    docs: "\
A service has no memory limit or no CPU limit, so one of its containers may take everything the machine has, and no \
budget can be proved.

```toml
[services.api]
limits = { memory = \"512M\", cpus = 1.0 }
```

`stackctl budget suggest` proposes limits from measured use. `[defaults]` can hold limits for every service.",
};

pub(super) static CODES: &[&Code] = &[&MISSING_LIMIT];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (name, service) in context.services().iter().filter(|(_, service)| !service.is_provided()) {
        let memory = context.choices(name, service.limits.memory.map(|_| ()), |overlay| {
            overlay.limits.memory.map(|_| ())
        });
        let cpus =
            context.choices(name, service.limits.cpus.map(|_| ()), |overlay| overlay.limits.cpus.map(|_| ()));
        for (key, what, example, choices) in [
            ("memory", "memory", "memory = \"512M\"", memory),
            ("cpus", "CPU", "cpus = 0.5", cpus),
        ] {
            let own = &choices[0];
            if own.value.is_some() {
                continue;
            }
            let limits = service_path(name).key("limits");
            let when = context.when_chosen(When::active(&context.reach, name), own, &choices);
            let Some(combination) = context.reach.witness(&when) else { continue };
            if context.is_written(&limits.key(key)) || context.is_no_table(&limits) {
                continue;
            }
            found.push(
                Diagnostic::new(&MISSING_LIMIT, format!("service `{name}` has no {what} limit"))
                    .at_key(service_path(name))
                    .label(format!("no `limits.{key}`"))
                    .why("it may take everything the machine has, and no budget can be proved")
                    .help(format!("write `limits = {{ {example} }}` with what it needs"))
                    .in_combination(combination),
            );
        }
    }
}
