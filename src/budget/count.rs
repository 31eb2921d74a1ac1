//! How many combinations there are, without listing them.
//!
//! A combination is a closed set of profiles to which none can be added for nothing (see `space`). Decide one profile at a
//! time; what then remains falls into parts that share no condition, and the counts of the parts multiply. Parts that come
//! up again are remembered. Profiles that no `includes` and no redundancy ties to others are parts of their own, so n of them
//! take n steps and not 2^n. This is how model counters work (decomposition and component caching, as in sharpSAT).

use std::collections::HashMap;

use super::{
    effort::{Effort, Exhausted},
    set::Set,
    space::{Region, Space},
};

/// The number of combinations; it stops at `u64::MAX`. Where alternatives activate nothing of their own, which set stands for
/// a combination is not decided by one profile at a time: such a component is enumerated.
pub(super) fn combinations(space: &Space<'_>, effort: &Effort) -> Result<u64, Exhausted> {
    let mut counter = Counter { space, effort, known: HashMap::new() };
    let components = if space.is_tangled() { space.components() } else { vec![Set::full(space.len())] };
    components.iter().try_fold(1_u64, |product, component| {
        let region = space.within(component);
        let count = match space.knots.contains(component) {
            true => enumerate(space, effort, &region)?,
            false => counter.within(&region.open(space.len()), &region)?,
        };
        Ok(product.saturating_mul(count))
    })
}

/// The count by looking at every set.
fn enumerate(space: &Space<'_>, effort: &Effort, region: &Region) -> Result<u64, Exhausted> {
    effort.spend((space.len() + space.groups.len()) as u64)?;
    if space.is_dead(region) {
        return Ok(0);
    }
    let Some(profile) = region.open(space.len()).iter().next() else {
        return space.is_representative(&region.enabled, effort).map(u64::from);
    };
    let [with, without] = space.split(region, profile);
    Ok(enumerate(space, effort, &with)?.saturating_add(enumerate(space, effort, &without)?))
}

struct Counter<'a> {
    space: &'a Space<'a>,
    effort: &'a Effort,
    /// Undecided profiles, and those of the decided ones that matter to them, to the count.
    known: HashMap<(Set, Region), u64>,
}

impl Counter<'_> {
    /// The count over all ways to decide `open`.
    fn within(&mut self, open: &Set, region: &Region) -> Result<u64, Exhausted> {
        if self.space.is_dead(region) {
            return Ok(0);
        }
        let mut product = 1_u64;
        for (part, scope) in self.parts(open, region)? {
            product = product.saturating_mul(self.part(&part, &scope, region)?);
        }
        Ok(product)
    }

    fn part(&mut self, part: &Set, scope: &Set, region: &Region) -> Result<u64, Exhausted> {
        let mut near = region.clone();
        near.enabled.keep(scope);
        near.disabled.keep(scope);
        let key = (part.clone(), near);
        if let Some(count) = self.known.get(&key) {
            return Ok(*count);
        }
        // The profile that most others hang on separates the most.
        let degree = |profile: &usize| {
            let mut tied = self.space.closure[*profile].with(&self.space.above[*profile]);
            self.space.owned[*profile].iter().for_each(|group| tied.add(&self.space.groups[*group]));
            self.space.apart(*profile).into_iter().for_each(|apart| tied.add(apart));
            tied.keep(part);
            tied.len()
        };
        let Some(profile) = part.iter().max_by_key(degree) else { return Ok(1) };
        let mut count = 0_u64;
        for half in self.space.split(region, profile) {
            let open = part.without(&half.enabled).without(&half.disabled);
            count = count.saturating_add(self.within(&open, &half)?);
        }
        self.known.insert(key, count);
        Ok(count)
    }

    /// The parts of `open` that share no condition, each with every profile that its conditions speak of.
    fn parts(&self, open: &Set, region: &Region) -> Result<Vec<(Set, Set)>, Exhausted> {
        let Region { enabled, disabled } = region;
        let space = self.space;
        self.effort.spend((space.len() + space.groups.len()) as u64)?;
        // A set of 512 profiles is compared in the time of one unit.
        let comparison = space.len().div_ceil(512) as u64;
        let mut parts: Vec<(Set, Set)> = Vec::new();
        let mut tie = |scope: Set| {
            let mut part = scope.clone();
            part.keep(open);
            let mut joined = (part, scope);
            if joined.0.is_empty() {
                return Ok(());
            }
            self.effort.spend(parts.len() as u64 * comparison)?;
            parts.retain(|(part, scope)| {
                let apart = !part.meets(&joined.0);
                if !apart {
                    joined.0.add(part);
                    joined.1.add(scope);
                }
                apart
            });
            parts.push(joined);
            Ok(())
        };
        for profile in open.iter() {
            // Those that it cannot be enabled with are decided together with it.
            let closure = &space.closure[profile];
            tie(space.apart(profile).map_or_else(|| closure.clone(), |apart| closure.with(apart)))?;
        }
        for profile in space.redundant.iter().filter(|profile| !enabled.contains(*profile)) {
            // As long as the profile may be left out, leaving it out must leave something inactive.
            let missing = space.closure[profile].without(enabled);
            let groups = || missing.iter().flat_map(|missing| &space.owned[missing]);
            let stays_out = |profile: usize| space.has_overlay(profile) && disabled.contains(profile);
            let settled = missing.iter().any(stays_out)
                || groups().any(|group| space.groups[*group].is_within(disabled));
            if !settled {
                // Enabled ones too: which are missing is part of the condition.
                let mut scope = space.closure[profile].clone();
                groups().for_each(|group| scope.add(&space.groups[*group]));
                tie(scope)?;
            }
        }
        Ok(parts)
    }
}
