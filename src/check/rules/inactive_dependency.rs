//! Required dependencies that some combination leaves out.

use super::Context;
use crate::{
    check::edges::Via,
    diag::{Allow, Code, Diagnostic, service_path},
};

static INACTIVE_DEPENDENCY: Code = Code::error(
    "inactive-dependency",
    Allow::UntilUp,
    "\
A service needs another one that is not active in every combination in which it is active itself. Compose checks only the \
combination at hand: `docker compose config` passes until exactly those profiles are enabled, and then says \
`service \"a\" depends on undefined service \"b\"`. `links`, `volumes_from`, `network_mode: service:b`, `ipc: service:b` and \
`pid: service:b` need their service just as `depends_on` does.

```toml
[services.api]                       # core: always active
depends_on = { kafka = \"healthy\" }   # error: kafka is active with the profile kafka only
[services.kafka]
profiles = [\"kafka\"]
```

Give the other service every profile of this one, declare the dependency in the overlay of that profile \
(`[profiles.kafka.services.api]`), or write `required = false`.",
);

pub(super) static CODES: &[&Code] = &[&INACTIVE_DEPENDENCY];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let reach = &context.reach;
    for edge in context.edges.iter().filter(|edge| edge.required && edge.from != edge.to) {
        if !context.services().contains_key(edge.to) || reach.is_core(edge.to) {
            continue;
        }
        let Some(combination) = context.when_edge(edge).inactive(edge.to).witness() else { continue };
        let (from, to) = (edge.from, edge.to);
        let profiles = reach.activating(to).join("`, `");
        let help = match edge.via {
            Via::DependsOn => format!(
                "give `{to}` the profiles of `{from}`, declare the dependency in an overlay of a profile that \
                 activates `{to}`, or write `{to} = {{ condition = \"{}\", required = false }}`",
                short(edge.condition)
            ),
            via => format!("give `{to}` the profiles of `{from}`, or leave `{}` out", via.key()),
        };
        let message = format!("service `{from}` needs `{to}`, which is not active whenever `{from}` is");
        found.push(
            Diagnostic::new(&INACTIVE_DEPENDENCY, message)
                .at(edge.path())
                .label(if profiles.is_empty() {
                    "never active".to_owned()
                } else {
                    format!("active only with `{profiles}`")
                })
                .related(service_path(to).key("profiles"), format!("the profiles of `{to}`"))
                .why("Compose refuses that combination: the service \"depends on undefined service\"")
                .help(help)
                .in_combination(combination),
        );
    }
}

fn short(condition: crate::model::Condition) -> &'static str {
    use crate::model::Condition::{Completed, Healthy, Started};
    match condition {
        Started => "started",
        Healthy => "healthy",
        Completed => "completed",
    }
}
