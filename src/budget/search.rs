//! Best-first search for the largest combinations, and the proof that none fails.
//!
//! A node of the search has decided some profiles. Enabling one enables what it includes, leaving one out leaves out what
//! includes it, so that the decided part is always closed; a node in which every combination has a larger representative is
//! dropped (see `space`). The upper bound of a node (see `contribution`) is never too small: the node with the largest
//! bound is looked at first, and a complete one that comes out is the largest that is left. Without overlays that lower
//! something the bound is exact and the search walks straight to what it looks for: k results over n profiles take k x n
//! steps. Profiles of overlays are decided first, which makes the bound exact from there on.

use std::{
    cmp::{Ordering, Reverse},
    collections::{BinaryHeap, HashMap},
};

use super::{
    contribution::Contributions,
    effort::{Effort, Exhausted},
    ledger::{Bounds, Ledger, Measure},
    set::Set,
    space::{Region, Signature, Space},
};

/// The combinations of a stack with their ledgers.
#[derive(Debug)]
pub(super) struct Search<'a> {
    pub(super) space: &'a Space<'a>,
    pub(super) contributions: &'a Contributions<'a>,
    pub(super) bounds: &'a Bounds,
    /// The order in which profiles are decided.
    order: Vec<usize>,
    /// What one evaluation of the contributions costs.
    pub(super) cost: u64,
}

/// A combination: its name and its ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) name: Vec<String>,
    pub(super) ledger: Ledger,
}

/// The largest combinations by one sum, largest first, ties by name.
#[derive(Debug)]
pub(super) struct Largest {
    pub(super) found: Vec<Found>,
    /// Whether the search was complete; otherwise the list may miss a larger one.
    pub(super) exact: bool,
}

/// How many combinations that tie for the last places are gathered before the first by name are taken.
const TIES: usize = 4096;

impl<'a> Search<'a> {
    pub(super) fn new(
        space: &'a Space<'a>,
        contributions: &'a Contributions<'a>,
        bounds: &'a Bounds,
    ) -> Self {
        let mut order = contributions.entangled();
        let mut rest: Vec<usize> = (0..space.len()).filter(|profile| !order.contains(profile)).collect();
        // What enables most comes first: leaving it out or in settles the most.
        rest.sort_by_key(|profile| Reverse(space.closure[*profile].len()));
        order.extend(rest);
        // A set is one word for 64 profiles; looking for the next profile to decide walks over them.
        let cost = contributions.pieces() * space.len().div_ceil(64).max(1) as u64 + space.len() as u64 / 4;
        Self { space, contributions, bounds, order, cost }
    }

    /// An upper bound of everything between `enabled` and `enabled` with `open`.
    pub(super) fn upper(&self, enabled: &Set, open: &Set, effort: &Effort) -> Result<Ledger, Exhausted> {
        effort.spend(self.cost)?;
        Ok(self.contributions.upper(enabled, Some(open)))
    }

    /// The combination of an enabled set.
    pub(super) fn found(&self, enabled: &Set) -> Found {
        let name = self.space.spell(&self.space.name(enabled));
        Found { name, ledger: self.contributions.at(enabled) }
    }

    /// One largest combination by one sum.
    pub(super) fn peak(&self, measure: Measure, effort: &Effort) -> Result<Option<Found>, Exhausted> {
        let mut sets = Vec::new();
        self.gather(measure, effort, &mut sets, |sets, _| !sets.is_empty())?;
        Ok(sets.first().map(|(_, set)| self.found(set)))
    }

    /// The `most` largest combinations by one sum.
    pub(super) fn largest(&self, measure: Measure, most: usize, effort: &Effort) -> Largest {
        let mut sets: Vec<(u128, Set)> = Vec::new();
        // All that tie with the last one belong to the choice, unless they are very many.
        let mut ended = self.gather(measure, effort, &mut sets, |sets, next| {
            sets.len() >= most
                && sets.last().is_some_and(|(least, _)| next < *least || sets.len() > most + TIES)
        });
        if sets.len() > most + TIES {
            let least = sets[sets.len() - 1].0;
            sets.retain(|(amount, _)| *amount > least);
            let wanted = most - sets.len();
            let mut ties = Ties { search: self, effort, measure, amount: least, wanted, sets: Vec::new() };
            let none = Set::empty(self.space.len());
            let all: Vec<usize> = (0..self.space.len()).collect();
            ended = ties.walk(&none, &all);
            sets.extend(ties.sets.into_iter().map(|set| (least, set)));
        }
        let mut found: Vec<Found> = sets.iter().map(|(_, set)| self.found(set)).collect();
        found.sort_by(|left, right| {
            right.ledger[measure].cmp(&left.ledger[measure]).then_with(|| left.name.cmp(&right.name))
        });
        found.truncate(most);
        Largest { found, exact: ended.is_ok() }
    }

    /// Gather representatives, largest first, until there are no more or `enough`, which is asked with the amount that none
    /// of the rest exceeds.
    fn gather(
        &self,
        measure: Measure,
        effort: &Effort,
        sets: &mut Vec<(u128, Set)>,
        enough: impl Fn(&[(u128, Set)], u128) -> bool,
    ) -> Result<(), Exhausted> {
        let space = self.space;
        let mut heap = BinaryHeap::new();
        let mut judged = HashMap::new();
        let mut push = |region: Region, heap: &mut BinaryHeap<Node>| {
            if space.is_dead(&region) || !self.stands(&region, &mut judged, effort)? {
                return Ok(());
            }
            let upper = self.upper(&region.enabled, &region.open(space.len()), effort)?[measure];
            heap.push(Node { upper, decided: region.enabled.len() + region.disabled.len(), region });
            Ok(())
        };
        push(space.within(&Set::full(space.len())), &mut heap)?;
        while let Some(Node { upper, region, .. }) = heap.pop() {
            if enough(sets, upper) {
                return Ok(());
            }
            let Some(profile) = self.undecided(&region.open(space.len())) else {
                sets.push((upper, region.enabled));
                continue;
            };
            for half in space.split(&region, profile) {
                push(half, &mut heap)?;
            }
        }
        Ok(())
    }

    /// Whether what a region has decided of each knot stands for its combinations. A knot that is decided in part is not judged.
    fn stands(
        &self,
        region: &Region,
        judged: &mut HashMap<Set, bool>,
        effort: &Effort,
    ) -> Result<bool, Exhausted> {
        let knots = &self.space.knots;
        if knots.is_empty() {
            return Ok(true);
        }
        effort.spend(knots.len() as u64)?;
        let open = region.open(self.space.len());
        for knot in knots.iter().filter(|knot| !knot.meets(&open)) {
            let mut part = region.enabled.clone();
            part.keep(knot);
            let stands = match judged.get(&part) {
                Some(stands) => *stands,
                None => {
                    let stands = self.space.is_representative(&part, effort)?;
                    judged.insert(part, stands);
                    stands
                }
            };
            if !stands {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The profile to decide next.
    fn undecided(&self, open: &Set) -> Option<usize> {
        self.order.iter().copied().find(|profile| open.contains(*profile))
    }

    /// A failing combination of a region that holds none of the `known` ones; `None` proves that there is none with its
    /// representative in it.
    pub(super) fn failing(
        &self,
        region: &Region,
        known: &[Signature],
        effort: &Effort,
    ) -> Result<Option<Set>, Exhausted> {
        let enabled = &region.enabled;
        let open = region.open(self.space.len());
        if self.space.is_dead(region) || self.bounds.fit(&self.upper(enabled, &open, effort)?) {
            return Ok(None);
        }
        let is_new = |set: &Set| {
            let signature = self.space.signature(set);
            !known.iter().any(|known| known.is_within(&signature))
        };
        if !known.is_empty() && !is_new(enabled) {
            return Ok(None); // Everything larger holds the known one too.
        }
        for candidate in [self.space.widen(enabled, &open), enabled.clone()] {
            if !self.bounds.fit(&self.contributions.at(&candidate)) && is_new(&candidate) {
                return Ok(Some(candidate));
            }
        }
        let Some(profile) = self.undecided(&open) else { return Ok(None) };
        for half in self.space.split(region, profile) {
            if let Some(found) = self.failing(&half, known, effort)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// A failing combination within a failing one that has no smaller one inside.
    pub(super) fn shrink(&self, mut failing: Set, effort: &Effort) -> Result<Set, Exhausted> {
        loop {
            let itself = [self.space.signature(&failing)];
            let inside = self.space.within(&self.space.covered(&failing));
            match self.failing(&inside, &itself, effort)? {
                Some(smaller) => failing = smaller,
                None => return Ok(failing),
            }
        }
    }
}

/// The first combinations by name that have exactly one amount. Names are walked in the order of the alphabet, so that what is
/// found first is what is wanted, however many there are.
struct Ties<'a> {
    search: &'a Search<'a>,
    effort: &'a Effort,
    measure: Measure,
    amount: u128,
    wanted: usize,
    sets: Vec<Set>,
}

impl Ties<'_> {
    /// Look at `name` and at all names that continue it with profiles out of `later`.
    fn walk(&mut self, name: &Set, later: &[usize]) -> Result<(), Exhausted> {
        let space = self.search.space;
        let enabled = space.close(name);
        self.effort.spend(self.search.cost)?;
        if self.search.contributions.at(&enabled)[self.measure] == self.amount
            && space.name(&enabled) == *name
        {
            self.sets.push(enabled.clone());
        }
        for (position, profile) in later.iter().enumerate() {
            if self.sets.len() == self.wanted {
                break;
            }
            if !space.goes_with(*profile, &enabled) {
                continue;
            }
            let mut longer = name.clone();
            longer.insert(*profile);
            let mut rest = longer.clone();
            later[position + 1..].iter().for_each(|profile| rest.insert(*profile));
            let enabled = space.close(&longer);
            let open = space.close(&rest).without(&enabled);
            if self.search.upper(&enabled, &open, self.effort)?[self.measure] >= self.amount
                && space.reduce(&enabled).len() == longer.len()
            {
                self.walk(&longer, &later[position + 1..])?;
            }
        }
        Ok(())
    }
}

/// A node of the best-first search. Of equal bounds the one that is decided further comes first, so that ties do not
/// widen the search.
#[derive(Debug, PartialEq, Eq)]
struct Node {
    upper: u128,
    decided: usize,
    region: Region,
}

impl Ord for Node {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |node: &Self| (node.upper, node.decided);
        key(self).cmp(&key(other)).then_with(|| self.region.enabled.cmp(&other.region.enabled))
    }
}

impl PartialOrd for Node {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
