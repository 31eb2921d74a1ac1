//! Overlays that contradict each other.

use std::collections::HashMap;

use super::Context;
use crate::{
    diag::{Allow, Code, Diagnostic, KeyPath},
    model::{Command, Dependency, Overlay},
};

static OVERLAY_CONFLICT: Code = Code::error(
    "overlay-conflict",
    Allow::Never(Allow::PROFILES),
    "\
Two profiles set one key of one service to different values. Any two profiles can be enabled together, unless one excludes the other, and Compose then \
takes the value of whichever `-f` comes last: the stack would depend on the order of command line arguments.

```toml
[profiles.tracing.services.api]
limits = { memory = \"768M\" }
[profiles.kafka.services.api]
limits = { memory = \"1G\" }       # error
```

Write the same value in both, or move the key to one of them. Where the combination needs a value of its own, write \
the larger one in both.",
);

pub(super) static CODES: &[&Code] = &[&OVERLAY_CONFLICT];

/// The value of one key, for comparison and for the message.
#[derive(PartialEq)]
enum Setting<'a> {
    Text(Option<&'a str>),
    Dependency(&'a Dependency),
    Number(String),
    Command(&'a Command),
}

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for service in context.services().keys() {
        let overlays = context.overlays(service);
        if overlays.len() < 2 {
            continue;
        }
        let mut before: HashMap<Vec<&str>, Vec<(&str, Setting<'_>)>> = HashMap::new();
        for (profile, overlay) in overlays {
            for (key, value) in settings(overlay) {
                let earlier = before.entry(key.clone()).or_default();
                // Where any two can be enabled together, the first one stands for all that say the same.
                let compared = if context.reach.is_plain() { earlier.len().min(1) } else { earlier.len() };
                let mut different = earlier[..compared].iter().filter(|(_, earlier)| *earlier != value);
                found.extend(different.find_map(|(other, earlier)| {
                    conflict(context, service, &key, [(other, earlier), (profile, &value)])
                }));
                earlier.push((profile, value));
            }
        }
    }
}

fn conflict(
    context: &Context<'_>,
    service: &str,
    key: &[&str],
    sides: [(&str, &Setting<'_>); 2],
) -> Option<Diagnostic> {
    let [(earlier, before), (later, after)] = sides;
    let below = |path: KeyPath| key.iter().fold(path, |path, key| path.key(*key));
    let path = |profile: &str| below(KeyPath::from(["profiles", profile, "services", service]));
    let combination = context.when(service).enabled(earlier).enabled(later).witness()?;
    let key = below(KeyPath::default());
    let message =
        format!("the profiles `{earlier}` and `{later}` set `{key}` of service `{service}` differently");
    let diagnostic = Diagnostic::new(&OVERLAY_CONFLICT, message)
        .at(path(later))
        .label(describe(after))
        .related(path(earlier), format!("{} here", describe(before)))
        .why("both can be enabled together, and Compose then takes whichever file comes last")
        .help("write the same value in both, or the key in only one of them");
    Some(diagnostic.in_combination(combination))
}

fn settings(overlay: &Overlay) -> Vec<(Vec<&str>, Setting<'_>)> {
    let mut all = Vec::new();
    for (name, value) in &overlay.environment {
        all.push((vec!["environment", name.as_str()], Setting::Text(value.as_deref())));
    }
    for (name, dependency) in &overlay.depends_on {
        all.push((vec!["depends_on", name.as_str()], Setting::Dependency(dependency)));
    }
    for (table, resources) in [("limits", &overlay.limits), ("reservations", &overlay.reservations)] {
        let values = [
            ("memory", resources.memory.map(|memory| memory.exact())),
            ("cpus", resources.cpus.map(|cpus| cpus.to_string())),
            ("pids", resources.pids.map(|pids| pids.to_string())),
        ];
        for (key, value) in values {
            all.extend(value.map(|value| (vec![table, key], Setting::Number(value))));
        }
    }
    all.extend(overlay.replicas.map(|count| (vec!["replicas"], Setting::Number(count.to_string()))));
    all.extend(overlay.command.as_ref().map(|command| (vec!["command"], Setting::Command(command))));
    all
}

fn describe(setting: &Setting<'_>) -> String {
    match setting {
        Setting::Text(None) => "taken from the caller".to_owned(),
        Setting::Text(Some(text)) => format!("{text:?}"),
        Setting::Number(text) => text.clone(),
        Setting::Dependency(dependency) => {
            let optional = if dependency.required { "" } else { ", not required" };
            format!("{}{optional}", dependency.condition.compose_name())
        }
        Setting::Command(Command::Shell(text)) => format!("{text:?}"),
        Setting::Command(Command::Exec(list)) => format!("{list:?}"),
    }
}
