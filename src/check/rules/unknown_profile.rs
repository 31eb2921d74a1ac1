//! Names of profiles that have no table.

use super::Context;
use crate::{
    diag::{Allow, Code, Diagnostic, Fix, KeyPath, did_you_mean, service_path},
    model::name,
};

static UNKNOWN_PROFILE: Code = Code::error(
    "unknown-profile",
    Allow::Never(Allow::PROFILES),
    "\
A service's `profiles`, a profile's `includes` or `excludes`, or `default_profiles` names a profile without a `[profiles.NAME]` table. Compose takes any \
name: a service in `tracng` is simply never started by `--profile tracing`, and an unknown `--profile` enables nothing, \
silently.

Declare the profile, or correct the name:

```toml
[profiles.tracing]
description = \"distributed tracing\"
```",
);

pub(super) static CODES: &[&Code] = &[&UNKNOWN_PROFILE];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let profiles = &context.stack.profiles;
    // A profile with a bad name is written, and that is reported elsewhere.
    let known =
        |name: &str| profiles.contains_key(name) || context.is_written(&KeyPath::from(["profiles", name]));
    for (service, table) in context.services() {
        for (position, profile) in table.profiles.iter().enumerate() {
            if !known(profile) {
                let at = service_path(service).key("profiles").index(position);
                let diagnostic = unknown(context, profile, format!("service `{service}`"), at);
                let names = profiles.keys().map(String::as_str);
                let is_new =
                    did_you_mean(profile, names).is_none() && profile != "core" && name::is_profile(profile);
                let fix =
                    is_new.then(|| Fix::Add { table: KeyPath::from(["profiles", profile]), entries: &[] });
                found.push(fix.into_iter().fold(diagnostic, Diagnostic::fix));
            }
        }
    }
    for (position, profile) in context.stack.default_profiles.iter().enumerate() {
        if !known(profile) {
            let at = KeyPath::from(["default_profiles"]).index(position);
            found.push(unknown(context, profile, "`default_profiles`".to_owned(), at));
        }
    }
    for (aggregate, table) in profiles {
        for (key, names) in [("includes", &table.includes), ("excludes", &table.excludes)] {
            for (position, profile) in names.iter().enumerate().filter(|(_, profile)| !known(profile)) {
                let at = KeyPath::from(["profiles", aggregate, key]).index(position);
                found.push(unknown(context, profile, format!("profile `{aggregate}`"), at));
            }
        }
    }
}

fn unknown(context: &Context<'_>, profile: &str, who: String, at: KeyPath) -> Diagnostic {
    let known = context.stack.profiles.keys().map(String::as_str);
    let help = if profile == "core" {
        "leave `profiles` out: a service without profiles is core, and `core` is a reserved name".to_owned()
    } else {
        did_you_mean(profile, known).unwrap_or_else(|| format!("declare it with `[profiles.{profile}]`"))
    };
    Diagnostic::new(&UNKNOWN_PROFILE, format!("{who} names the profile `{profile}`, which is not declared"))
        .together(format!("{{}} places name the profile `{profile}`, which is not declared"))
        .at(at)
        .label("no such profile")
        .why("Compose accepts any profile name and then silently enables nothing")
        .help(help)
}
