//! Names of containers: their form, and one container for each.

use std::collections::HashMap;

use super::Context;
use crate::{
    diag::{Allow, Code, Diagnostic, service_path},
    model::name,
};

static BAD_CONTAINER_NAME: Code = Code::error(
    "bad-container-name",
    Allow::Never(Allow::REFUSED),
    "\
A `container_name` has at least two characters, starts with a letter or a digit and goes on with letters, digits, `_`, `.` \
and `-`. Compose and the engine refuse anything else, also where the name comes out of a variable.",
);

static DUPLICATE_CONTAINER_NAME: Code = Code::error(
    "duplicate-container-name",
    Allow::OutsideCore,
    "\
Two containers of one combination have the same name: two services with one `container_name`, or one with the \
`container_name` that Compose gives to a container of another service (`PROJECT-SERVICE-1`). Compose refuses the first \
(`container name is already in use`) when both are active, the engine the second.

Remove `container_name`: the service's name already resolves in its networks.",
);

static CONTAINER_NAME_WITH_REPLICAS: Code = Code::error(
    "container-name-with-replicas",
    Allow::OutsideCore,
    "\
A service with `container_name` has more than one replica, and a container's name is unique; Compose refuses it. Overlays \
that raise `replicas` count.

Remove `container_name`: Compose numbers the replicas itself.",
);

pub(super) static CODES: &[&Code] =
    &[&BAD_CONTAINER_NAME, &DUPLICATE_CONTAINER_NAME, &CONTAINER_NAME_WITH_REPLICAS];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let mut holders: HashMap<String, Vec<&str>> = HashMap::new();
    for (service, table) in context.services() {
        let Some(written) = &table.container_name else { continue };
        let Some(container) = context.expand(written) else { continue };
        if !name::is_container(&container) {
            let message = format!("`{}` is not a container name", context.masked(written));
            found.push(
                Diagnostic::new(&BAD_CONTAINER_NAME, message)
                    .at(service_path(service).key("container_name"))
                    .why("Compose and the engine refuse it")
                    .help(
                        "use two or more of letters, digits, `_`, `.` and `-`, or leave the name to Compose",
                    ),
            );
            continue;
        }
        replicas(context, service, found);
        // The first that can be active together with it.
        let numbered = numbered(context, &container).filter(|other| other != service);
        let others = holders.entry(container.into_owned()).or_default();
        let mut before = others.iter().copied().chain(numbered);
        found.extend(before.find_map(|other| duplicate(context, written, other, service)));
        others.push(service);
    }
}

fn replicas(context: &Context<'_>, name: &str, found: &mut Vec<Diagnostic>) {
    let choices = context.replicas(name);
    for choice in choices.iter().filter(|choice| choice.value > Some(1)) {
        let Some(combination) = context.when(name).chosen(choice, &choices).witness() else { continue };
        let replicas = choice.value.unwrap_or_default();
        let message = format!("service `{name}` has a `container_name` and {replicas} replicas");
        found.push(
            Diagnostic::new(&CONTAINER_NAME_WITH_REPLICAS, message)
                .at(service_path(name).key("container_name"))
                .label("one container only")
                .related(choice.path(name, &["replicas"]), format!("{replicas} replicas"))
                .why("Compose refuses it: a container's name is unique")
                .help("remove `container_name`; Compose numbers the replicas itself")
                .in_combination(combination),
        );
    }
}

/// The service of which Compose calls a container so: `PROJECT-SERVICE-NUMBER`.
fn numbered<'a>(context: &Context<'a>, container: &str) -> Option<&'a str> {
    let rest = container.strip_prefix(&context.stack.name)?.strip_prefix('-')?;
    let (service, number) = rest.rsplit_once('-')?;
    let (service, table) = context.services().get_key_value(service)?;
    let number: u32 = number.parse().ok().filter(|number| *number > 0)?;
    let most = context.replicas(service).iter().filter_map(|choice| choice.value).max()?;
    (table.container_name.is_none() && number <= most).then_some(service.as_str())
}

fn duplicate(context: &Context<'_>, written: &str, other: &str, service: &str) -> Option<Diagnostic> {
    let combination = context.when(other).active(service).witness()?;
    let named = context.services()[other].container_name.is_some();
    let other_path = if named { service_path(other).key("container_name") } else { service_path(other) };
    let reason =
        if named { "sets the same name" } else { "has a container to which Compose gives this name" };
    let message = format!(
        "services `{other}` and `{service}` both have a container named `{}`",
        context.masked(written)
    );
    let diagnostic = Diagnostic::new(&DUPLICATE_CONTAINER_NAME, message)
        .at(service_path(service).key("container_name"))
        .related(other_path, format!("`{other}` {reason}"))
        .why("a container's name is unique, so the two cannot run together")
        .help("remove `container_name`: the service's name already resolves in its networks")
        .in_combination(combination);
    Some(diagnostic)
}
