//! Where a value is put: every key of the reference that Compose knows too.

use stackctl::internals::source::reference;

/// What only stackctl has: nothing of Compose to compare it with.
const OWN_TABLES: [&str; 3] = ["budget", "traffic", "services.SERVICE.files[]"];
const OWN_KEYS: [&str; 13] = [
    "allow",
    "notes",
    "files",
    "compose",
    "generate",
    "env",
    "secret",
    "description",
    "includes",
    "excludes",
    "services",
    "resources",
    "profiles",
];

/// The place of every key, as in docs/stack-toml.md: `services.SERVICE.build.secrets[].mode`. Keys that are kept for Compose
/// have a second one in `compose = { ... }`.
pub fn places() -> Vec<String> {
    let mut places = Vec::new();
    for section in reference::sections() {
        let own = |table: &&str| section.path == **table || section.path.starts_with(&format!("{table}."));
        if section.path.is_empty() || OWN_TABLES.iter().any(own) {
            continue;
        }
        for entry in section.entries.iter().filter(|entry| !OWN_KEYS.contains(&entry.name)) {
            places.push(format!("{}.{}", section.path, entry.name));
            if section.path == "services.SERVICE" && entry.kept {
                places.push(format!("services.SERVICE.compose.{}", entry.name));
            }
        }
    }
    places
}

/// The steps to a place; `[]` is an element of a list.
pub fn steps(place: &str) -> Vec<&str> {
    place
        .split('.')
        .flat_map(|step| match step.strip_suffix("[]") {
            Some(list) => vec![list, "[]"],
            None => vec![step],
        })
        .collect()
}
