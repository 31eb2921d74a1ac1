//! What enabling a profile enables: aggregates expanded, and who is active when.

use std::collections::HashSet;

use indexmap::{IndexMap, IndexSet};

use crate::model::{Service, Stack};

/// The profiles of a stack with their aggregates expanded. Unknown names and circles in `includes` are walked around: a
/// rule reports them.
#[derive(Debug)]
pub struct Profiles<'a> {
    stack: &'a Stack,
    /// Profile to everything that enabling it enables, included profiles before itself.
    closure: IndexMap<&'a str, IndexSet<&'a str>>,
    /// Profile to the profiles that enable it: itself first, then aggregates in declaration order.
    enabled_by: IndexMap<&'a str, Vec<&'a str>>,
}

impl<'a> Profiles<'a> {
    /// Expand the profiles of a stack.
    pub fn new(stack: &'a Stack) -> Self {
        let mut closure = IndexMap::new();
        for name in stack.profiles.keys() {
            let mut reached = IndexSet::new();
            expand(stack, name, &mut HashSet::new(), &mut reached);
            closure.insert(name.as_str(), reached);
        }
        let mut enabled_by: IndexMap<&str, Vec<&str>> =
            stack.profiles.keys().map(|name| (name.as_str(), vec![name.as_str()])).collect();
        for (aggregate, reached) in &closure {
            for name in reached.iter().filter(|name| *name != aggregate) {
                enabled_by.entry(name).or_default().push(aggregate);
            }
        }
        Self { stack, closure, enabled_by }
    }

    /// The stack.
    pub fn stack(&self) -> &'a Stack {
        self.stack
    }

    /// Every profile that enabling these enables, in the order in which their overlays apply: declaration order, included
    /// profiles before the aggregate that includes them. Unknown names are left out.
    pub fn enabled(&self, selected: &[impl AsRef<str>]) -> IndexSet<&'a str> {
        let selected: HashSet<&str> = selected.iter().map(AsRef::as_ref).collect();
        let mut wanted: HashSet<&str> = HashSet::new();
        for name in &selected {
            wanted.extend(self.closure.get(name).into_iter().flatten());
        }
        let mut enabled = IndexSet::new();
        for reached in self.closure.values() {
            let last = reached.last().is_some_and(|own| wanted.contains(own));
            if last {
                enabled.extend(reached.iter().copied());
            }
        }
        enabled
    }

    /// The profiles that enable this one: itself, then every aggregate that includes it, in declaration order. A name
    /// that is not declared enables only itself.
    pub fn enabled_by(&self, profile: &'a str) -> Vec<&'a str> {
        self.enabled_by.get(profile).cloned().unwrap_or_else(|| vec![profile])
    }

    /// The profiles that a service is rendered with: its own, each followed by the aggregates that include it.
    pub fn rendered(&self, service: &'a Service) -> IndexSet<&'a str> {
        let mut rendered: IndexSet<&str> = service.profiles.iter().map(String::as_str).collect();
        for profile in &service.profiles {
            rendered.extend(self.enabled_by(profile));
        }
        rendered
    }

    /// Whether a service is active when exactly these profiles are enabled (a set as [`Profiles::enabled`] returns it).
    pub fn is_active(&self, service: &Service, enabled: &IndexSet<&str>) -> bool {
        service.profiles.is_empty()
            || service.profiles.iter().any(|profile| enabled.contains(profile.as_str()))
    }
}

fn expand<'a>(stack: &'a Stack, name: &'a str, open: &mut HashSet<&'a str>, reached: &mut IndexSet<&'a str>) {
    let Some((name, profile)) = stack.profiles.get_key_value(name) else { return };
    if reached.contains(name.as_str()) || !open.insert(name) {
        return;
    }
    // Declaration order, not the order within `includes`, so that an overlay's place never depends on who asks for it.
    let mut included: Vec<usize> =
        profile.includes.iter().filter_map(|include| stack.profiles.get_index_of(include.as_str())).collect();
    included.sort_unstable();
    for index in included {
        if let Some((include, _)) = stack.profiles.get_index(index) {
            expand(stack, include, open, reached);
        }
    }
    reached.insert(name);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Profile;

    fn stack(profiles: &[(&str, &[&str])]) -> Stack {
        let profiles = profiles.iter().map(|(name, includes)| {
            let includes = includes.iter().map(|include| (*include).to_owned()).collect();
            ((*name).to_owned(), Profile { includes, ..Profile::default() })
        });
        Stack { profiles: profiles.collect(), ..Stack::default() }
    }

    #[test]
    fn an_aggregate_enables_what_it_includes_before_itself() {
        let stack = stack(&[
            ("all", &["full", "x1"]),
            ("full", &["kafka", "tracing"]),
            ("tracing", &[]),
            ("kafka", &[]),
            ("x1", &[]),
        ]);
        let profiles = Profiles::new(&stack);
        assert!(profiles.enabled(&["all"]).iter().eq(&["tracing", "kafka", "full", "x1", "all"]));
        assert!(profiles.enabled(&["kafka", "tracing"]).iter().eq(&["tracing", "kafka"]));
        assert_eq!(profiles.enabled_by("tracing"), ["tracing", "all", "full"]);
    }

    #[test]
    fn circles_and_unknown_names_end() {
        let stack = stack(&[("aa", &["bb", "nope"]), ("bb", &["aa"])]);
        let profiles = Profiles::new(&stack);
        assert_eq!(profiles.enabled(&["aa"]).len(), 2);
        assert!(profiles.enabled(&["nope"]).is_empty());
    }
}
