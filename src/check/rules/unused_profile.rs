//! Profiles that enable nothing.

use std::collections::HashSet;

use super::Context;
use crate::diag::{Code, Diagnostic};

static UNUSED_PROFILE: Code = Code::warning(
    "unused-profile",
    "\
No service names the profile, it includes no other profile and changes no service: enabling it does nothing.

Put a service into it, or remove its table.",
);

pub(super) static CODES: &[&Code] = &[&UNUSED_PROFILE];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let used: HashSet<&str> =
        context.services().values().flat_map(|service| &service.profiles).map(String::as_str).collect();
    for (name, profile) in &context.stack.profiles {
        if !used.contains(name.as_str()) && profile.includes.is_empty() && profile.services.is_empty() {
            found.push(
                Diagnostic::new(&UNUSED_PROFILE, format!("the profile `{name}` enables nothing"))
                    .together_with(
                        "{} profiles enable nothing",
                        "name each in the `profiles` of a service, or remove it",
                    )
                    .at_key(["profiles", name])
                    .why("no service names it, it includes no profile and changes no service")
                    .help(format!("write `profiles = [\"{name}\"]` in a service, or remove the profile")),
            );
        }
    }
}
