//! What only the env file of an `include` knows: its values become the defaults of the variables, since `.env` and the shell win in
//! Compose too.

use std::collections::BTreeMap;

use super::node::{Entry, Node, Place, Value};
use crate::model::variable::{self, variables};

/// Variables with their values, and what became of them.
pub(super) struct Known<'k> {
    /// The variables that the project's own environment does not have.
    pub(super) values: &'k BTreeMap<String, String>,
    /// Each variable that was used, with the first place. What may be a secret is not written down.
    pub(super) used: BTreeMap<String, Place>,
}

/// Whether a value may be a secret, by the name of its variable.
pub(super) fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    ["PASSWORD", "SECRET", "TOKEN", "KEY"].iter().any(|word| name.contains(word))
}

impl Known<'_> {
    /// Give the variables of a tree their values as defaults.
    pub(super) fn file(&mut self, node: &mut Node) {
        if self.values.is_empty() {
            return;
        }
        if let Value::Text(text) = &mut node.value
            && let Some(written) = self.text(text, &node.place)
        {
            *text = written;
        }
        // Those of build arguments are looked up in the environment of the whole project.
        if let Some(environment) = node.get_mut("environment") {
            self.bare(environment);
        }
        node.children_mut().for_each(|child| self.file(child));
    }

    /// A key without a value takes it from the environment, as `${KEY}` does.
    fn bare(&mut self, environment: &mut Node) {
        // One that is left out stays a bare key, which the shell and `.env` may still give a value.
        let known = |name: &str| self.values.contains_key(name) && !is_secret(name);
        match &mut environment.value {
            Value::List(elements) => {
                for element in elements {
                    if let Value::Text(name) = &mut element.value
                        && known(name)
                    {
                        *name = format!("{name}=${{{name}}}");
                    }
                }
            }
            Value::Table(entries) => {
                for Entry { key, value, .. } in entries {
                    if value.value == Value::Null && known(key) {
                        value.value = Value::Text(format!("${{{key}}}"));
                    }
                }
            }
            _ => {}
        }
    }

    /// The text with defaults; `None` where nothing changes.
    fn text(&mut self, text: &str, place: &Place) -> Option<String> {
        let found = variables(text).ok()?;
        let known = found.into_iter().filter(|found| self.values.contains_key(&found.name));
        let mut names: Vec<String> = known.map(|found| found.name).collect();
        if names.is_empty() {
            return None;
        }
        names.sort_unstable();
        names.dedup();
        for name in &names {
            self.used.entry(name.clone()).or_insert_with(|| place.clone());
        }
        names.retain(|name| !is_secret(name));
        if names.is_empty() {
            return None;
        }
        let is_known = |name: &&str| names.iter().any(|known| known == name);
        Some(variable::with_defaults(text, &|name| {
            Some(name).filter(is_known).and_then(|name| self.values.get(name)).map(String::as_str)
        }))
    }
}
