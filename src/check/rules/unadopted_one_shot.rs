//! One-shot services that no service waits for.

use std::collections::HashMap;

use super::Context;
use crate::{
    check::edges::Edge,
    diag::{Code, Diagnostic, service_path},
    model::{Condition, Service},
};

static UNADOPTED_ONE_SHOT: Code = Code::warning(
    "unadopted-one-shot",
    "\
A one-shot is a service that ends: one that another service awaits with `completed`, or one with `restart = \"no\"` and \
neither a health check nor ports. In some combination it is active and nothing awaits it. It ends with exit code 0, which \
`stackctl up` counts as a success; plain `docker compose up --wait` fails because of it, since a container that is not \
running is not up.

```toml
[services.api]
depends_on = { migrate = \"completed\" }
[services.migrate]
restart = \"no\"
```

Let a service that is active in the same combinations await it. A service that keeps running is not a one-shot: give it a \
health check or a restart policy. Where nothing has to wait for it, `restart = \"on-failure\"` says that it ends, and there \
is nothing to acknowledge.",
);

pub(super) static CODES: &[&Code] = &[&UNADOPTED_ONE_SHOT];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let mut adopters: HashMap<&str, Vec<&Edge<'_>>> = HashMap::new();
    for edge in context.edges.iter().filter(|edge| edge.condition == Condition::Completed) {
        adopters.entry(edge.to).or_default().push(edge);
    }
    for (name, service) in context.services() {
        let edges = adopters.get(name.as_str()).map_or(&[][..], Vec::as_slice);
        let never_ends = matches!(service.restart.as_deref(), Some("always" | "unless-stopped"));
        if never_ends || (edges.is_empty() && !looks_like_one(service)) {
            continue;
        }
        let Some(combination) = alone(context, name, edges) else { continue };
        let message = match edges.first() {
            None => format!("nothing waits for `{name}`, which has `restart = \"no\"` and no health check"),
            Some(_) => format!("nothing that waits for `{name}` to complete is active whenever `{name}` is"),
        };
        let adopt =
            format!("write `depends_on = {{ {name} = \"completed\" }}` in a service that is active with it");
        let help = match edges.first() {
            None => format!(
                "{adopt}; `restart = \"on-failure\"` if nothing has to wait for it; a health check or another restart \
                 policy if it keeps running"
            ),
            Some(_) => {
                format!("{adopt}, or give `{name}` a health check or a restart policy if it keeps running")
            }
        };
        let mut diagnostic = Diagnostic::new(&UNADOPTED_ONE_SHOT, message)
            .why("`stackctl up` counts its end as a success; plain `docker compose up --wait` fails, since a container that ended is not up")
            .help(help)
            .in_combination(combination);
        diagnostic = if edges.is_empty() {
            diagnostic.at(service_path(name).key("restart")).label("a one-shot")
        } else {
            diagnostic.at_key(service_path(name))
        };
        for edge in edges.iter().take(5) {
            diagnostic = diagnostic.related(edge.path(), format!("`{}` waits for it", edge.from));
        }
        found.push(diagnostic);
    }
}

fn looks_like_one(service: &Service) -> bool {
    let checked = service.healthcheck.as_ref().is_some_and(|healthcheck| !healthcheck.disable);
    service.restart.as_deref() == Some("no") && !checked && service.ports.is_empty()
}

/// That is an error of its own where a service waits for it.
/// The smallest combination in which the service is active and no edge to it holds. More profiles only bring more
/// adopters, except where an overlay replaces an edge: so one profile that activates the service is enough, or one with a
/// profile with an overlay that replaces an edge.
fn alone<'a>(context: &Context<'a>, name: &str, edges: &[&Edge<'a>]) -> Option<Vec<String>> {
    let reach = &context.reach;
    let activating = match reach.is_core(name) {
        true => vec![None],
        false => reach.activating(name).into_iter().map(Some).collect(),
    };
    let replacing = edges.iter().flat_map(|edge| context.edges.deciding(edge)).map(Some);
    let extra: Vec<Option<&str>> = std::iter::once(None).chain(replacing).collect();
    extra
        .iter()
        .flat_map(|extra| {
            activating.iter().map(move |own| own.iter().chain(extra).copied().collect::<Vec<&str>>())
        })
        .find(|selected| {
            let combination = reach.combination(selected);
            reach.is_possible(&combination)
                && !edges.iter().any(|edge| context.edges.holds(reach, edge, &combination))
        })
        .map(|selected| {
            let mut names: Vec<String> = selected.into_iter().map(str::to_owned).collect();
            names.sort_unstable();
            names.dedup();
            names
        })
}
