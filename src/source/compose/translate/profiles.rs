//! Profiles: names that stack.toml cannot hold, and the tables that it wants for each.

use indexmap::IndexMap;

use super::{
    super::decision::{Action, Decision, NO_EFFECT, RENAMED_PROFILE, RESOLVED_VALUE},
    found::Found,
    tree::{node, text},
};
use crate::{
    model::{name, variable},
    source::compose::node::{Entry, Node, Place, Value},
};

/// The profiles of the services in the order of the text, and how they are called in stack.toml.
pub(super) struct Names<'a> {
    lookup: &'a dyn Fn(&str) -> Option<&'a str>,
    /// Compose's name, with that of stack.toml and the place of its first use.
    known: IndexMap<String, (String, Place)>,
}

impl<'a> Names<'a> {
    /// No profile yet; `lookup` gives the values of variables.
    pub(super) fn new(lookup: &'a dyn Fn(&str) -> Option<&'a str>) -> Self {
        Self { lookup, known: IndexMap::new() }
    }

    /// The `profiles` of a service.
    pub(super) fn translate(&mut self, service: &str, mut value: Node, found: &mut Found) -> Node {
        let Value::List(items) = &mut value.value else { return value };
        for item in items {
            let Some(written) = item.text().map(str::to_owned) else { continue };
            let mut name = written.clone();
            if variable::has_variable(&written)
                && let Some(read) = variable::expand(&written, self.lookup)
            {
                found.decisions.push(
                    Decision::new(
                        Action::Resolved,
                        &RESOLVED_VALUE,
                        format!("services.{service}.profiles"),
                        format!("the profile `{written}` of service `{service}` is written as `{read}`"),
                    )
                    .between(written, read.clone())
                    .at(&item.place)
                    .help("`profiles` holds no variable in stack.toml: which combinations there are would not be known"),
                );
                name = read;
            }
            let ours = self.rename(&name, &item.place, found);
            item.value = Value::Text(ours);
        }
        value
    }

    fn rename(&mut self, name: &str, place: &Place, found: &mut Found) -> String {
        if let Some((ours, _)) = self.known.get(name) {
            return ours.clone();
        }
        let mut ours = name.to_owned();
        if !name::is_container(name) || name == "core" || self.known.values().any(|(known, _)| known == name)
        {
            let clean: String = name
                .chars()
                .map(|c| if c.is_ascii_alphanumeric() || "_.-".contains(c) { c } else { '-' })
                .collect();
            ours = format!("profile-{}", clean.trim_matches(['-', '.', '_']));
            while self.known.contains_key(&ours) || self.known.values().any(|(known, _)| *known == ours) {
                ours.push_str("-2");
            }
            found.decisions.push(
                Decision::changed(
                    &RENAMED_PROFILE,
                    "profiles",
                    format!("the profile `{name}` is called `{ours}` in stack.toml"),
                )
                .between(name, ours.clone())
                .at(place)
                .help(format!("scripts with `--profile {name}` need `--profile {ours}`")),
            );
        }
        self.known.insert(name.to_owned(), (ours.clone(), place.clone()));
        ours
    }

    /// `[profiles]`, a table for each; `None` without any.
    pub(super) fn tables(&self, place: &Place) -> Option<Entry> {
        let tables =
            self.known.values().map(|(name, at)| Entry::new(name, node(Value::Table(Vec::new()), at), at));
        let tables: Vec<Entry> = tables.collect();
        (!tables.is_empty()).then(|| Entry::new("profiles", node(Value::Table(tables), place), place))
    }

    /// `default_profiles` from `COMPOSE_PROFILES`; `None` where nothing is enabled.
    pub(super) fn defaults(&self, enabled: &[String], place: &Place, found: &mut Found) -> Option<Entry> {
        let mut ours: Vec<Node> = Vec::new();
        let mut names: Vec<&str> = Vec::new();
        for name in enabled {
            let all = name == "*";
            let known = self.known.iter().filter(|(theirs, _)| all || *theirs == name);
            let known: Vec<&str> = known.map(|(_, (name, _))| name.as_str()).collect();
            if known.is_empty() {
                found.decisions.push(
                    Decision::changed(
                        &NO_EFFECT,
                        "profiles",
                        format!("COMPOSE_PROFILES names `{name}`, which no service has"),
                    )
                    .from(name.as_str()),
                );
            }
            for name in known {
                if !names.contains(&name) {
                    names.push(name);
                    ours.push(text(name, place));
                }
            }
        }
        if ours.is_empty() {
            return None;
        }
        let message = format!("`default_profiles` is what COMPOSE_PROFILES enables: {}", names.join(", "));
        found.decisions.push(
            Decision::new(Action::Resolved, &RESOLVED_VALUE, "profiles", message)
                .between("COMPOSE_PROFILES", names.join(","))
                .help("stackctl does not read COMPOSE_PROFILES"),
        );
        Some(Entry::new("default_profiles", node(Value::List(ours), place), place))
    }

    /// Compose's names with those of stack.toml.
    pub(super) fn into_map(self) -> IndexMap<String, String> {
        self.known.into_iter().map(|(theirs, (ours, _))| (theirs, ours)).collect()
    }
}
