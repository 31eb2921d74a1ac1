//! docker-compose.yml and its overlay files.

use std::collections::HashMap;

use super::{GeneratedFile, comments, image::Image, overlay, service, toplevel, yaml};
use crate::{
    model::{Map, PathBase, Stack, Value},
    resolve::Profiles,
};

/// The name of the main file in `generated/`.
pub const COMPOSE_FILE: &str = "docker-compose.yml";

/// The name of a profile's overlay file in `generated/`.
pub fn overlay_file(profile: &str) -> String {
    format!("docker-compose.{profile}.yml")
}

/// The main file and one for every profile with an overlay, each with the tree that its text was written from. `side_files`
/// holds, for each service with side files, the fingerprint of their text.
pub fn files(
    profiles: &Profiles<'_>,
    image: &Image<'_>,
    side_files: &HashMap<&str, String>,
) -> Vec<(GeneratedFile, Map)> {
    let stack = profiles.stack();
    let base = PathBase::of(stack);
    let mut text = comments::head(profiles, base);
    // About what a service takes: a text that grows by doubling would be copied again and again.
    text.reserve(stack.services.len() * 1024);
    text.push('\n');
    let mut meant = Map::from([("name".to_owned(), Value::from(stack.name.as_str()))]);
    yaml::write(&meant, 0, &mut text);
    text.push_str(if stack.services.is_empty() { "\nservices: {}\n" } else { "\nservices:\n" });
    let mut services = Map::with_capacity(stack.services.len());
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
        let keys = service::keys(base, profiles, image, name, service, fingerprint);
        let entry = Map::from([(name.clone(), Value::Map(keys))]);
        yaml::write(&entry, 2, &mut text);
        services.extend(entry);
    }
    meant.insert("services".to_owned(), Value::Map(services));
    for (key, table) in toplevel::tables(base, stack) {
        text.push('\n');
        let table = Map::from([(key.to_owned(), Value::Map(table))]);
        yaml::write(&table, 0, &mut text);
        meant.extend(table);
    }
    text.push('\n');
    text.push_str(&comments::tail(profiles, base));
    let main = (GeneratedFile { path: COMPOSE_FILE.to_owned(), text }, meant);
    [main].into_iter().chain(overlays(stack, base)).collect()
}

/// The paths of what [`files`] returns.
pub fn paths(stack: &Stack) -> impl Iterator<Item = String> {
    let overlays = stack.profiles.iter().filter(|(_, profile)| !profile.services.is_empty());
    std::iter::once(COMPOSE_FILE.to_owned()).chain(overlays.map(|(name, _)| overlay_file(name)))
}

fn overlays(stack: &Stack, base: PathBase) -> impl Iterator<Item = (GeneratedFile, Map)> {
    let profiles = stack.profiles.iter().filter(|(_, profile)| !profile.services.is_empty());
    profiles.map(move |(name, profile)| {
        let services = profile.services.iter().map(|(service, overlay)| {
            (service.clone(), Value::Map(overlay::keys(overlay, stack.services.get(service))))
        });
        let document = Map::from([("services".to_owned(), Value::Map(services.collect()))]);
        let mut text = comments::overlay_head(name, base);
        yaml::write(&document, 0, &mut text);
        (GeneratedFile { path: overlay_file(name), text }, document)
    })
}
