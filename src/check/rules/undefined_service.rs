//! Names of services that do not exist.

use super::Context;
use crate::{
    check::edges::{Edge, Via},
    diag::{Allow, Code, Diagnostic, KeyPath, did_you_mean, service_path},
};

static UNDEFINED_SERVICE: Code = Code::error(
    "undefined-service",
    Allow::OutsideCore,
    "\
`depends_on`, `links`, `volumes_from`, `network_mode`, `ipc`, `pid` or a profile's overlay names a service that the stack \
does not declare. Compose refuses the file (`depends on undefined service`), even where the dependency is not required; \
for an overlay it would create a service out of the few keys of the overlay.

Declare the service, or correct the name.",
);

pub(super) static CODES: &[&Code] = &[&UNDEFINED_SERVICE];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    // A service with a bad name is written, and that is reported elsewhere.
    let known = |name: &str| context.services().contains_key(name) || context.is_written(&service_path(name));
    for edge in context.edges.iter().filter(|edge| !known(edge.to)) {
        let (from, to) = (edge.from, edge.to);
        let why = "Compose refuses a dependency on an undefined service, required or not";
        if let Some(text) = variable(context, edge) {
            // What the variable holds may be a password.
            let message =
                format!("service `{from}` depends on `{text}`, and no service has the name that it gives");
            let help = "set the variable in .env to the name of a service, or give it such a default";
            let found_here =
                Diagnostic::new(&UNDEFINED_SERVICE, message).at(edge.path()).label("no such service");
            found.push(found_here.why(why).help(help));
            continue;
        }
        let message = match edge.via {
            Via::DependsOn => format!("service `{from}` depends on `{to}`, which is not declared"),
            via => format!("`{}` of service `{from}` names `{to}`, which is not declared", via.key()),
        };
        let diagnostic = undefined(context, message, edge.path(), edge.to).why(why);
        found.push(match edge.via {
            Via::DependsOn => {
                diagnostic.together(format!("{{}} services depend on `{to}`, which is not declared"))
            }
            _ => diagnostic,
        });
    }
    for (profile, table) in &context.stack.profiles {
        for service in table.services.keys().filter(|name| !known(name)) {
            let message =
                format!("the profile `{profile}` changes the service `{service}`, which is not declared");
            let at = KeyPath::from(["profiles", profile, "services", service]);
            let why = "Compose would take the overlay for a service of its own, without an image";
            found.push(undefined(context, message, KeyPath::default(), service).at_key(at).why(why));
        }
    }
}

/// The text with a variable that gives the name of a dependency.
fn variable<'a>(context: &Context<'a>, edge: &Edge<'a>) -> Option<&'a str> {
    let texts = match edge.overlay {
        None => &context.services().get(edge.from)?.variables,
        Some(profile) => &context.stack.profiles.get(profile)?.services.get(edge.from)?.variables,
    };
    texts.get(&["depends_on", edge.to]).filter(|_| edge.via == Via::DependsOn)
}

fn undefined(context: &Context<'_>, message: String, at: KeyPath, service: &str) -> Diagnostic {
    let help = did_you_mean(service, context.services().keys().map(String::as_str))
        .unwrap_or_else(|| format!("declare it with `[services.{service}]` and an `image`"));
    Diagnostic::new(&UNDEFINED_SERVICE, message).at(at).label("no such service").help(help)
}
