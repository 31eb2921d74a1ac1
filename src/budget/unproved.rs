//! Services that cannot be proved, because a limit is missing.

use serde::Serialize;

use super::ledger::{Bounds, Ledger, Need};
use crate::{
    model::Service,
    resolve::{Profiles, apply},
};

/// A service that cannot be proved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unproved {
    /// The service.
    pub service: String,
    /// The limits that it lacks.
    pub missing: Vec<Need>,
    /// Profiles that make a combination in which it does.
    pub profiles: Vec<String>,
}

/// The services that lack a limit in some combination, or in the requested one.
pub(super) fn list(profiles: &Profiles<'_>, bounds: &Bounds, selected: Option<&[String]>) -> Vec<Unproved> {
    let lacks = |service: &Service| -> Vec<Need> {
        let ledger = Ledger::of_service(service);
        let missing = |need: &Need| ledger.lacking(*need) > 0 && need.is_asked_by(bounds);
        Need::ALL.into_iter().filter(missing).collect()
    };
    let suspects = profiles.stack().services.iter().filter(|(_, service)| !lacks(service).is_empty());
    let unproved = suspects.filter_map(|(name, service)| {
        // Overlays only add limits, so the fewest profiles that activate it show what is missing.
        let candidates: Vec<Vec<String>> = match selected {
            Some(selected) => vec![selected.to_vec()],
            None if service.profiles.is_empty() => vec![Vec::new()],
            None => service.profiles.iter().map(|profile| vec![profile.clone()]).collect(),
        };
        candidates.into_iter().find_map(|candidate| {
            let missing = lacks(&resolved(profiles, name, service, &candidate)?);
            if missing.is_empty() {
                return None;
            }
            Some(Unproved { service: name.clone(), missing, profiles: candidate })
        })
    });
    unproved.collect()
}

/// The service as the selected profiles make it; `None` where it is not active.
fn resolved(profiles: &Profiles<'_>, name: &str, service: &Service, selected: &[String]) -> Option<Service> {
    let enabled = profiles.enabled(selected);
    profiles.is_active(service, &enabled).then(|| {
        let mut service = service.clone();
        for profile in &enabled {
            if let Some(overlay) = profiles.stack().profiles[*profile].services.get(name) {
                apply(overlay, &mut service);
            }
        }
        service
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Budget, Bytes, Cpus, Map, Overlay, Profile, Resources, Stack, Value};

    #[test]
    fn a_limit_is_missing_where_no_enabled_profile_gives_it() {
        let cpus = Cpus::parse("1").ok();
        let limits = Resources { memory: Some(Bytes(1)), cpus, pids: None };
        let overlay = Overlay { limits: limits.clone(), ..Overlay::default() };
        let giving = Profile { services: [("late".to_owned(), overlay)].into(), ..Profile::default() };
        let only = |profiles: &[&str], limits: Resources| Service {
            profiles: profiles.iter().map(|profile| (*profile).to_owned()).collect(),
            limits,
            ..Service::default()
        };
        let without_memory = Resources { memory: None, ..limits.clone() };
        let mut provided = only(&[], Resources::default());
        provided.rest.insert("provider".to_owned(), Value::Map(Map::new()));
        let stack = Stack {
            profiles: [("gives".to_owned(), giving), ("other".to_owned(), Profile::default())].into(),
            services: [
                ("complete".to_owned(), only(&[], limits)),
                ("late".to_owned(), only(&["gives"], Resources::default())),
                ("half".to_owned(), only(&["gives", "other"], without_memory)),
                ("never".to_owned(), only(&["undeclared"], Resources::default())),
                ("provided".to_owned(), provided),
            ]
            .into(),
            ..Stack::default()
        };
        let budget = Budget { memory: Some(Bytes(9)), cpus, ..Budget::default() };
        let profiles = Profiles::new(&stack);
        let found = list(&profiles, &Bounds::new(&budget), None);
        let half = |profiles: &[&str]| Unproved {
            service: "half".into(),
            missing: vec![Need::Memory],
            profiles: profiles.iter().map(|profile| (*profile).to_owned()).collect(),
        };
        assert_eq!(found, [half(&["gives"])]);
        assert_eq!(list(&profiles, &Bounds::new(&budget), Some(&[])), []);
        let budget = Budget { log_disk: Some(Bytes(1)), ..budget };
        let found = list(&profiles, &Bounds::new(&budget), Some(&["other".to_owned()]));
        let names: Vec<(&str, usize)> = found.iter().map(|u| (u.service.as_str(), u.missing.len())).collect();
        assert_eq!(names, [("complete", 1), ("half", 2)]);
    }
}
