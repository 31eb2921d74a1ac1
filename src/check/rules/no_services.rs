//! A stack without services.

use super::Context;
use crate::{
    diag::{Allow, Code, Diagnostic},
    model::Stack,
};

static NO_SERVICES: Code = Code::error(
    "no-services",
    Allow::Never(Allow::NO_PLACE),
    "\
The stack declares no service. Compose accepts `services: {}` and then silently starts nothing.

Declare at least one:

```toml
[services.web]
image = \"nginx:1.30-alpine\"
limits = { memory = \"128M\", cpus = 0.5 }
```",
);

pub(super) static CODES: &[&Code] = &[&NO_SERVICES];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let stack = context.stack;
    // Nothing at all: the file could not be read, which another diagnostic reports.
    let unread = *stack == Stack::default();
    if stack.services.is_empty() && !unread {
        found.push(
            Diagnostic::new(&NO_SERVICES, "the stack has no services")
                .at_key(["services"])
                .why("Compose accepts an empty stack and starts nothing")
                .help("declare a service, such as `[services.web]` with an image and limits"),
        );
    }
}
