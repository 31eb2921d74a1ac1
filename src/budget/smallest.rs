//! The smallest combinations that fail: those without a smaller failing one inside, fewest profiles first, then by name.
//!
//! Where they are few, they are found one after the other: any failing combination that holds none of those found so far is
//! shrunk until nothing inside it fails, until a search proves that there is no other (the "dualize and advance" of Gunopulos
//! et al., with a search in place of the dualization).
//!
//! Where they are many, only the first are wanted. Names are tried by size: all of one profile, then of two, in the order of
//! the alphabet. A name is not extended when what it can still gain with the profiles that are left to it does not exceed
//! any bound, and never beyond a failing combination. Each failing one is then held against everything inside it. What is
//! found is complete up to the point where it stops, and in order.

use super::{
    effort::{Effort, Exhausted},
    ledger::{Ledger, Measure, Need},
    search::{Found, Search},
    set::Set,
    space::Signature,
};

/// The smallest failing combinations.
#[derive(Debug, Default)]
pub(super) struct Smallest {
    pub(super) found: Vec<Found>,
    /// There are, or may be, more behind them.
    pub(super) more: bool,
    /// Whether none is missing before the last one.
    pub(super) exact: bool,
}

/// At most `most` of the smallest failing combinations. Each of the two ways may take the effort.
pub(super) fn failing(search: &Search<'_>, most: usize, effort: u64) -> Smallest {
    let mut few = Vec::new();
    if gather(search, most, &mut few, &Effort::new(effort)) == Ok(true) {
        return Smallest { found: in_order(search, few), more: false, exact: true };
    }
    let walking = Effort::new(effort);
    let mut walk = Walk { search, effort: &walking, most, found: Vec::new(), seen: Vec::new() };
    let none = Set::empty(search.space.len());
    let all: Vec<usize> = (0..search.space.len()).collect();
    match (0..=search.space.len()).try_for_each(|size| walk.extend(&none, &all, size)) {
        Ok(()) => Smallest { found: walk.found, more: false, exact: true },
        Err(Stop::Enough) => Smallest { found: walk.found, more: true, exact: true },
        Err(Stop::Exhausted) => {
            few.truncate(most);
            let found = if walk.found.is_empty() { in_order(search, few) } else { walk.found };
            Smallest { found, more: true, exact: false }
        }
    }
}

/// Gather failing combinations without smaller ones inside, in no order. `true` when they are all, `false` when there are
/// more than `most`.
fn gather(search: &Search<'_>, most: usize, sets: &mut Vec<Set>, effort: &Effort) -> Result<bool, Exhausted> {
    let whole = search.space.within(&Set::full(search.space.len()));
    let mut known: Vec<Signature> = Vec::new();
    while let Some(failing) = search.failing(&whole, &known, effort)? {
        if sets.len() == most {
            return Ok(false);
        }
        let smallest = search.shrink(failing, effort)?;
        known.push(search.space.signature(&smallest));
        sets.push(smallest);
    }
    Ok(true)
}

fn in_order(search: &Search<'_>, sets: Vec<Set>) -> Vec<Found> {
    let mut found: Vec<Found> = sets.iter().map(|set| search.found(set)).collect();
    found.sort_by(|left, right| {
        left.name.len().cmp(&right.name.len()).then_with(|| left.name.cmp(&right.name))
    });
    found
}

struct Walk<'a> {
    search: &'a Search<'a>,
    effort: &'a Effort,
    most: usize,
    found: Vec<Found>,
    /// What was found or is larger than a failing one: nothing that holds one of these is looked at again.
    seen: Vec<Signature>,
}

/// Why a walk ends early.
enum Stop {
    /// As many were found as were requested.
    Enough,
    Exhausted,
}

impl From<Exhausted> for Stop {
    fn from(_: Exhausted) -> Self {
        Self::Exhausted
    }
}

impl Walk<'_> {
    /// Try all names that consist of `name` and `more` further profiles out of `later`.
    fn extend(&mut self, name: &Set, later: &[usize], more: usize) -> Result<(), Stop> {
        let space = self.search.space;
        let enabled = space.close(name);
        if more == 0 {
            return self.judge(name, &enabled);
        }
        let with = |profile: usize| {
            let mut longer = name.clone();
            longer.insert(profile);
            longer
        };
        // Profiles that are still worth adding: not implied, and not leading into what was seen to fail.
        let useful: Vec<usize> = later
            .iter()
            .copied()
            .filter(|profile| {
                let signature = space.signature(&enabled.with(&space.closure[*profile]));
                let adds = !enabled.contains(*profile) && space.goes_with(*profile, &enabled);
                adds && !self.seen.iter().any(|seen| seen.is_within(&signature))
            })
            .collect();
        let additions: Vec<Set> =
            useful.iter().map(|profile| space.closure[*profile].without(&enabled)).collect();
        let mut open = Set::empty(space.len());
        additions.iter().for_each(|addition| open.add(addition));
        let pairs = 8 * (useful.len() * useful.len()) as u64;
        self.effort.spend(self.search.cost * (1 + useful.len() as u64) + pairs)?;
        let now = self.search.contributions.at(&enabled);
        let gains = self.search.contributions.gains(&enabled, &open, &additions, more);
        for (position, profile) in useful.iter().enumerate() {
            let mut then = now;
            then += gains[position];
            if !self.can_fail(then, &gains[position + 1..], more - 1) {
                continue;
            }
            let longer = with(*profile);
            self.effort.spend((space.groups.len() * longer.len()) as u64)?;
            if space.reduce(&space.close(&longer)).len() == longer.len() {
                self.extend(&longer, &useful[position + 1..], more - 1)?;
            }
        }
        Ok(())
    }

    /// Whether the present ledger with the `more` largest of the gains exceeds a bound.
    fn can_fail(&self, now: Ledger, gains: &[Ledger], more: usize) -> bool {
        let bounds = self.search.bounds;
        let most = |of: &dyn Fn(&Ledger) -> u128| {
            let mut amounts: Vec<u128> = gains.iter().map(of).collect();
            amounts.sort_unstable_by(|left, right| right.cmp(left));
            of(&now) + amounts.iter().take(more).sum::<u128>()
        };
        let exceeds =
            |measure: Measure| bounds.of(measure).is_some_and(|bound| most(&|of| of[measure]) > bound);
        let lacks = |need: Need| need.is_asked_by(bounds) && most(&|of| u128::from(of.lacking(need))) > 0;
        bounds.is_empty() || Measure::ALL.into_iter().any(exceeds) || Need::ALL.into_iter().any(lacks)
    }

    fn judge(&mut self, name: &Set, enabled: &Set) -> Result<(), Stop> {
        let space = self.search.space;
        if self.search.bounds.fit(&self.search.contributions.at(enabled)) || space.name(enabled) != *name {
            return Ok(());
        }
        let signature = space.signature(enabled);
        let inside = space.within(&space.covered(enabled));
        let inside = self.search.failing(&inside, std::slice::from_ref(&signature), self.effort)?;
        self.seen.push(signature);
        if inside.is_none() {
            if self.found.len() == self.most {
                return Err(Stop::Enough);
            }
            self.found.push(self.search.found(enabled));
        }
        Ok(())
    }
}
