//! Which combinations exist: the smallest one in which some services are active and others are not.
//!
//! Any set of profiles can be enabled. A service is active when one of the profiles that it is rendered with is in that
//! set, an overlay applies when one of the profiles that enable its own is. So a condition is a list of sets that must
//! each be hit, and a set that must be avoided: a hitting set, found exactly while that is cheap.

use std::{
    collections::{BTreeSet, HashMap},
    rc::Rc,
};

use crate::{model::Stack, resolve::Profiles};

/// The profiles of which one has to be enabled, as positions in [`Reach`]'s order, ascending.
type Clause = Rc<[usize]>;

/// A stack's profiles and who they activate.
pub struct Reach<'a> {
    /// The profiles, those that enable least first, then by name: the order in which witnesses prefer them.
    names: Vec<&'a str>,
    /// A profile to the profiles that enable it.
    enabling: HashMap<&'a str, Clause>,
    /// A service to the profiles that activate it; `None` is core.
    active: HashMap<&'a str, Option<Clause>>,
    /// The only combination that there is, where one selection is judged.
    only: Option<BTreeSet<usize>>,
}

/// A condition on the combination.
#[derive(Debug, Clone, Default)]
pub struct When {
    hit: Vec<Clause>,
    avoid: BTreeSet<usize>,
    impossible: bool,
}

/// How many partial combinations the exact search looks at before it settles for a small one.
const SEARCH_STEPS: u32 = 20_000;

impl<'a> Reach<'a> {
    pub fn new(stack: &'a Stack) -> Self {
        let profiles = Profiles::new(stack);
        let mut names: Vec<&str> = stack.profiles.keys().map(String::as_str).collect();
        names.sort_by_cached_key(|name| (profiles.enabled(&[name]).len(), *name));
        let position: HashMap<&str, usize> = names.iter().enumerate().map(|(at, name)| (*name, at)).collect();
        let clause = |names: &mut dyn Iterator<Item = &'a str>| -> Clause {
            let positions: BTreeSet<usize> = names.filter_map(|name| position.get(name).copied()).collect();
            positions.into_iter().collect()
        };
        let enabling =
            names.iter().map(|name| (*name, clause(&mut profiles.enabled_by(name).into_iter()))).collect();
        let mut seen: HashMap<&[String], Clause> = HashMap::new();
        let mut active = HashMap::new();
        for (name, service) in &stack.services {
            let activates = (!service.profiles.is_empty()).then(|| {
                let made = || clause(&mut profiles.rendered(service).into_iter());
                Rc::clone(seen.entry(&service.profiles).or_insert_with(made))
            });
            active.insert(name.as_str(), activates);
        }
        Self { names, enabling, active, only: None }
    }

    /// From now on, there is one combination: the one that selecting these profiles makes.
    pub fn only(&mut self, selected: &[&str]) {
        let position = |name: &&str| self.names.iter().position(|known| known == name);
        self.only = Some(selected.iter().filter_map(position).collect());
    }

    /// Whether a service is active in every combination.
    pub fn is_core(&self, service: &str) -> bool {
        matches!(self.active.get(service), Some(None))
    }

    /// The profiles that activate a service, those that enable least first; none for core.
    pub fn activating(&self, service: &str) -> Vec<&'a str> {
        let clause = self.active.get(service).cloned().flatten();
        clause.iter().flat_map(|clause| clause.iter()).map(|at| self.names[*at]).collect()
    }

    /// Whether a service is active when exactly these profiles are selected.
    pub fn is_active(&self, service: &str, selected: &[&str]) -> bool {
        match self.active.get(service) {
            None => false,
            Some(None) => true,
            Some(Some(clause)) => clause.iter().any(|at| selected.contains(&self.names[*at])),
        }
    }

    /// Whether a profile is enabled, itself or through an aggregate, when exactly these are selected.
    pub fn is_enabled(&self, profile: &str, selected: &[&str]) -> bool {
        let clause = self.enabling.get(profile);
        clause.is_some_and(|clause| clause.iter().any(|at| selected.contains(&self.names[*at])))
    }

    /// The smallest combination for a condition, sorted by name, or `None` where there is none. Among equally small ones
    /// it prefers profiles that enable less. With so many conditions that the search would take long, it is a small one.
    pub fn witness(&self, when: &When) -> Option<Vec<String>> {
        if when.impossible {
            return None;
        }
        if let Some(only) = &self.only {
            let holds = when.hit.iter().all(|clause| clause.iter().any(|at| only.contains(at)));
            return (holds && only.is_disjoint(&when.avoid)).then(|| self.spell(only.iter().copied()));
        }
        let mut clauses: Vec<Vec<usize>> = when
            .hit
            .iter()
            .map(|clause| clause.iter().copied().filter(|at| !when.avoid.contains(at)).collect())
            .collect();
        clauses
            .sort_by(|left: &Vec<usize>, right| left.len().cmp(&right.len()).then_with(|| left.cmp(right)));
        clauses.dedup();
        if clauses.first().is_some_and(Vec::is_empty) {
            return None;
        }
        let mut steps = SEARCH_STEPS;
        let exact = (0..=clauses.len()).find_map(|size| {
            let mut chosen = Vec::new();
            hit(&clauses, size, &mut chosen, &mut steps).then_some(chosen)
        });
        let chosen = exact.unwrap_or_else(|| greedy(&clauses));
        Some(self.spell(chosen.into_iter()))
    }

    /// Profiles by name, sorted.
    fn spell(&self, chosen: impl Iterator<Item = usize>) -> Vec<String> {
        let mut names: Vec<String> = chosen.map(|at| self.names[at].to_owned()).collect();
        names.sort_unstable();
        names
    }
}

/// Whether `size` more profiles can hit all clauses; they are added to `chosen`.
fn hit(clauses: &[Vec<usize>], size: usize, chosen: &mut Vec<usize>, steps: &mut u32) -> bool {
    let Some(open) = clauses.iter().find(|clause| !clause.iter().any(|at| chosen.contains(at))) else {
        return true;
    };
    for at in open {
        if size == 0 || *steps == 0 {
            return false;
        }
        *steps -= 1;
        chosen.push(*at);
        if hit(clauses, size - 1, chosen, steps) {
            return true;
        }
        chosen.pop();
    }
    false
}

/// The profile that hits most of what is open, again and again.
fn greedy(clauses: &[Vec<usize>]) -> Vec<usize> {
    let mut open: Vec<&Vec<usize>> = clauses.iter().collect();
    let mut chosen = Vec::new();
    while !open.is_empty() {
        let mut hits: HashMap<usize, usize> = HashMap::new();
        for at in open.iter().flat_map(|clause| clause.iter()) {
            *hits.entry(*at).or_default() += 1;
        }
        let best = hits.into_iter().max_by_key(|(at, count)| (*count, std::cmp::Reverse(*at)));
        let Some((best, _)) = best else { break };
        open.retain(|clause| !clause.contains(&best));
        chosen.push(best);
    }
    chosen
}

impl When {
    /// The condition that a service is active.
    pub fn active(reach: &Reach<'_>, service: &str) -> Self {
        Self::default().and_active(reach, service)
    }

    /// And this service is active.
    #[must_use]
    pub fn and_active(mut self, reach: &Reach<'_>, service: &str) -> Self {
        match reach.active.get(service) {
            None => self.impossible = true,
            Some(None) => {}
            Some(Some(clause)) => self.hit.push(Rc::clone(clause)),
        }
        self
    }

    /// And this service is not active.
    #[must_use]
    pub fn and_inactive(mut self, reach: &Reach<'_>, service: &str) -> Self {
        match reach.active.get(service) {
            None => {}
            Some(None) => self.impossible = true,
            Some(Some(clause)) => self.avoid.extend(clause.iter()),
        }
        self
    }

    /// And this profile's overlay applies.
    #[must_use]
    pub fn enabled(mut self, reach: &Reach<'_>, profile: &str) -> Self {
        match reach.enabling.get(profile) {
            None => self.impossible = true,
            Some(clause) => self.hit.push(Rc::clone(clause)),
        }
        self
    }

    /// And this profile's overlay does not apply.
    #[must_use]
    pub fn disabled(mut self, reach: &Reach<'_>, profile: &str) -> Self {
        self.avoid.extend(reach.enabling.get(profile).into_iter().flat_map(|clause| clause.iter()));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Profile, Service};

    fn stack(profiles: &[(&str, &[&str])], services: &[(&str, &[&str])]) -> Stack {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        Stack {
            profiles: profiles
                .iter()
                .map(|(name, includes)| {
                    ((*name).to_owned(), Profile { includes: owned(includes), ..Profile::default() })
                })
                .collect(),
            services: services
                .iter()
                .map(|(name, profiles)| {
                    ((*name).to_owned(), Service { profiles: owned(profiles), ..Service::default() })
                })
                .collect(),
            ..Stack::default()
        }
    }

    #[test]
    fn finds_the_smallest_combination() {
        let stack = stack(
            &[("kafka", &[]), ("tracing", &[]), ("full", &["tracing", "kafka"])],
            &[("api", &[]), ("jaeger", &["tracing"]), ("kafka", &["kafka"]), ("extra", &["full"])],
        );
        let reach = Reach::new(&stack);
        let both = When::active(&reach, "jaeger").and_active(&reach, "kafka");
        assert_eq!(reach.witness(&both), Some(vec!["full".into()]));
        assert_eq!(reach.witness(&When::active(&reach, "jaeger")), Some(vec!["tracing".into()]));
        let apart = both.and_inactive(&reach, "extra");
        assert_eq!(reach.witness(&apart), Some(vec!["kafka".into(), "tracing".into()]));
        assert_eq!(reach.witness(&When::active(&reach, "api")), Some(vec![]));
        assert_eq!(reach.witness(&When::default().and_inactive(&reach, "api")), None);
        let never = When::active(&reach, "extra").and_inactive(&reach, "jaeger");
        assert_eq!(reach.witness(&never), None);
    }

    /// Against the definition: every subset of the profiles, tried one by one.
    #[test]
    fn agrees_with_trying_every_combination() {
        let stack = stack(
            &[("aa", &[]), ("bb", &["aa"]), ("cc", &[]), ("dd", &["bb", "cc"]), ("ee", &[])],
            &[("s0", &[]), ("s1", &["aa"]), ("s2", &["bb", "ee"]), ("s3", &["cc"]), ("s4", &["dd", "ee"])],
        );
        let reach = Reach::new(&stack);
        let names: Vec<&str> = stack.profiles.keys().map(String::as_str).collect();
        let services: Vec<&str> = stack.services.keys().map(String::as_str).collect();
        for wanted in 0..3_u32.pow(5) {
            let digit = |at: usize| wanted / 3_u32.pow(at as u32) % 3;
            let mut when = When::default();
            for (at, service) in services.iter().enumerate() {
                when = match digit(at) {
                    1 => when.and_active(&reach, service),
                    2 => when.and_inactive(&reach, service),
                    _ => when,
                };
            }
            let smallest = (0..1_u32 << names.len())
                .filter(|mask| {
                    let chosen: Vec<&str> = names
                        .iter()
                        .enumerate()
                        .filter(|(at, _)| mask >> at & 1 == 1)
                        .map(|(_, n)| *n)
                        .collect();
                    services.iter().enumerate().all(|(at, service)| match digit(at) {
                        1 => reach.is_active(service, &chosen),
                        2 => !reach.is_active(service, &chosen),
                        _ => true,
                    })
                })
                .map(u32::count_ones)
                .min();
            let found = reach.witness(&when).map(|names| names.len() as u32);
            assert_eq!(found, smallest, "{wanted}");
        }
    }

    #[test]
    fn a_thousand_conditions_end() {
        let names: Vec<String> = (0..24).map(|at| format!("p{at}")).collect();
        let profiles: Vec<(&str, &[&str])> =
            names.iter().map(|name| (name.as_str(), &[] as &[&str])).collect();
        let mut stack = stack(&profiles, &[]);
        for at in 0..1_000_usize {
            let own: BTreeSet<String> = (0..3).map(|k| names[(at * 7 + k * (at + 5)) % 24].clone()).collect();
            let service = Service { profiles: own.into_iter().collect(), ..Service::default() };
            stack.services.insert(format!("s{at}"), service);
        }
        let reach = Reach::new(&stack);
        let when = stack.services.keys().fold(When::default(), |when, name| when.and_active(&reach, name));
        let found = reach.witness(&when).expect("enabling everything is one");
        let found: Vec<&str> = found.iter().map(String::as_str).collect();
        assert!(stack.services.keys().all(|name| reach.is_active(name, &found)));
    }
}
