//! `image = "stackctl"` without anything to run.

use super::Context;
use crate::diag::{Code, Diagnostic, service_path};

static NOTHING_TO_RUN: Code = Code::warning(
    "nothing-to-run",
    "\
A service runs stackctl's own image and has no `command`. The image starts `/stackctl`, which without a command prints its help and \
ends.

```toml
[services.traffic-generator]
image = \"stackctl\"
command = [\"traffic\", \"--config\", \"/etc/stackctl/traffic.toml\", \"--bind\", \"0.0.0.0\"]
```",
);

pub(super) static CODES: &[&Code] = &[&NOTHING_TO_RUN];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (name, service) in context.services().iter().filter(|(_, service)| service.is_stackctl()) {
        let path = service_path(name);
        if service.command.is_some() || service.entrypoint.is_some() {
            continue;
        }
        let choices = context.choices(name, None, |overlay| overlay.command.as_ref());
        let Some(combination) = context.when(name).chosen(&choices[0], &choices).witness() else { continue };
        if context.is_written(&path.key("command")) || context.is_written(&path.key("entrypoint")) {
            continue;
        }
        found.push(
            Diagnostic::new(&NOTHING_TO_RUN, format!("service `{name}` runs stackctl without a command"))
                .at(path.key("image"))
                .label("no `command`")
                .why("without one stackctl prints its help and ends")
                .help("write `command = [\"traffic\", ...]`, or another command of stackctl")
                .in_combination(combination),
        );
    }
}
