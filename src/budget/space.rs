//! The space of combinations: which sets of profiles there are, and which of them are the same combination.
//!
//! Only profiles that own something (a service names them, or they have an overlay) matter; plain aggregates are expanded
//! away. An enabled set is closed: with a profile it holds what the profile includes. Two closed sets are the same
//! combination when they activate the same services under the same overlays. The union of two such sets is again
//! one of them, so each combination has exactly one largest set, its *representative*: the one to which no profile
//! can be added without activating a service or an overlay. Everything below counts and searches representatives.
//!
//! Profiles may exclude each other: then a set that holds both is no combination. Two sets of one combination may now hold
//! alternatives that activate nothing of their own, so that their union is none; the representative is the first of all
//! sets of the combination in the order in which a set with an earlier profile comes before one without.

use std::{
    cell::Cell,
    collections::{BTreeMap, HashMap},
};

use super::set::Set;
use crate::resolve::Profiles;

/// The combinations of a stack.
#[derive(Debug)]
pub(super) struct Space<'a> {
    profiles: &'a Profiles<'a>,
    /// The profiles that own something, sorted by name: index order is name order.
    pub(super) names: Vec<&'a str>,
    /// Everything that enabling a profile enables, itself too.
    pub(super) closure: Vec<Set>,
    /// Every profile that enables this one, itself too.
    pub(super) above: Vec<Set>,
    /// The profiles with overlays.
    overlays: Set,
    /// The distinct sets of profiles that services name: a group of services is active when its set meets the enabled one.
    pub(super) groups: Vec<Set>,
    /// The groups that a profile activates by itself.
    pub(super) owned: Vec<Vec<usize>>,
    /// The profiles that may add nothing to some enabled set, because others activate all their services too.
    pub(super) redundant: Set,
    /// How much enabling a profile alone activates: services, then profiles.
    pub(super) reach: Vec<(usize, usize)>,
    /// For each profile, those that it cannot be enabled with, itself where it cannot be enabled at all: closed upwards, as
    /// what is disabled. Empty where no profile excludes another.
    apart: Vec<Set>,
    /// The components in which a redundant profile excludes another: only there has a combination several largest sets.
    pub(super) knots: Vec<Set>,
    /// A representative was not found within its bound, and another set took its place: answers that depend on which set stands
    /// for a combination are not exact.
    pub(super) gave_up: Cell<bool>,
}

/// What makes two enabled sets the same combination: active groups and overlays.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Signature {
    groups: Set,
    pub(super) overlays: Set,
}

/// A region of the space: the combinations that hold all of `enabled` and nothing of `disabled`, both of them closed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Region {
    pub(super) enabled: Set,
    pub(super) disabled: Set,
}

impl Region {
    /// The profiles that are not decided.
    pub(super) fn open(&self, of: usize) -> Set {
        Set::full(of).without(&self.enabled).without(&self.disabled)
    }
}

impl Signature {
    /// Whether this combination activates nothing that the other does not.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        self.groups.is_within(&other.groups) && self.overlays.is_within(&other.overlays)
    }
}

impl<'a> Space<'a> {
    pub(super) fn new(profiles: &'a Profiles<'a>) -> Self {
        let stack = profiles.stack();
        let mut named: Vec<&str> = stack
            .services
            .values()
            .flat_map(|service| &service.profiles)
            .filter_map(|name| stack.profiles.get_key_value(name.as_str()))
            .map(|(name, _)| name.as_str())
            .collect();
        let overlaid = |name: &&str| !stack.profiles[*name].services.is_empty();
        named.extend(stack.profiles.keys().map(String::as_str).filter(overlaid));
        named.sort_unstable();
        named.dedup();
        let names = named;
        let n = names.len();

        let index: HashMap<&str, usize> = names.iter().enumerate().map(|(i, name)| (*name, i)).collect();
        let set =
            |of: &mut dyn Iterator<Item = &str>| Set::of(n, of.filter_map(|name| index.get(name).copied()));
        let closure: Vec<Set> =
            names.iter().map(|name| set(&mut profiles.enabled(&[name]).iter().copied())).collect();
        let mut above = vec![Set::empty(n); n];
        for (profile, reached) in closure.iter().enumerate() {
            reached.iter().for_each(|included| above[included].insert(profile));
        }
        let overlays = set(&mut names.iter().copied().filter(overlaid));
        let mut members: BTreeMap<Set, usize> = BTreeMap::new();
        for service in stack.services.values() {
            *members.entry(set(&mut service.profiles.iter().map(String::as_str))).or_default() += 1;
        }
        members.remove(&Set::empty(n));
        let reach = closure.iter().map(|reached| {
            let active = members.iter().filter(|(group, _)| group.meets(reached));
            (active.map(|(_, services)| services).sum(), reached.len())
        });
        let reach = reach.collect();
        let groups: Vec<Set> = members.into_keys().collect();
        let mut owned = vec![Vec::new(); n];
        for (index, group) in groups.iter().enumerate() {
            group.iter().for_each(|profile| owned[profile].push(index));
        }
        // A group that only this profile, or what enables it, can activate tells it apart from all others.
        let is_redundant = |profile: &usize| {
            !overlays.contains(*profile)
                && !owned[*profile].iter().any(|group: &usize| groups[*group].is_within(&above[*profile]))
        };
        let redundant = Set::of(n, (0..n).filter(is_redundant));
        let mut apart: Vec<Set> =
            profiles.apart(&names).into_iter().map(|others| Set::of(n, others)).collect();
        if apart.iter().all(Set::is_empty) {
            apart.clear();
        }
        let gave_up = Cell::new(false);
        let mut space = Self {
            profiles,
            names,
            closure,
            above,
            overlays,
            groups,
            owned,
            redundant,
            reach,
            apart,
            knots: Vec::new(),
            gave_up,
        };
        if !space.apart.is_empty() {
            let tangled = |profile: usize| !space.apart[profile].is_empty();
            let mut knots = space.components();
            knots.retain(|part| space.redundant.iter().any(|it| part.contains(it) && tangled(it)));
            space.knots = knots;
        }
        space
    }

    /// How many profiles own something.
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether a profile has an overlay.
    pub(super) fn has_overlay(&self, profile: usize) -> bool {
        self.overlays.contains(profile)
    }

    /// Whether a combination may have several largest sets.
    pub(super) fn is_tangled(&self) -> bool {
        !self.knots.is_empty()
    }

    /// The profiles that one cannot be enabled with; `None` where no profile excludes another.
    pub(super) fn apart(&self, profile: usize) -> Option<&Set> {
        self.apart.get(profile)
    }

    /// Whether a profile can be enabled beside an enabled set.
    pub(super) fn goes_with(&self, profile: usize, enabled: &Set) -> bool {
        self.apart(profile).is_none_or(|apart| !apart.contains(profile) && !apart.meets(enabled))
    }

    /// Whether no two members of a set exclude each other.
    pub(super) fn is_possible(&self, set: &Set) -> bool {
        self.apart.is_empty() || set.iter().all(|profile| self.goes_with(profile, set))
    }

    /// An enabled set with as much of `open`, which is not disabled, as goes with it: one profile after the other.
    pub(super) fn widen(&self, enabled: &Set, open: &Set) -> Set {
        if self.apart.is_empty() {
            return enabled.with(open);
        }
        let mut widened = enabled.clone();
        for profile in open.iter() {
            if self.goes_with(profile, &widened) {
                widened.add(&self.closure[profile]);
            }
        }
        widened
    }

    /// The parts of the profiles that exclude each other, directly or over others, each with two profiles or more.
    pub(super) fn alternatives(&self) -> Vec<Set> {
        let pairs = self.apart.iter().enumerate().map(|(profile, apart)| {
            let mut pair = apart.clone();
            pair.insert(profile);
            pair
        });
        let mut parts = joined(pairs);
        parts.retain(|part| part.len() > 1);
        parts
    }

    /// The parts of the profiles that share no service and no condition.
    pub(super) fn components(&self) -> Vec<Set> {
        joined((0..self.len()).map(|profile| {
            let mut tied = self.closure[profile].clone();
            self.owned[profile].iter().for_each(|group| tied.add(&self.groups[*group]));
            self.apart(profile).into_iter().for_each(|apart| tied.add(apart));
            tied
        }))
    }

    /// The closed set that enabling these profiles gives; names that own nothing are expanded.
    pub(super) fn enable(&self, selected: &[impl AsRef<str>]) -> Set {
        let enabled = self.profiles.enabled(selected);
        Set::of(self.len(), enabled.iter().filter_map(|name| self.names.binary_search(name).ok()))
    }

    /// The members of a set, by name and in name order.
    pub(super) fn spell(&self, set: &Set) -> Vec<String> {
        set.iter().map(|profile| self.names[profile].to_owned()).collect()
    }

    pub(super) fn signature(&self, enabled: &Set) -> Signature {
        let active = self.groups.iter().enumerate().filter(|(_, group)| group.meets(enabled));
        let groups = Set::of(self.groups.len(), active.map(|(index, _)| index));
        let mut overlays = enabled.clone();
        overlays.keep(&self.overlays);
        Signature { groups, overlays }
    }

    /// Whether adding the profile to an enabled set would activate neither a service nor an overlay.
    pub(super) fn adds_nothing(&self, profile: usize, enabled: &Set) -> bool {
        let nothing = |added: usize| {
            !self.overlays.contains(added)
                && self.owned[added].iter().all(|group| self.groups[*group].meets(enabled))
        };
        // What an enabled profile includes is enabled too.
        self.redundant.contains(profile)
            && (enabled.contains(profile) || self.closure[profile].without(enabled).iter().all(nothing))
    }

    /// The region of the combinations within a closed set.
    pub(super) fn within(&self, most: &Set) -> Region {
        let mut disabled = Set::full(self.len()).without(most);
        for (profile, apart) in self.apart.iter().enumerate() {
            if apart.contains(profile) {
                disabled.insert(profile);
            }
        }
        Region { enabled: Set::empty(self.len()), disabled }
    }

    /// The two halves of a region: a profile enabled, with what it includes, and disabled, with what includes it. With a
    /// profile that is enabled, those that it cannot be enabled with are disabled. Every search decides profiles here and
    /// nowhere else.
    pub(super) fn split(&self, Region { enabled, disabled }: &Region, profile: usize) -> [Region; 2] {
        let (with, above) = (enabled.with(&self.closure[profile]), disabled.with(&self.above[profile]));
        let excluded = self.apart(profile).map_or_else(|| disabled.clone(), |apart| disabled.with(apart));
        [Region { enabled: with, disabled: excluded }, Region { enabled: enabled.clone(), disabled: above }]
    }

    /// The union of what the members of a set enable.
    pub(super) fn close(&self, names: &Set) -> Set {
        let mut closed = Set::empty(self.len());
        names.iter().for_each(|profile| closed.add(&self.closure[profile]));
        closed
    }
}

/// Sets joined until no two of them meet.
fn joined(sets: impl Iterator<Item = Set>) -> Vec<Set> {
    let mut parts: Vec<Set> = Vec::new();
    for mut set in sets {
        parts.retain(|part| {
            let meets = part.meets(&set);
            if meets {
                set.add(part);
            }
            !meets
        });
        parts.push(set);
    }
    parts
}
