//! The edges between services: who needs whom, in which combinations.

use std::collections::{HashMap, HashSet};

use super::reach::{Combination, Reach, When};
use crate::{
    diag::{KeyPath, service_path},
    model::{Condition, Dependency, Service, Stack, variable},
    resolve::ResolvedStack,
};

/// The key that makes an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    DependsOn,
    Links,
    VolumesFrom,
    NetworkMode,
    Ipc,
    Pid,
}

impl Via {
    /// The key's name.
    pub fn key(self) -> &'static str {
        match self {
            Self::DependsOn => "depends_on",
            Self::Links => "links",
            Self::VolumesFrom => "volumes_from",
            Self::NetworkMode => "network_mode",
            Self::Ipc => "ipc",
            Self::Pid => "pid",
        }
    }
}

/// One service needs another.
#[derive(Debug, Clone, Copy)]
pub struct Edge<'a> {
    pub from: &'a str,
    pub to: &'a str,
    pub via: Via,
    /// The position in `links` or `volumes_from`.
    pub position: usize,
    /// The profile with the overlay that makes it.
    pub overlay: Option<&'a str>,
    /// When it is met; `started` for everything other than `depends_on`.
    pub condition: Condition,
    /// Whether the other service has to be active.
    pub required: bool,
}

/// All edges of a stack, overlays included.
pub struct Edges<'a> {
    all: Vec<Edge<'a>>,
    /// The overlay entries of `depends_on` for a pair of services: they replace the service's own entry.
    overlaid: HashMap<(&'a str, &'a str), Vec<&'a str>>,
}

impl<'a> Edges<'a> {
    /// Collect the edges: services in declaration order, then overlays.
    pub fn new(stack: &'a Stack) -> Self {
        let mut all = Vec::new();
        let mut overlaid: HashMap<(&str, &str), Vec<&str>> = HashMap::new();
        for (from, service) in &stack.services {
            all.extend(service.depends_on.iter().map(|(to, entry)| depends_on(from, to, entry, None)));
            implied(from, service, &mut all);
        }
        for (profile, table) in &stack.profiles {
            for (from, overlay) in &table.services {
                for (to, entry) in &overlay.depends_on {
                    all.push(depends_on(from, to, entry, Some(profile)));
                    overlaid.entry((from, to)).or_default().push(profile);
                }
            }
        }
        Self { all, overlaid }
    }

    /// Every edge.
    pub fn iter(&self) -> impl Iterator<Item = &Edge<'a>> {
        self.all.iter()
    }

    /// The overlays with an entry that replaces this edge.
    fn replacing(&self, edge: &Edge<'a>) -> &[&'a str] {
        match (edge.via, edge.overlay) {
            (Via::DependsOn, None) => self.overlaid.get(&(edge.from, edge.to)).map_or(&[], Vec::as_slice),
            _ => &[],
        }
    }

    /// When an edge holds: its service is active and its overlay applies, or none replaces it.
    pub fn when<'r>(&self, reach: &'r Reach<'a>, edge: &Edge<'a>) -> When<'r> {
        let when = reach.when().active(edge.from);
        let when = edge.overlay.iter().fold(when, |when, profile| when.enabled(profile));
        self.replacing(edge).iter().fold(when, |when, profile| when.disabled(profile))
    }

    /// Whether an edge holds in a combination.
    pub fn holds(&self, reach: &Reach<'_>, edge: &Edge<'a>, combination: &Combination) -> bool {
        reach.is_active(edge.from, combination)
            && edge.overlay.is_none_or(|profile| reach.is_enabled(profile, combination))
            && !self.replacing(edge).iter().any(|profile| reach.is_enabled(profile, combination))
    }

    /// The profiles with overlays that decide about an edge.
    pub fn deciding<'e>(&'e self, edge: &'e Edge<'a>) -> impl Iterator<Item = &'a str> + 'e {
        self.replacing(edge).iter().copied().chain(edge.overlay)
    }
}

impl Edge<'_> {
    /// Where it is written.
    pub fn path(&self) -> KeyPath {
        let own = match self.overlay {
            None => service_path(self.from),
            Some(profile) => KeyPath::from(["profiles", profile, "services", self.from]),
        };
        let key = own.key(self.via.key());
        match self.via {
            Via::DependsOn => key.key(self.to),
            Via::Links | Via::VolumesFrom => key.index(self.position),
            Via::NetworkMode | Via::Ipc | Via::Pid => key,
        }
    }
}

/// These services and all that they need, by any key, as far as they are active; in the order of stack.toml.
pub fn with_needs<'a>(selection: &ResolvedStack<'a>, names: &[impl AsRef<str>]) -> Vec<&'a str> {
    let mut needed: HashSet<&str> = HashSet::new();
    let mut left: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    while let Some(name) = left.pop() {
        let Some(service) = selection.services.get(name).filter(|_| needed.insert(name)) else { continue };
        let mut edges = Vec::new();
        implied(name, service, &mut edges);
        left.extend(edges.iter().map(|edge| edge.to));
        left.extend(service.depends_on.keys().map(String::as_str));
    }
    selection.services.keys().copied().filter(|name| needed.contains(name)).collect()
}

fn depends_on<'a>(from: &'a str, to: &'a str, entry: &Dependency, overlay: Option<&'a str>) -> Edge<'a> {
    let Dependency { condition, required, .. } = *entry;
    Edge { from, to, via: Via::DependsOn, position: 0, overlay, condition, required }
}

/// The keys that need a service without saying so (COMPOSE_FACTS: all of them are required edges).
fn implied<'a>(from: &'a str, service: &'a Service, all: &mut Vec<Edge<'a>>) {
    let mut push = |to: &'a str, via, position| {
        if !variable::has_variable(to) {
            let edge = Edge {
                from,
                to,
                via,
                position,
                overlay: None,
                condition: Condition::Started,
                required: true,
            };
            all.push(edge);
        }
    };
    for (position, link) in service.links.iter().enumerate() {
        push(link.split(':').next().unwrap_or(link), Via::Links, position);
    }
    for (position, source) in service.volumes_from.iter().enumerate() {
        if !source.starts_with("container:") {
            push(source.split(':').next().unwrap_or(source), Via::VolumesFrom, position);
        }
    }
    let modes =
        [(&service.network_mode, Via::NetworkMode), (&service.ipc, Via::Ipc), (&service.pid, Via::Pid)];
    for (mode, via) in modes {
        if let Some(to) = mode.as_deref().and_then(|mode| mode.strip_prefix("service:")) {
            push(to, via, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::Map, resolve::Profiles};

    #[test]
    fn what_a_service_needs() {
        let on = |names: &[&str]| {
            let dependency = Dependency {
                condition: Condition::Started,
                required: true,
                restart: false,
                rest: Map::new(),
            };
            let depends_on = names.iter().map(|name| ((*name).to_owned(), dependency.clone())).collect();
            Service { depends_on, ..Service::default() }
        };
        let services = [
            ("db", on(&[])),
            ("vpn", on(&["db"])),
            ("api", Service { network_mode: Some("service:vpn".into()), ..on(&["absent"]) }),
            ("web", on(&["api"])),
            ("alone", on(&[])),
        ];
        let services = services.into_iter().map(|(name, service)| (name.to_owned(), service)).collect();
        let stack = Stack { services, ..Stack::default() };
        let profiles = Profiles::new(&stack);
        let selection = ResolvedStack::new(&profiles, &[] as &[&str]);
        assert_eq!(with_needs(&selection, &["api"]), ["db", "vpn", "api"]);
        assert_eq!(with_needs(&selection, &["db", "alone"]), ["db", "alone"]);
    }
}
