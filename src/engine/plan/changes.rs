//! From every container and every service to what `up` would do with each.

use std::collections::{BTreeMap, HashSet};

use super::{
    DesiredService, DesiredStack, Reason,
    compare::{Facts, reasons},
    format,
};
use crate::engine::{
    inspect_image::LocalImage,
    observe::{ContainerState, Observed},
};

/// Compose's label with the hash of a container's configuration.
const HASH: &str = "com.docker.compose.config-hash";

/// What `up` would do with a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Make and start it.
    Create,
    /// Replace it by a new one.
    Recreate,
    /// Start it as it is.
    Start,
    /// Stop it.
    Stop,
    /// Remove it.
    Remove,
    /// Nothing.
    None,
}

/// One container, or one that is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The service.
    pub service: String,
    /// The container's name; `None` for one that is missing.
    pub container: Option<String>,
    /// What `up` would do.
    pub action: Action,
    /// Why.
    pub reasons: Vec<Reason>,
    /// Whether the container was changed behind Compose's back: its configuration is the one that it was created with, and
    /// what the engine holds it to is not.
    pub drift: bool,
}

/// What the engine has.
#[derive(Debug)]
pub struct Present<'a> {
    /// The containers of the project.
    pub containers: &'a [Observed],
    /// Images by name and by identifier.
    pub images: &'a BTreeMap<String, LocalImage>,
    /// Whether it can limit swap.
    pub swap_limit: bool,
    /// The image that `up` builds first, because what it is made from has changed.
    pub rebuilt: Option<&'a str>,
}

/// What `up` would do, in the order of `services` (the selection, in declaration order), then what runs and is not
/// selected. With `remove_unselected` that is removed.
pub fn changes(
    services: &[&str],
    wanted: &DesiredStack,
    present: &Present<'_>,
    remove_unselected: bool,
) -> Vec<Change> {
    let mut found = Vec::new();
    for name in services {
        if let Some(service) = wanted.services.get(*name) {
            of_service(name, service, present, &mut found);
        }
    }
    follow(wanted, &mut found);
    let selected: HashSet<&str> = services.iter().copied().collect();
    for container in present.containers.iter().filter(|it| !selected.contains(it.service.as_str())) {
        let runs = matches!(
            container.state,
            ContainerState::Running | ContainerState::Paused | ContainerState::Restarting
        );
        if !runs && !remove_unselected {
            continue;
        }
        let reason = Reason::new("selected", Some(container.state.as_str().to_owned()), None);
        let action = if remove_unselected { Action::Remove } else { Action::None };
        found.push(change(container, action, vec![reason]));
    }
    found
}

fn change(container: &Observed, action: Action, reasons: Vec<Reason>) -> Change {
    let (service, name) = (container.service.clone(), Some(container.name.clone()));
    Change { service, container: name, action, reasons, drift: false }
}

fn of_service(name: &str, wanted: &DesiredService, present: &Present<'_>, found: &mut Vec<Change>) {
    let own: Vec<&Observed> = present.containers.iter().filter(|it| it.service == name).collect();
    let count = wanted.replicas as usize;
    for container in own.iter().take(count) {
        found.push(of_container(container, wanted, present));
    }
    for container in own.iter().skip(count) {
        let replicas = |count: usize| Some(count.to_string());
        let reason = Reason::new("replicas", replicas(own.len()), replicas(count));
        found.push(change(container, Action::Remove, vec![reason]));
    }
    for _ in own.len()..count {
        let reason = if own.is_empty() {
            Reason::new("container", None, Some(wanted.image.clone()))
        } else {
            Reason::new("replicas", Some(own.len().to_string()), Some(count.to_string()))
        };
        let (service, reasons) = (name.to_owned(), vec![reason]);
        found.push(Change { service, container: None, action: Action::Create, reasons, drift: false });
    }
}

fn of_container(container: &Observed, wanted: &DesiredService, present: &Present<'_>) -> Change {
    let facts = Facts {
        image: present.images.get(&wanted.image),
        own_image: present.images.get(&container.image_id),
        swap_limit: present.swap_limit,
        rebuilt: present.rebuilt == Some(wanted.image.as_str()),
    };
    let mut reasons = reasons(container, wanted, facts);
    let label = container.labels.get(HASH).map_or("", String::as_str);
    // The hash of a service that joins another's container holds that container's identifier: it says nothing here. One that
    // is not known says nothing either.
    let same = label == wanted.hash || wanted.hash.is_empty() || !wanted.joins.is_empty();
    if !same && reasons.is_empty() {
        let hash = |hash: &str| Some(format!("hash {}", format::hash(hash)));
        reasons.push(Reason::new("configuration", hash(label), hash(&wanted.hash)));
    }
    if !same || !reasons.is_empty() {
        let drift = label == wanted.hash && reasons.iter().any(|reason| reason.field != "image");
        return Change { drift, ..change(container, Action::Recreate, reasons) };
    }
    match container.state {
        ContainerState::Running | ContainerState::Restarting | ContainerState::Paused => {
            change(container, Action::None, reasons)
        }
        state => {
            let ended = matches!(state, ContainerState::Exited | ContainerState::Dead);
            let code = if ended { format!(" ({})", container.exit_code) } else { String::new() };
            let from = format!("{}{code}", state.as_str());
            let reason = Reason::new("state", Some(from), Some("running".to_owned()));
            change(container, Action::Start, vec![reason])
        }
    }
}

/// A container that joins another one's namespace is recreated with it.
fn follow(wanted: &DesiredStack, found: &mut [Change]) {
    loop {
        let renewed: HashSet<String> = found
            .iter()
            .filter(|change| matches!(change.action, Action::Create | Action::Recreate))
            .map(|change| change.service.clone())
            .collect();
        let mut changed = false;
        for change in found.iter_mut().filter(|it| matches!(it.action, Action::None | Action::Start)) {
            let joins = wanted.services.get(&change.service).map_or(&[][..], |service| &service.joins);
            if let Some(other) = joins.iter().find(|other| renewed.contains(*other)) {
                let to = Some("a new container".to_owned());
                change.action = Action::Recreate;
                change.reasons.push(Reason::new(format!("service:{other}"), None, to));
                changed = true;
            }
        }
        if !changed {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(service: &str, replica: u32, hash: &str, state: ContainerState) -> Observed {
        let mut it = Observed {
            service: service.into(),
            replica,
            state,
            name: format!("x-{service}-{replica}"),
            labels: [(HASH.to_owned(), hash.to_owned())].into(),
            ..Observed::default()
        };
        it.limits.restart = "no".into();
        it
    }

    fn wanted(services: &[(&str, &str, u32, &[&str])]) -> DesiredStack {
        let services = services.iter().map(|(name, hash, replicas, joins)| {
            let joins = joins.iter().map(|it| (*it).to_owned()).collect();
            let mut service = DesiredService {
                hash: (*hash).into(),
                replicas: *replicas,
                joins,
                ..DesiredService::default()
            };
            service.limits.restart = "no".into();
            ((*name).to_owned(), service)
        });
        DesiredStack { services: services.collect() }
    }

    fn actions(wanted: &DesiredStack, containers: &[Observed], remove: bool) -> Vec<(String, Action, bool)> {
        let images = BTreeMap::new();
        let present = Present { containers, images: &images, swap_limit: true, rebuilt: None };
        let services: Vec<&str> = wanted.services.keys().map(String::as_str).collect();
        let found = changes(&services, wanted, &present, remove);
        let name = |change: &Change| change.container.clone().unwrap_or_else(|| change.service.clone());
        found.iter().map(|change| (name(change), change.action, change.drift)).collect()
    }

    #[test]
    fn each_container_gets_its_action() {
        let wanted = wanted(&[
            ("a", "1", 1, &[]),
            ("b", "1", 1, &[]),
            ("c", "1", 2, &[]),
            ("d", "1", 1, &[]),
            ("e", "1", 1, &[]),
            ("f", "", 1, &[]),
        ]);
        let mut drifted = container("e", 1, "1", ContainerState::Running);
        drifted.limits.memory = Some(7 << 20);
        let containers = [
            container("a", 1, "1", ContainerState::Running),
            container("b", 1, "0", ContainerState::Running),
            container("c", 1, "1", ContainerState::Exited),
            drifted,
            container("f", 1, "1", ContainerState::Running),
            container("gone", 1, "1", ContainerState::Running),
            container("old", 1, "1", ContainerState::Exited),
        ];
        let it = |name: &str, action, drift| (name.to_owned(), action, drift);
        let mut expected = vec![
            it("x-a-1", Action::None, false),
            it("x-b-1", Action::Recreate, false),
            it("x-c-1", Action::Start, false),
            it("c", Action::Create, false),
            it("d", Action::Create, false),
            it("x-e-1", Action::Recreate, true),
            it("x-f-1", Action::None, false),
            it("x-gone-1", Action::None, false),
        ];
        assert_eq!(actions(&wanted, &containers, false), expected);
        expected.pop();
        expected.extend([it("x-gone-1", Action::Remove, false), it("x-old-1", Action::Remove, false)]);
        assert_eq!(actions(&wanted, &containers, true), expected);
    }

    #[test]
    fn an_image_that_is_rebuilt_recreates_its_containers() {
        let mut wanted = wanted(&[("a", "1", 1, &[]), ("b", "1", 1, &[])]);
        wanted.services.get_mut("a").unwrap().image = "stackctl/x:1".into();
        let made =
            Observed { image: "stackctl/x:1".into(), ..container("a", 1, "1", ContainerState::Running) };
        let containers = [made, container("b", 1, "1", ContainerState::Running)];
        let (images, rebuilt) = (BTreeMap::new(), Some("stackctl/x:1"));
        let present = Present { containers: &containers, images: &images, swap_limit: true, rebuilt };
        let found = changes(&["a", "b"], &wanted, &present, false);
        let found_actions: Vec<(Action, bool, Option<&str>)> = found
            .iter()
            .map(|it| (it.action, it.drift, it.reasons.first().and_then(|reason| reason.to.as_deref())))
            .collect();
        let rebuilt_text = Some("stackctl/x:1 rebuilt");
        assert_eq!(found_actions, [(Action::Recreate, false, rebuilt_text), (Action::None, false, None)]);
    }

    #[test]
    fn fewer_replicas_remove_the_last_ones_and_joined_containers_follow() {
        let wanted = wanted(&[("a", "2", 1, &[]), ("b", "x", 1, &["a"]), ("c", "x", 1, &["b"])]);
        let containers = [
            container("a", 1, "1", ContainerState::Running),
            container("a", 2, "1", ContainerState::Running),
            container("b", 1, "other", ContainerState::Running),
            container("c", 1, "other", ContainerState::Exited),
        ];
        let actions: Vec<Action> = actions(&wanted, &containers, false).into_iter().map(|it| it.1).collect();
        assert_eq!(actions, [Action::Recreate, Action::Remove, Action::Recreate, Action::Recreate]);
    }
}
