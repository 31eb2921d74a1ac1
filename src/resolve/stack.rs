//! The resolved stack.

use std::borrow::Cow;

use indexmap::{IndexMap, IndexSet};

use super::Profiles;
use crate::model::{Overlay, Resources, Service, Stack};

/// A stack as one combination of profiles makes it: the active services with overlays applied.
#[derive(Debug)]
pub struct ResolvedStack<'a> {
    /// The whole stack.
    pub stack: &'a Stack,
    /// The selected profiles, as they were given.
    pub selected: Vec<String>,
    /// Everything they enable, in the order in which overlays apply.
    pub enabled: IndexSet<&'a str>,
    /// The active services in declaration order.
    pub services: IndexMap<&'a str, Cow<'a, Service>>,
}

impl<'a> ResolvedStack<'a> {
    /// Resolve a stack for the selected profiles. An empty selection is the core services alone.
    pub fn new(profiles: &Profiles<'a>, selected: &[impl AsRef<str>]) -> Self {
        let stack = profiles.stack();
        let enabled = profiles.enabled(selected);
        let mut services: IndexMap<&str, Cow<'_, Service>> = IndexMap::with_capacity(stack.services.len());
        services.extend(
            stack
                .services
                .iter()
                .filter(|(_, service)| profiles.is_active(service, &enabled))
                .map(|(name, service)| (name.as_str(), Cow::Borrowed(service))),
        );
        for profile in &enabled {
            for (name, overlay) in &stack.profiles[*profile].services {
                if let Some(service) = services.get_mut(name.as_str()) {
                    apply(overlay, service.to_mut());
                }
            }
        }
        let selected = selected.iter().map(|name| name.as_ref().to_owned()).collect();
        Self { stack, selected, enabled, services }
    }

    /// The enabled profiles that have an overlay file, in the order in which Compose must be given them.
    pub fn overlays(&self) -> impl Iterator<Item = &'a str> {
        self.enabled.iter().copied().filter(|profile| !self.stack.profiles[*profile].services.is_empty())
    }
}

/// Apply one overlay to a service, as Compose merges an override file.
pub fn apply(overlay: &Overlay, service: &mut Service) {
    // By name, so that a new key does not compile before it is applied.
    let Overlay { environment, depends_on, limits, reservations, replicas, command, variables } = overlay;
    // A value that the overlay sets replaces a text with a variable, too.
    let is_set = |path: &[&str]| match path {
        ["limits", key] => set(limits, key),
        ["reservations", key] => set(reservations, key),
        ["replicas"] => replicas.is_some(),
        ["depends_on", name] => depends_on.contains_key(*name),
        _ => false,
    };
    service.variables.retain(|path| !is_set(path));
    service.variables.extend(variables.clone());
    service.environment.extend(environment.clone());
    service.depends_on.extend(depends_on.clone());
    service.limits.replace(limits);
    service.reservations.replace(reservations);
    service.replicas = replicas.or(service.replicas);
    if command.is_some() {
        service.command.clone_from(command);
    }
}

/// Whether an amount is set.
fn set(resources: &Resources, key: &str) -> bool {
    match key {
        "memory" => resources.memory.is_some(),
        "cpus" => resources.cpus.is_some(),
        _ => resources.pids.is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Bytes, Profile};

    #[test]
    fn an_overlay_changes_only_what_it_sets_and_only_when_enabled() {
        let memory = |bytes| Resources { memory: Some(Bytes(bytes)), ..Resources::default() };
        let mut stack = Stack::default();
        stack
            .services
            .insert("api".into(), Service { limits: memory(1), replicas: Some(2), ..Service::default() });
        stack
            .services
            .insert("ui".into(), Service { profiles: vec!["tracing".into()], ..Service::default() });
        let overlay = Overlay { limits: memory(5), ..Overlay::default() };
        let tracing = Profile { services: [("api".to_owned(), overlay)].into(), ..Profile::default() };
        stack.profiles.insert("tracing".into(), tracing);
        stack
            .profiles
            .insert("full".into(), Profile { includes: vec!["tracing".into()], ..Profile::default() });

        let profiles = Profiles::new(&stack);
        let none = ResolvedStack::new(&profiles, &[] as &[&str]);
        assert_eq!(none.services.len(), 1);
        assert_eq!(none.services["api"].limits, memory(1));
        let full = ResolvedStack::new(&profiles, &["full"]);
        assert_eq!(full.services.len(), 2);
        assert_eq!(full.services["api"].limits, memory(5));
        assert_eq!(full.services["api"].replica_count(), 2);
        assert!(full.overlays().eq(["tracing"]));
    }
}
