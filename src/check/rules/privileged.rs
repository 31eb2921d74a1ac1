//! Containers without a wall.

use super::Context;
use crate::diag::{Code, Diagnostic, service_path};

static PRIVILEGED: Code = Code::warning(
    "privileged",
    "\
A privileged container has every capability and every device of the machine: whoever takes it over has the machine.

Name the capabilities and devices it needs (`cap_add`, `devices`). Where it cannot do without, say why:

```toml
allow = { privileged = \"builds images inside itself\" }
```",
);

pub(super) static CODES: &[&Code] = &[&PRIVILEGED];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (name, _) in context.services().iter().filter(|(_, service)| service.privileged) {
        found.push(
            Diagnostic::new(&PRIVILEGED, format!("service `{name}` is privileged"))
                .together("{} services are privileged")
                .at(service_path(name).key("privileged"))
                .why("whoever takes over the container has the machine")
                .help("name what it needs with `cap_add` and `devices`, or write `allow = { privileged = \"reason\" }`"),
        );
    }
}
