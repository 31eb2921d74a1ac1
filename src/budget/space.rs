//! The space of combinations: which sets of profiles there are, and which of them are the same combination.
//!
//! Only profiles that own something (a service names them, or they have an overlay) matter; plain aggregates are expanded
//! away. An enabled set is closed: with a profile it holds what the profile includes. Two closed sets are the same
//! combination when they activate the same services under the same overlays. The union of two such sets is again
//! one of them, so each combination has exactly one largest set, its *representative*: the one to which no profile
//! can be added without activating a service or an overlay. Everything below counts and searches representatives.

use std::{
    cmp::Reverse,
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
    redundant: Set,
    /// How much enabling a profile alone activates: services, then profiles.
    reach: Vec<(usize, usize)>,
}

/// What makes two enabled sets the same combination: active groups and overlays.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Signature {
    groups: Set,
    overlays: Set,
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
        let set = |of: &mut dyn Iterator<Item = &str>| {
            let mut set = Set::empty(n);
            of.filter_map(|name| index.get(name)).for_each(|i| set.insert(*i));
            set
        };
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
        let mut redundant = Set::empty(n);
        for profile in (0..n).filter(|profile| !overlays.contains(*profile)) {
            // A group that only this profile, or what enables it, can activate tells it apart from all others.
            if !owned[profile].iter().any(|group| groups[*group].is_within(&above[profile])) {
                redundant.insert(profile);
            }
        }
        Self { profiles, names, closure, above, overlays, groups, owned, redundant, reach }
    }

    /// How many profiles own something.
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    /// The profiles that may add nothing to some enabled set.
    pub(super) fn redundant(&self) -> &Set {
        &self.redundant
    }

    /// Whether a profile has an overlay.
    pub(super) fn has_overlay(&self, profile: usize) -> bool {
        self.overlays.contains(profile)
    }

    /// The closed set that enabling these profiles gives; names that own nothing are expanded.
    pub(super) fn enable(&self, selected: &[impl AsRef<str>]) -> Set {
        let mut enabled = Set::empty(self.len());
        for name in self.profiles.enabled(selected) {
            if let Ok(index) = self.names.binary_search(&name) {
                enabled.insert(index);
            }
        }
        enabled
    }

    /// The members of a set, by name and in name order.
    pub(super) fn spell(&self, set: &Set) -> Vec<String> {
        set.iter().map(|profile| self.names[profile].to_owned()).collect()
    }

    pub(super) fn signature(&self, enabled: &Set) -> Signature {
        let mut groups = Set::empty(self.groups.len());
        for (index, group) in self.groups.iter().enumerate() {
            if group.meets(enabled) {
                groups.insert(index);
            }
        }
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
        Region { enabled: Set::empty(self.len()), disabled: Set::full(self.len()).without(most) }
    }

    /// The two halves of a region: a profile enabled, with what it includes, and disabled, with what includes it. Every
    /// search decides profiles here and nowhere else; what else follows from one (that it excludes another) belongs here.
    pub(super) fn split(&self, Region { enabled, disabled }: &Region, profile: usize) -> [Region; 2] {
        let (with, above) = (enabled.with(&self.closure[profile]), disabled.with(&self.above[profile]));
        [
            Region { enabled: with, disabled: disabled.clone() },
            Region { enabled: enabled.clone(), disabled: above },
        ]
    }

    /// Whether no combination of a region is looked at in it: each has a larger representative, with a disabled profile.
    pub(super) fn is_dead(&self, Region { enabled, disabled }: &Region) -> bool {
        self.redundant.iter().any(|profile| disabled.contains(profile) && self.adds_nothing(profile, enabled))
    }

    /// The representative of an enabled set's combination.
    pub(super) fn representative(&self, enabled: &Set) -> Set {
        let mut representative = enabled.clone();
        for profile in self.redundant.iter() {
            if self.adds_nothing(profile, enabled) {
                representative.add(&self.closure[profile]);
            }
        }
        representative
    }

    /// The union of what the members of a set enable.
    pub(super) fn close(&self, names: &Set) -> Set {
        let mut closed = Set::empty(self.len());
        names.iter().for_each(|profile| closed.add(&self.closure[profile]));
        closed
    }

    /// The names of an enabled set that none of the others make superfluous: one by one, those that add nothing to the
    /// rest are dropped, what activates fewest services and profiles first, then the last in the alphabet.
    pub(super) fn reduce(&self, enabled: &Set) -> Set {
        let mut kept = enabled.clone();
        // What another one includes activates less than that one, so that its turn comes first.
        for profile in enabled.iter() {
            if self.above[profile].without(&self.closure[profile]).meets(enabled) {
                kept.take_out(profile);
            }
        }
        let mut order: Vec<usize> = kept.iter().collect();
        order.sort_by_key(|profile| (self.reach[*profile], Reverse(*profile)));
        // How many of the kept names enable each profile, and how many enabled profiles activate each group.
        let mut names = vec![0_u32; self.len()];
        let mut active = vec![0_u32; self.groups.len()];
        kept.iter().flat_map(|name| self.closure[name].iter()).for_each(|profile| names[profile] += 1);
        let groups = |profiles: &[usize]| -> Vec<usize> {
            profiles.iter().flat_map(|profile| self.owned[*profile].iter().copied()).collect()
        };
        groups(&(0..self.len()).filter(|profile| names[*profile] > 0).collect::<Vec<_>>())
            .into_iter()
            .for_each(|group| active[group] += 1);
        for name in order {
            let lost: Vec<usize> = self.closure[name].iter().filter(|profile| names[*profile] == 1).collect();
            let left = groups(&lost);
            left.iter().for_each(|group| active[*group] -= 1);
            if lost.iter().any(|profile| self.overlays.contains(*profile))
                || left.iter().any(|group| active[*group] == 0)
            {
                left.iter().for_each(|group| active[*group] += 1);
            } else {
                self.closure[name].iter().for_each(|profile| names[profile] -= 1);
                kept.take_out(name);
            }
        }
        kept
    }

    /// The name of a combination, the same for every enabled set that makes it.
    pub(super) fn name(&self, enabled: &Set) -> Set {
        self.reduce(&self.representative(enabled))
    }
}
