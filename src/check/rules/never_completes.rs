//! Waiting for the end of a service that is started again whenever it ends.

use super::Context;
use crate::{
    diag::{Allow, Code, Diagnostic, service_path},
    model::Condition,
};

static NEVER_COMPLETES: Code = Code::error(
    "never-completes",
    Allow::Anywhere,
    "\
A service waits until another one has `completed`, and that one has the restart policy `always` or `unless-stopped`: the \
engine starts it again each time it ends, so it never counts as completed and `up` waits until its timeout.

A policy from `[defaults]` counts too. A job that ends says so itself:

```toml
[services.migrate]
restart = \"no\"            # or \"on-failure:3\"
```",
);

pub(super) static CODES: &[&Code] = &[&NEVER_COMPLETES];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for edge in context.edges.iter().filter(|edge| edge.condition == Condition::Completed) {
        let restart = context.services().get(edge.to).and_then(|other| other.restart.as_deref());
        let Some(policy @ ("always" | "unless-stopped")) = restart else { continue };
        let Some(combination) = context.when_edge(edge).active(edge.to).witness() else { continue };
        let (from, to) = (edge.from, edge.to);
        let message =
            format!("service `{from}` waits until `{to}` has completed, but `{to}` restarts `{policy}`");
        found.push(
            Diagnostic::new(&NEVER_COMPLETES, message)
                .at(edge.path())
                .label("never completes")
                .related(service_path(to).key("restart"), format!("the restart policy of `{to}`"))
                .why("the engine starts it again each time it ends, so `up` waits until its timeout")
                .help(format!("write `restart = \"no\"` or `restart = \"on-failure\"` in `{to}`"))
                .in_combination(combination),
        );
    }
}
