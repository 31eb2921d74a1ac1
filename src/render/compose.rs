//! docker-compose.yml and its overlay files.

use std::collections::HashMap;

use super::{GeneratedFile, comments, image::Image, overlay, service, toplevel, yaml};
use crate::{
    model::{Map, Stack, Value, variable::has_variable},
    resolve::Profiles,
};

/// The name of the main file in `generated/`.
pub const COMPOSE_FILE: &str = "docker-compose.yml";

/// The name of a profile's overlay file in `generated/`.
pub fn overlay_file(profile: &str) -> String {
    format!("docker-compose.{profile}.yml")
}

/// The main file and one for every profile with an overlay. `side_files` holds, for each service with side files, the
/// fingerprint of their text.
pub fn files(
    profiles: &Profiles<'_>,
    image: &Image<'_>,
    side_files: &HashMap<&str, String>,
) -> Vec<GeneratedFile> {
    let stack = profiles.stack();
    let mut reads_environment = false;
    let mut text = comments::head(profiles);
    // About what a service takes: a text that grows by doubling would be copied again and again.
    text.reserve(stack.services.len() * 1024);
    text.push('\n');
    yaml::write(&Map::from([("name".to_owned(), Value::from(stack.name.as_str()))]), 0, &mut text);
    text.push_str(if stack.services.is_empty() { "\nservices: {}\n" } else { "\nservices:\n" });
    let mut group = None;
    for (index, (name, service)) in stack.services.iter().enumerate() {
        if index > 0 {
            text.push('\n');
        }
        let own = profiles.rendered(service);
        if group.as_ref() != Some(&own) {
            text.push_str(&comments::group(&own));
            group = Some(own);
        }
        let fingerprint = side_files.get(name.as_str()).map(String::as_str);
        let keys = service::keys(profiles, image, name, service, fingerprint);
        reads_environment |= service.environment.values().any(Option::is_none);
        let entry = Map::from([(name.clone(), Value::Map(keys))]);
        reads_environment |= entry.values().any(needs_environment);
        yaml::write(&entry, 2, &mut text);
    }
    for (key, table) in toplevel::tables(stack) {
        text.push('\n');
        let from_environment =
            table.values().any(|it| it.as_map().is_some_and(|it| it.contains_key("environment")));
        let table = Map::from([(key.to_owned(), Value::Map(table))]);
        reads_environment |= from_environment || table.values().any(needs_environment);
        yaml::write(&table, 0, &mut text);
    }

    let overlays = overlays(profiles, &mut reads_environment);
    text.push('\n');
    text.push_str(&comments::tail(profiles, reads_environment));
    let mut files = vec![GeneratedFile { path: COMPOSE_FILE.to_owned(), text }];
    files.extend(overlays);
    files
}

/// The paths of what [`files`] returns.
pub fn paths(stack: &Stack) -> impl Iterator<Item = String> {
    let overlays = stack.profiles.iter().filter(|(_, profile)| !profile.services.is_empty());
    std::iter::once(COMPOSE_FILE.to_owned()).chain(overlays.map(|(name, _)| overlay_file(name)))
}

fn overlays(profiles: &Profiles<'_>, reads_environment: &mut bool) -> Vec<GeneratedFile> {
    let stack = profiles.stack();
    let mut files = Vec::new();
    for (name, profile) in stack.profiles.iter().filter(|(_, profile)| !profile.services.is_empty()) {
        let services: Map = profile
            .services
            .iter()
            .map(|(service, overlay)| {
                (service.clone(), Value::Map(overlay::keys(overlay, stack.services.get(service))))
            })
            .collect();
        let document = Map::from([("services".to_owned(), Value::Map(services))]);
        let nulls =
            |variables: &indexmap::IndexMap<String, Option<String>>| variables.values().any(Option::is_none);
        *reads_environment |= profile.services.values().any(|overlay| nulls(&overlay.environment));
        *reads_environment |= document.values().any(needs_environment);
        let mut text = comments::overlay_head(name);
        yaml::write(&document, 0, &mut text);
        files.push(GeneratedFile { path: overlay_file(name), text });
    }
    files
}

/// Whether Compose replaces anything in it.
fn needs_environment(value: &Value) -> bool {
    match value {
        Value::String(text) => has_variable(text),
        Value::List(list) => list.iter().any(needs_environment),
        Value::Map(map) => map.values().any(needs_environment),
        _ => false,
    }
}
