//! docker-compose.yml and its overlay files.

use super::{
    comments,
    names::{COMPOSE_FILE, overlay_file},
    overlay, service,
};
use crate::{
    diag::Diagnostic,
    model::{Map, PathBase, Profile, Stack, Value},
    render::{
        image::Image,
        output::{Document, GeneratedFile},
        renderer::{Input, Output},
        tables, yaml,
    },
};

/// The main file and one for every profile with an overlay.
///
/// # Errors
/// None: `validate` has found what Compose refuses.
pub fn render(input: &Input<'_>) -> Result<Output, Vec<Diagnostic>> {
    let profiles = input.profiles;
    let stack = profiles.stack();
    let base = PathBase::of(stack);
    let image = Image::of(stack);
    let mut text = comments::head(profiles, base);
    // About what a service takes: a text that grows by doubling would be copied again and again.
    text.reserve(stack.services.len() * 1024);
    text.push('\n');
    let mut tree = Map::from([("name".to_owned(), Value::from(stack.name.as_str()))]);
    yaml::write(&tree, 0, &mut text);
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
        let fingerprint = input.fingerprints.get(name.as_str()).map(String::as_str);
        let keys = service::keys(base, profiles, &image, name, service, fingerprint);
        let entry = Map::from([(name.clone(), Value::Map(keys))]);
        yaml::write(&entry, 2, &mut text);
        services.extend(entry);
    }
    tree.insert("services".to_owned(), Value::Map(services));
    for (key, table) in tables(base, stack).into_iter().filter(|(_, table)| !table.is_empty()) {
        text.push('\n');
        let table = Map::from([(key.to_owned(), Value::Map(table))]);
        yaml::write(&table, 0, &mut text);
        tree.extend(table);
    }
    if !stack.extensions.is_empty() {
        text.push('\n');
        yaml::write(&stack.extensions, 0, &mut text);
        tree.extend(stack.extensions.clone());
    }
    text.push('\n');
    text.push_str(&comments::tail(profiles, base));
    let file = GeneratedFile { path: COMPOSE_FILE.to_owned(), text };
    let main = Document { file, tree: Value::Map(tree) };
    Ok(Output { documents: [main].into_iter().chain(overlays(stack, base)).collect(), losses: Vec::new() })
}

/// The tables at the top, in the order in which they are written.
fn tables(base: PathBase, stack: &Stack) -> [(&'static str, Map); 5] {
    let networks = stack.networks.iter().map(|(name, it)| (name.clone(), tables::network(it)));
    let volumes = stack.volumes.iter().map(|(name, it)| (name.clone(), tables::volume(base, it)));
    let secrets = stack.secrets.iter().map(|(name, it)| (name.clone(), tables::secret(base, name, it)));
    let configs = stack.configs.iter().map(|(name, it)| (name.clone(), tables::config(base, it)));
    let models = stack.models.iter().map(|(name, it)| (name.clone(), Value::Map(it.clone())));
    [
        ("networks", networks.collect()),
        ("volumes", volumes.collect()),
        ("secrets", secrets.collect()),
        ("configs", configs.collect()),
        ("models", models.collect()),
    ]
}

/// The paths of what [`render`] returns.
pub fn paths(stack: &Stack) -> Vec<String> {
    let overlays = with_overlay(stack).map(|(name, _)| overlay_file(name));
    [COMPOSE_FILE.to_owned()].into_iter().chain(overlays).collect()
}

fn with_overlay(stack: &Stack) -> impl Iterator<Item = (&String, &Profile)> {
    stack.profiles.iter().filter(|(_, profile)| !profile.services.is_empty())
}

fn overlays(stack: &Stack, base: PathBase) -> impl Iterator<Item = Document> {
    with_overlay(stack).map(move |(name, profile)| {
        let services = profile.services.iter().map(|(service, overlay)| {
            (service.clone(), Value::Map(overlay::keys(overlay, stack.services.get(service))))
        });
        let tree = Map::from([("services".to_owned(), Value::Map(services.collect()))]);
        let mut text = comments::overlay_head(name, base);
        yaml::write(&tree, 0, &mut text);
        Document { file: GeneratedFile { path: overlay_file(name), text }, tree: Value::Map(tree) }
    })
}
