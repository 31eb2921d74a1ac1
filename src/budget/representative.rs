//! The one set that stands for a combination, and the name that is made of it.

use std::cmp::Reverse;

use super::{
    effort::{Effort, Exhausted},
    set::Set,
    space::{Region, Signature, Space},
};

/// How many partial sets are looked at for one representative.
const TRIES: u32 = 1_024;

impl Space<'_> {
    /// Whether no combination of a region is looked at in it: each has a larger set, with a disabled profile. One that an
    /// undecided profile excludes may still be what makes a set the largest.
    pub(super) fn is_dead(&self, Region { enabled, disabled }: &Region) -> bool {
        self.redundant.iter().any(|profile| {
            disabled.contains(profile)
                && self.adds_nothing(profile, enabled)
                && self
                    .apart(profile)
                    .is_none_or(|apart| !apart.contains(profile) && apart.is_within(disabled))
        })
    }

    /// An enabled set with every profile that adds nothing to it. Whatever activates no more lies within; where profiles
    /// exclude each other it may be no combination itself.
    pub(super) fn covered(&self, enabled: &Set) -> Set {
        let mut covered = enabled.clone();
        for profile in self.redundant.iter() {
            if self.adds_nothing(profile, enabled) {
                covered.add(&self.closure[profile]);
            }
        }
        covered
    }

    /// Whether an enabled set, to which no profile can be added for nothing, stands for its combination.
    pub(super) fn is_representative(&self, enabled: &Set, effort: &Effort) -> Result<bool, Exhausted> {
        if !self.is_tangled() {
            return Ok(true);
        }
        effort.spend((self.len() * (1 + self.groups.len())) as u64)?;
        Ok(self.representative(enabled) == *enabled)
    }

    /// The representative of an enabled set's combination.
    fn representative(&self, enabled: &Set) -> Set {
        let covered = self.covered(enabled);
        if !self.is_tangled() || self.is_possible(&covered) {
            return covered;
        }
        let wanted = self.signature(enabled);
        // An overlay says that its profile is enabled.
        let sure = self.close(&wanted.overlays);
        let mut tries = TRIES;
        let none = Set::empty(self.len());
        self.first(&wanted, &covered, &sure, &none, &mut tries).unwrap_or_else(|| {
            self.gave_up.set(true);
            self.widen(enabled, &covered)
        })
    }

    /// The first of the sets that hold `chosen`, nothing of `left_out` and otherwise members of `covered`, and make the `wanted`
    /// combination.
    fn first(
        &self,
        wanted: &Signature,
        covered: &Set,
        chosen: &Set,
        left_out: &Set,
        tries: &mut u32,
    ) -> Option<Set> {
        *tries = tries.checked_sub(1)?;
        let open = covered.without(chosen).without(left_out);
        let possible =
            |profile: &usize| self.goes_with(*profile, chosen) && !self.closure[*profile].meets(left_out);
        let mut most = chosen.clone();
        open.iter().filter(possible).for_each(|profile| most.insert(profile));
        if self.signature(&most) != *wanted {
            return None;
        }
        let Some(profile) = open.iter().find(possible) else { return Some(chosen.clone()) };
        let with = chosen.with(&self.closure[profile]);
        self.first(wanted, covered, &with, left_out, tries).or_else(|| {
            let mut without = left_out.clone();
            without.insert(profile);
            self.first(wanted, covered, chosen, &without, tries)
        })
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
            if lost.iter().any(|profile| self.has_overlay(*profile))
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
