//! What Compose refuses at the top of a project. What stands below is judged by the decoders, after the translation.

use super::{
    layers::Loader,
    node::{Entry, Node, Value},
};
use crate::{
    diag::{Diagnostic, did_you_mean},
    source::table::{UNKNOWN_KEY, WRONG_TYPE},
};

/// The keys that Compose knows at the top.
const KEYS: [&str; 9] =
    ["name", "version", "services", "networks", "volumes", "secrets", "configs", "models", "include"];
/// Keys that make a table at the top look like a service.
const OF_SERVICES: [&str; 4] = ["image", "build", "ports", "command"];

impl Loader<'_> {
    /// Report what Compose refuses at the top.
    pub(super) fn judge_top(&mut self, root: &Node) {
        for entry in root.entries() {
            let key = entry.key.as_str();
            if !KEYS.contains(&key) && !key.starts_with("x-") {
                self.unknown(entry, root);
                continue;
            }
            match (key, &entry.value.value) {
                ("name" | "version", Value::Text(_)) => {}
                ("name" | "version", _) => self.wrong(entry, key, "text", "put it in quotes"),
                ("services", Value::Table(services)) => {
                    for service in services.iter().filter(|it| !matches!(it.value.value, Value::Table(_))) {
                        let path = format!("services.{}", service.key);
                        self.wrong(service, &path, "a table", "give it an `image` or a `build`");
                    }
                }
                ("services", _) => {
                    self.wrong(entry, key, "a table", "write one key for each service below it")
                }
                _ => {}
            }
        }
    }

    fn unknown(&mut self, entry: &Entry, root: &Node) {
        let message = format!("unknown key `{}` at the top of a Compose file", entry.key);
        let found = self
            .found(&UNKNOWN_KEY, message, &entry.key_place)
            .why(format!("Compose refuses it: additional properties '{}' not allowed", entry.key));
        let is_service = OF_SERVICES.iter().any(|key| entry.value.get(key).is_some());
        let help = if is_service && root.get("services").is_none() {
            Some(
                "the services of a file of version 1 stand at its top: put them below `services:`".to_owned(),
            )
        } else if is_service {
            Some("a service stands below `services:`".to_owned())
        } else {
            did_you_mean(&entry.key, KEYS)
        };
        self.mistakes.push(Diagnostic { help, ..found });
    }

    fn wrong(&mut self, entry: &Entry, path: &str, expected: &str, help: &str) {
        let found = self.found(&WRONG_TYPE, format!("`{path}` is not {expected}"), &entry.key_place);
        self.mistakes.push(found.why("Compose refuses it").help(help));
    }
}
