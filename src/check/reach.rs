//! Which combinations exist: the smallest one in which some services are active and others are not.
//!
//! Any set of profiles of which none excludes another can be enabled. A service is active when one of the profiles that it is
//! rendered with is in that set, an overlay applies when one of the profiles that enable its own is. So a condition is a list of
//! sets that must each be hit, and a set that must be avoided: a hitting set without excluded pairs, found exactly while that
//! is cheap.

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
    /// For each profile, those that it cannot be enabled with, itself where it cannot be enabled at all. Empty where no profile
    /// excludes another.
    apart: Vec<BTreeSet<usize>>,
    /// The only combination that there is, where one selection is judged.
    only: Option<Combination>,
}

/// A condition on the combination: what [`Reach::when`] begins.
#[derive(Clone)]
pub struct When<'r> {
    reach: &'r Reach<'r>,
    hit: Vec<&'r [usize]>,
    avoid: BTreeSet<usize>,
    impossible: bool,
}

/// Selected profiles of a combination, as positions.
#[derive(Debug, Clone)]
pub struct Combination(BTreeSet<usize>);

impl Combination {
    fn hits(&self, clause: &[usize]) -> bool {
        clause.iter().any(|at| self.0.contains(at))
    }
}

/// How many partial combinations the exact search looks at before it settles for a small one, which may hold an excluded pair:
/// what is not known to be impossible is reported.
const SEARCH_STEPS: u32 = 20_000;
/// The most combinations that [`Reach::largest`] lists.
const MOST_LARGEST: usize = 256;

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
        let apart = profiles.apart(&names).into_iter().map(BTreeSet::from_iter).collect();
        Self { names, enabling, active, apart, only: None }
    }

    /// From now on, there is one combination: the one that selecting these profiles makes.
    pub fn only(&mut self, selected: &[&str]) {
        self.only = Some(self.combination(selected));
    }

    /// The combination in which exactly these profiles are selected.
    pub fn combination(&self, selected: &[&str]) -> Combination {
        let position = |name: &&str| self.names.iter().position(|known| known == name);
        Combination(selected.iter().filter_map(position).collect())
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

    /// Whether a service is active in a combination.
    pub fn is_active(&self, service: &str, combination: &Combination) -> bool {
        let clause = self.active.get(service);
        clause.is_some_and(|clause| clause.as_ref().is_none_or(|clause| combination.hits(clause)))
    }

    /// Whether a profile is enabled, itself or through an aggregate, in a combination.
    pub fn is_enabled(&self, profile: &str, combination: &Combination) -> bool {
        self.enabling.get(profile).is_some_and(|clause| combination.hits(clause))
    }

    /// A condition that every combination meets, to which others are added.
    pub fn when(&self) -> When<'_> {
        When { reach: self, hit: Vec::new(), avoid: BTreeSet::new(), impossible: false }
    }

    /// Whether each service, and each overlay, can be part of one combination with all others.
    pub fn is_plain(&self) -> bool {
        self.apart.is_empty() && self.only.is_none()
    }

    /// Whether a combination enables no profile that another one excludes.
    pub fn is_possible(&self, Combination(selected): &Combination) -> bool {
        selected.iter().all(|one| selected.iter().all(|other| !self.are_apart(*one, *other)))
    }

    /// Combinations of the profiles that activate some services or enable some overlays, of which each possible one is a part, while
    /// they are few; `None` where they are many. One selection that is judged alone is the only one. Profiles without
    /// exclusions have one: all of them.
    pub fn largest<'n>(
        &self,
        services: impl Iterator<Item = &'n str>,
        overlays: impl Iterator<Item = &'n str>,
    ) -> Option<Vec<Combination>> {
        if let Some(only) = &self.only {
            return Some(vec![only.clone()]);
        }
        let mut all = BTreeSet::new();
        services.filter_map(|name| self.active.get(name)?.as_ref()).for_each(|it| all.extend(it.iter()));
        overlays.filter_map(|name| self.enabling.get(name)).for_each(|it| all.extend(it.iter()));
        all.retain(|at| !self.are_apart(*at, *at));
        let mut open = vec![all];
        let mut largest: Vec<BTreeSet<usize>> = Vec::new();
        while let Some(set) = open.pop() {
            let pair = set.iter().find_map(|at| Some((*at, self.apart.get(*at)?.intersection(&set).next()?)));
            let Some((one, _)) = pair else {
                if !largest.iter().any(|other| other.is_superset(&set)) {
                    largest.retain(|other| !other.is_subset(&set));
                    largest.push(set);
                }
                continue;
            };
            // Without it, or without all that it cannot be enabled with.
            let without = set.iter().copied().filter(|at| *at != one).collect();
            let with = set.iter().copied().filter(|at| !self.are_apart(one, *at)).collect();
            open.extend([without, with]);
            if open.len() + largest.len() > MOST_LARGEST {
                return None;
            }
        }
        Some(largest.into_iter().map(Combination).collect())
    }

    fn are_apart(&self, one: usize, other: usize) -> bool {
        self.apart.get(one).is_some_and(|apart| apart.contains(&other))
    }

    /// Whether two clauses cannot be hit together, or one of them not at all: most of what is impossible is so.
    fn never_meet(&self, clauses: &[Vec<usize>]) -> bool {
        if self.apart.is_empty() {
            return false;
        }
        let meet = |one: &Vec<usize>, other: &Vec<usize>| {
            one.iter().any(|one| other.iter().any(|other| !self.are_apart(*one, *other)))
        };
        clauses.iter().enumerate().any(|(at, one)| clauses[..at].iter().any(|other| !meet(one, other)))
    }

    /// Whether `size` more profiles can hit all clauses; they are added to `chosen`.
    fn hit(&self, clauses: &[Vec<usize>], size: usize, chosen: &mut Vec<usize>, steps: &mut u32) -> bool {
        let Some(open) = clauses.iter().find(|clause| !clause.iter().any(|at| chosen.contains(at))) else {
            return true;
        };
        for at in open {
            if size == 0 || *steps == 0 {
                return false;
            }
            *steps -= 1;
            if chosen.iter().any(|other| self.are_apart(*at, *other)) {
                continue;
            }
            chosen.push(*at);
            if self.hit(clauses, size - 1, chosen, steps) {
                return true;
            }
            chosen.pop();
        }
        false
    }

    /// Profiles by name, sorted.
    fn spell(&self, chosen: impl Iterator<Item = usize>) -> Vec<String> {
        let mut names: Vec<String> = chosen.map(|at| self.names[at].to_owned()).collect();
        names.sort_unstable();
        names
    }
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

impl When<'_> {
    /// And this service is active.
    #[must_use]
    pub fn active(mut self, service: &str) -> Self {
        match self.reach.active.get(service) {
            None => self.impossible = true,
            Some(None) => {}
            Some(Some(clause)) => self.hit.push(clause),
        }
        self
    }

    /// And this service is not active.
    #[must_use]
    pub fn inactive(mut self, service: &str) -> Self {
        match self.reach.active.get(service) {
            None => {}
            Some(None) => self.impossible = true,
            Some(Some(clause)) => self.avoid.extend(clause.iter()),
        }
        self
    }

    /// And this profile's overlay applies.
    #[must_use]
    pub fn enabled(mut self, profile: &str) -> Self {
        match self.reach.enabling.get(profile) {
            None => self.impossible = true,
            Some(clause) => self.hit.push(clause),
        }
        self
    }

    /// And this profile's overlay does not apply.
    #[must_use]
    pub fn disabled(mut self, profile: &str) -> Self {
        self.avoid.extend(self.reach.enabling.get(profile).into_iter().flat_map(|clause| clause.iter()));
        self
    }

    /// The smallest combination in which it holds, sorted by name, or `None` where there is none. Among equally small ones
    /// it prefers profiles that enable less. With so many conditions that the search would take long, it is a small one.
    pub fn witness(&self) -> Option<Vec<String>> {
        let Self { reach, hit, avoid, .. } = self;
        if self.impossible {
            return None;
        }
        if let Some(only) = &reach.only {
            let holds = hit.iter().all(|clause| only.hits(clause)) && only.0.is_disjoint(avoid);
            return holds.then(|| reach.spell(only.0.iter().copied()));
        }
        let possible = |at: &usize| !avoid.contains(at) && !reach.are_apart(*at, *at);
        let mut clauses: Vec<Vec<usize>> =
            hit.iter().map(|clause| clause.iter().copied().filter(possible).collect()).collect();
        clauses
            .sort_by(|left: &Vec<usize>, right| left.len().cmp(&right.len()).then_with(|| left.cmp(right)));
        clauses.dedup();
        if clauses.first().is_some_and(Vec::is_empty) || reach.never_meet(&clauses) {
            return None;
        }
        let mut steps = SEARCH_STEPS;
        let exact = (0..=clauses.len()).find_map(|size| {
            let mut chosen = Vec::new();
            reach.hit(&clauses, size, &mut chosen, &mut steps).then_some(chosen)
        });
        if exact.is_none() && steps > 0 {
            return None;
        }
        let chosen = exact.unwrap_or_else(|| greedy(&clauses));
        Some(reach.spell(chosen.into_iter()))
    }
}

#[cfg(test)]
mod tests;
