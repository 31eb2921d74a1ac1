//! What enabling a profile enables: aggregates expanded, and which services are active when.

use indexmap::IndexSet;

use super::Exclusions;
use crate::model::{Service, Stack};

/// The profiles of a stack and their includes. What a selection enables is computed on request: kept for
/// every profile, it would be quadratic in a chain of aggregates. Unknown names and cycles in `includes` are skipped:
/// a rule reports them.
#[derive(Debug)]
pub struct Profiles<'a> {
    stack: &'a Stack,
    /// For each profile, by its place in the declaration, those that it includes, in declaration order.
    includes: Vec<Vec<usize>>,
    /// And those that include it.
    included_by: Vec<Vec<usize>>,
    /// Which exclude each other; `None` where none does.
    exclusions: Option<Exclusions>,
}

impl<'a> Profiles<'a> {
    /// Read the aggregates of a stack.
    pub fn new(stack: &'a Stack) -> Self {
        let mut included_by = vec![Vec::new(); stack.profiles.len()];
        let mut includes = Vec::with_capacity(stack.profiles.len());
        for (at, profile) in stack.profiles.values().enumerate() {
            // Declaration order, not the order within `includes`: an overlay has one place, whichever profile includes it.
            let mut included: Vec<usize> = profile
                .includes
                .iter()
                .filter_map(|name| stack.profiles.get_index_of(name.as_str()))
                .collect();
            included.sort_unstable();
            included.iter().for_each(|other| included_by[*other].push(at));
            includes.push(included);
        }
        let reached = |leads_to: &[Vec<usize>], from: usize| walk(leads_to, std::iter::once(from));
        let exclusions = Exclusions::new(stack, |at| reached(&included_by, at), |at| reached(&includes, at));
        Self { stack, includes, included_by, exclusions }
    }

    /// The stack.
    pub fn stack(&self) -> &'a Stack {
        self.stack
    }

    /// Which profiles exclude each other; `None` where none does.
    pub fn exclusions(&self) -> Option<&Exclusions> {
        self.exclusions.as_ref()
    }

    /// For each of these profiles the places among them of those that it cannot be enabled with, its own where it cannot be enabled
    /// at all. Empty where no profile excludes another.
    pub fn apart(&self, names: &[&str]) -> Vec<Vec<usize>> {
        let Some(exclusions) = &self.exclusions else { return Vec::new() };
        let places = names.iter().filter_map(|name| self.stack.profiles.get_index_of(*name));
        let places: Vec<usize> = places.collect();
        let apart = places.iter().map(|one| {
            let others = places.iter().enumerate().filter(|(_, other)| exclusions.apart(*one, **other));
            others.map(|(at, _)| at).collect()
        });
        apart.collect()
    }

    /// Every profile that enabling these enables, in the order in which their overlays apply: declaration order, included
    /// profiles before the aggregate that includes them. Unknown names are left out.
    pub fn enabled(&self, selected: &[impl AsRef<str>]) -> IndexSet<&'a str> {
        let selected = selected.iter().filter_map(|name| self.stack.profiles.get_index_of(name.as_ref()));
        let mut wanted = walk(&self.includes, selected);
        // From the first one on, so that the order does not depend on what was asked for.
        wanted.sort_unstable();
        walk(&self.includes, wanted.into_iter()).into_iter().filter_map(|at| self.name(at)).collect()
    }

    /// The profiles that enable this one: itself, then every aggregate that includes it, in declaration order. A name
    /// that is not declared enables only itself.
    pub fn enabled_by(&self, profile: &'a str) -> Vec<&'a str> {
        let Some(own) = self.stack.profiles.get_index_of(profile) else { return vec![profile] };
        let mut aggregates = walk(&self.included_by, std::iter::once(own));
        aggregates.retain(|at| *at != own);
        aggregates.sort_unstable();
        std::iter::once(profile).chain(aggregates.into_iter().filter_map(|at| self.name(at))).collect()
    }

    fn name(&self, at: usize) -> Option<&'a str> {
        self.stack.profiles.get_index(at).map(|(name, _)| name.as_str())
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

/// Everything that can be reached from some profiles, each once and behind all that it leads to. The search keeps its own
/// stack, since chains can be long.
fn walk(leads_to: &[Vec<usize>], from: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut seen = vec![false; leads_to.len()];
    let mut reached = Vec::new();
    for root in from {
        let mut path = Vec::new();
        if !std::mem::replace(&mut seen[root], true) {
            path.push((root, 0));
        }
        while let Some((at, next)) = path.last_mut() {
            match leads_to[*at].get(*next) {
                None => {
                    reached.push(*at);
                    path.pop();
                }
                Some(to) => {
                    *next += 1;
                    if !std::mem::replace(&mut seen[*to], true) {
                        path.push((*to, 0));
                    }
                }
            }
        }
    }
    reached
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

    /// Against the definition: what each profile enables, expanded one by one, in declaration order.
    #[test]
    fn the_order_is_that_of_expanding_every_profile() {
        fn expand<'a>(stack: &'a Stack, name: &'a str, reached: &mut IndexSet<&'a str>) {
            if reached.contains(name) {
                return;
            }
            let includes = &stack.profiles[name].includes;
            let declared = stack.profiles.keys().filter(|other| includes.contains(other));
            declared.for_each(|include| expand(stack, include, reached));
            reached.insert(name);
        }
        let mut random = fastrand::Rng::with_seed(3);
        for _ in 0..300 {
            let count = random.usize(1..9);
            let mut names: Vec<String> = (0..count).map(|at| format!("p{at}")).collect();
            random.shuffle(&mut names);
            let mut stack = Stack::default();
            for name in &names {
                let smaller = names.iter().filter(|other| *other < name).cloned();
                let includes = smaller.filter(|_| random.u8(..) < 90).collect();
                stack.profiles.insert(name.clone(), Profile { includes, ..Profile::default() });
            }
            let profiles = Profiles::new(&stack);
            let closure = |name: &'_ str| {
                let mut reached = IndexSet::new();
                expand(&stack, stack.profiles.get_key_value(name).unwrap().0, &mut reached);
                reached
            };
            let selected: Vec<&String> = names.iter().filter(|_| random.bool()).collect();
            let wanted: IndexSet<&str> = selected.iter().flat_map(|name| closure(name)).collect();
            let declared = stack.profiles.keys().filter(|name| wanted.contains(name.as_str()));
            let expected: IndexSet<&str> = declared.flat_map(|name| closure(name)).collect();
            assert!(profiles.enabled(&selected).iter().eq(&expected), "{stack:?}");
            for name in stack.profiles.keys() {
                let aggregates = stack
                    .profiles
                    .keys()
                    .filter(|other| *other != name && closure(other).contains(name.as_str()));
                let expected = std::iter::once(name).chain(aggregates);
                assert!(profiles.enabled_by(name).iter().eq(expected), "{name} {stack:?}");
            }
        }
    }

    #[test]
    fn long_chains_and_rings_end() {
        let count = 100_000;
        for last in [&[][..], &["p0"]] {
            let mut stack = Stack::default();
            for at in 0..count {
                let next = if at + 1 < count { vec![format!("p{}", at + 1)] } else { Vec::new() };
                let profile = Profile { includes: next, ..Profile::default() };
                stack.profiles.insert(format!("p{at}"), profile);
            }
            stack.profiles[count - 1].includes = last.iter().map(|name| (*name).to_owned()).collect();
            let profiles = Profiles::new(&stack);
            assert_eq!(profiles.enabled(&["p0"]).len(), count);
            assert_eq!(profiles.enabled_by("p99999").len(), count);
        }
    }
}
