//! What a picture of a stack shows, apart from how: services in groups, and what depends on what.

use indexmap::IndexMap;
use serde::Serialize;

use super::theme;
use crate::{
    model::{self, Bytes, Condition, HostIp, Port},
    resolve::{Profiles, ResolvedStack},
};

/// A stack, or one combination of its profiles, as it is drawn.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Scene {
    /// The project.
    pub name: String,
    /// The budget's memory, where there is one.
    pub budget_bytes: Option<u64>,
    /// Groups in the order in which they are drawn: core, then profiles as they are declared.
    pub groups: Vec<Group>,
    /// Services in declaration order.
    pub services: Vec<Service>,
    /// Dependencies in declaration order. Those on a service that is not drawn are left out.
    pub dependencies: Vec<Dependency>,
    /// Profiles that only include others, with what they include.
    pub aggregates: IndexMap<String, Vec<String>>,
}

/// Services that are active with the same profiles.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Group {
    /// The profiles, any of which activates them; none is core.
    pub profiles: Vec<String>,
    /// Memory limits of the group's containers.
    pub memory_limit_bytes: u64,
    /// Services of the group without a memory limit.
    #[serde(skip)]
    pub unlimited: usize,
}

impl Group {
    /// Its memory limits: `2 GiB`, `no limits`, or `2 GiB, 1 without`.
    pub fn memory(&self) -> String {
        memory(self.memory_limit_bytes, self.unlimited)
    }

    /// `core`, `tracing`, or `tracing or kafka`.
    pub fn title(&self) -> String {
        if self.profiles.is_empty() { "core".to_owned() } else { self.profiles.join(" or ") }
    }
}

/// One service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Index into the groups.
    pub group: usize,
    /// What its containers are made of: an image, or `build FOLDER`.
    pub image: String,
    /// How many containers.
    pub replicas: u32,
    /// The memory limit of one container.
    pub memory_limit_bytes: Option<u64>,
    /// The memory reservation of one container.
    pub memory_reservation_bytes: Option<u64>,
    /// Published ports in the syntax of stack.toml.
    pub ports: Vec<String>,
}

impl Service {
    /// How many containers, behind its name: ` ×2`, and nothing for one.
    pub(super) fn times(&self) -> String {
        if self.replicas == 1 { String::new() } else { format!(" ×{}", self.replicas) }
    }

    /// What stands below its name: image, memory limit and ports, as far as there are some.
    pub(super) fn details(&self) -> impl Iterator<Item = String> {
        let memory = self.memory_limit_bytes.map(|bytes| Bytes(bytes).to_string());
        let all = [self.image.clone(), memory.unwrap_or_default(), self.doors().join(" ")];
        all.into_iter().filter(|detail| !detail.is_empty())
    }

    /// Published ports as a person asks for them: `:8080` on this machine, with the address where it is another (`*` is every
    /// one); `:?` where the engine chooses the port.
    pub fn doors(&self) -> Vec<String> {
        let door = |port: &String| {
            let (machine, _) = port.rsplit_once(':').unwrap_or((port, ""));
            let chosen = if machine.ends_with(':') { "?" } else { "" };
            format!("{}{chosen}", machine.strip_prefix("127.0.0.1").unwrap_or(machine))
        };
        self.ports.iter().map(door).collect()
    }
}

/// One dependency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dependency {
    /// Index of the service that waits.
    pub from: usize,
    /// Index of the service that is waited for.
    pub to: usize,
    /// `started`, `healthy` or `completed`.
    pub condition: &'static str,
    /// Whether it holds only where the other is active.
    pub required: bool,
    /// The profile with the overlay that adds it; `null` where the service says so itself.
    pub profile: Option<String>,
}

impl Scene {
    /// Everything that any profile activates.
    pub fn every(profiles: &Profiles<'_>) -> Self {
        let every: Vec<&String> = profiles.stack().profiles.keys().collect();
        Self::of(&ResolvedStack::new(profiles, &every))
    }

    /// One combination.
    pub fn of(resolved: &ResolvedStack<'_>) -> Self {
        let stack = resolved.stack;
        let mut scene = Self {
            name: stack.name.clone(),
            budget_bytes: stack.budget.memory.map(|bytes| bytes.0),
            groups: groups(resolved),
            ..Self::default()
        };
        for (name, service) in &resolved.services {
            let group = scene.groups.iter().position(|group| same(&group.profiles, &service.profiles));
            let drawn = draw(name, group.unwrap_or_default(), service);
            if let Some(group) = scene.groups.get_mut(drawn.group) {
                let all = service.limits.memory.unwrap_or_default() * u64::from(drawn.replicas);
                group.unlimited += usize::from(service.limits.memory.is_none() && !service.is_provided());
                group.memory_limit_bytes = (Bytes(group.memory_limit_bytes)).0.saturating_add(all.0);
            }
            scene.services.push(drawn);
        }
        for (from, (name, service)) in resolved.services.iter().enumerate() {
            for (on, dependency) in &service.depends_on {
                let Some(to) = resolved.services.get_index_of(on.as_str()) else { continue };
                scene.dependencies.push(Dependency {
                    from,
                    to,
                    condition: match dependency.condition {
                        Condition::Started => "started",
                        Condition::Healthy => "healthy",
                        Condition::Completed => "completed",
                    },
                    required: dependency.required,
                    profile: added_by(resolved, name, on),
                });
            }
        }
        for name in &resolved.enabled {
            let profile = &stack.profiles[*name];
            let owns = stack.services.values().any(|service| service.profiles.iter().any(|own| own == name));
            if !profile.includes.is_empty() && !owns {
                scene.aggregates.insert((*name).to_owned(), profile.includes.clone());
            }
        }
        scene
    }

    /// The hue of a group: core's own, or that of the profile's place among the others.
    pub(super) fn hue(&self, group: usize) -> usize {
        let core = |at: usize| self.groups[at].profiles.is_empty();
        theme::hue(core(group), (0..group).filter(|at| !core(*at)).count())
    }

    /// Memory limits of everything that is drawn, in words.
    pub(super) fn memory(&self) -> String {
        memory(self.memory_limit_bytes(), self.groups.iter().map(|group| group.unlimited).sum())
    }

    /// Memory limits of everything that is drawn.
    pub fn memory_limit_bytes(&self) -> u64 {
        self.groups.iter().fold(0, |sum, group| sum.saturating_add(group.memory_limit_bytes))
    }
}

fn memory(limits: u64, unlimited: usize) -> String {
    match (limits, unlimited) {
        (0, 1..) => "no limits".to_owned(),
        (_, 0) => Bytes(limits).to_string(),
        _ => format!("{}, {unlimited} without", Bytes(limits)),
    }
}

/// The last enabled profile with an overlay that names the dependency, unless the service has it itself.
fn added_by(resolved: &ResolvedStack<'_>, service: &str, on: &str) -> Option<String> {
    let own = resolved.stack.services.get(service);
    if own.is_some_and(|own| own.depends_on.contains_key(on)) {
        return None;
    }
    let adds = |profile: &&&str| {
        let overlay = resolved.stack.profiles[**profile].services.get(service);
        overlay.is_some_and(|overlay| overlay.depends_on.contains_key(on))
    };
    resolved.enabled.iter().rfind(adds).map(|profile| (*profile).to_owned())
}

/// Core first, then by the place of their first profile, smaller sets before larger ones.
fn groups(resolved: &ResolvedStack<'_>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for service in resolved.services.values() {
        if !groups.iter().any(|group| same(&group.profiles, &service.profiles)) {
            groups.push(Group { profiles: service.profiles.clone(), ..Group::default() });
        }
    }
    let place = |group: &Group| {
        let declared = |name: &String| resolved.stack.profiles.get_index_of(name).unwrap_or(usize::MAX);
        let first = group.profiles.iter().map(declared).min();
        (first, group.profiles.len())
    };
    groups.sort_by_key(place);
    groups
}

fn same(one: &[String], other: &[String]) -> bool {
    one.len() == other.len() && one.iter().all(|name| other.contains(name))
}

fn draw(name: &str, group: usize, service: &model::Service) -> Service {
    let image = match (&service.image, &service.build) {
        (Some(image), _) => image.clone(),
        (None, Some(build)) => format!("build {}", build.context),
        (None, None) => String::new(),
    };
    Service {
        name: name.to_owned(),
        group,
        image,
        replicas: service.replica_count(),
        memory_limit_bytes: service.limits.memory.map(|bytes| bytes.0),
        memory_reservation_bytes: service.reservations.memory.map(|bytes| bytes.0),
        ports: service.ports.iter().map(written).collect(),
    }
}

/// A port with its address written out.
fn written(port: &Port) -> String {
    match (port.host_ip, port.published) {
        (HostIp::Every, Some(_)) => format!("*:{port}"),
        (HostIp::Every, None) => format!("*::{port}"),
        _ => port.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source;

    const STACK: &str = r#"
name = "x"
budget = { memory = "1G", cpus = 1.0 }
[profiles.p2]
[profiles.p1]
[profiles.p1.services.web]
depends_on = { db = "healthy" }
[profiles.all]
includes = ["p1", "p2"]
[services.either]
image = "e:1"
profiles = ["p1", "p2"]
[services.web]
image = "w:1"
replicas = 2
limits = { memory = "64M" }
ports = ["80:80", "0.0.0.0:443:443", "9000"]
[services.db]
build = "db"
profiles = ["p1"]
depends_on = { either = "completed" }
"#;

    #[test]
    fn groups_and_dependencies() {
        let parsed = source::parse(STACK.as_bytes());
        assert_eq!(parsed.diagnostics, []);
        let scene = Scene::every(&Profiles::new(&parsed.stack));
        let titles: Vec<String> = scene.groups.iter().map(Group::title).collect();
        assert_eq!(titles, ["core", "p1 or p2", "p1"]);
        assert_eq!(scene.memory_limit_bytes(), 128 << 20, "both replicas count");
        assert_eq!(scene.services[1].doors(), [":80", "0.0.0.0:443", ":?"]);
        assert_eq!(scene.services[2].image, "build db");
        let dependencies: Vec<_> = scene
            .dependencies
            .iter()
            .map(|it| (it.from, it.to, it.condition, it.profile.as_deref()))
            .collect();
        assert_eq!(dependencies, [(1, 2, "healthy", Some("p1")), (2, 0, "completed", None)]);
        assert_eq!(scene.aggregates["all"], ["p1", "p2"]);
    }

    #[test]
    fn a_selection_draws_what_it_activates() {
        let parsed = source::parse(STACK.as_bytes());
        let profiles = Profiles::new(&parsed.stack);
        let scene = |selected: &[&str]| Scene::of(&ResolvedStack::new(&profiles, selected));
        let names: Vec<String> = scene(&["p2"]).services.into_iter().map(|it| it.name).collect();
        assert_eq!((names, scene(&["p2"]).dependencies.len()), (vec!["either".into(), "web".into()], 0));
        assert_eq!(scene(&[]).services.len(), 1, "core alone");
    }
}
