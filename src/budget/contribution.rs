//! What each service contributes to the ledger, as a function of few profiles.
//!
//! The ledger of an enabled set is a sum of independent pieces, built once from all services:
//! - `base`: core services that no overlay resizes: a constant;
//! - gates: all services that name the same profiles and are not resized: one amount, there when any of them is enabled;
//! - tables: services that overlays resize. A table holds the amount for every subset of its profiles. Tables that share
//!   profiles are merged, and gates within a table's profiles are added to it, while it stays small, so that
//!   a profile that raises one service and lowers another is seen as one decision;
//! - alternatives: profiles of which at most one is enabled. Up to the size of a table they are one; of more, one amount for
//!   each, of which the largest counts, so that the bound does not add up what never runs together;
//! - wide services, resized by more profiles than a table holds: kept as they are.
//!
//! Building is linear in the services; afterwards no operation depends on how many there are. An upper bound over all
//! enabled sets between two sets is the sum of each piece's own maximum. It is exact where nothing is lowered and, with
//! tables, where what lowers stays within one table; it is sound always.

use std::collections::{BTreeMap, HashMap};

use super::{ledger::Ledger, set::Set, sizes::Sizes, space::Space};
use crate::{
    model::{Overlay, Stack},
    resolve::Profiles,
};

/// The pieces of the ledger.
#[derive(Debug)]
pub(super) struct Contributions<'a> {
    base: Ledger,
    gates: Vec<(Set, Ledger)>,
    tables: Vec<Table>,
    alternatives: Vec<Alternatives>,
    wide: Vec<Wide<'a>>,
}

/// Profiles of which at most one is enabled.
#[derive(Debug)]
struct Alternatives {
    set: Set,
    /// What each activates.
    members: Vec<(usize, Ledger)>,
}

#[derive(Debug)]
struct Table {
    profiles: Vec<usize>,
    set: Set,
    /// By bit mask over `profiles`; `None` where `includes` or `excludes` rules the subset out.
    entries: Vec<Option<Ledger>>,
}

/// A service that overlays resize.
#[derive(Debug)]
struct Wide<'a> {
    /// What activates it; empty for core.
    group: Set,
    /// All profiles that it depends on.
    set: Set,
    /// Without overlays.
    sizes: Sizes,
    /// What each profile changes, in the order of application.
    overlays: Vec<(usize, &'a Overlay)>,
}

impl<'a> Contributions<'a> {
    /// Sort the services of a stack into pieces; a table holds at most `widest` profiles.
    pub(super) fn new(profiles: &Profiles<'a>, space: &Space<'_>, widest: usize) -> Self {
        let stack = profiles.stack();
        let mut base = Ledger::default();
        let mut gates: HashMap<Set, Ledger> = HashMap::new();
        let mut narrow: BTreeMap<Set, Vec<Wide<'_>>> = BTreeMap::new();
        let mut wide = Vec::new();
        let mut resized = resized(profiles, space);
        for (name, service) in &stack.services {
            let declared = service.profiles.iter();
            let declared = declared.filter_map(|name| space.names.binary_search(&name.as_str()).ok());
            let group = Set::of(space.len(), declared);
            if group.is_empty() && !service.profiles.is_empty() {
                continue; // It names only profiles that are not declared: nothing activates it.
            }
            match resized.remove(name.as_str()) {
                None if group.is_empty() => base += Ledger::of_service(service),
                None => *gates.entry(group).or_default() += Ledger::of_service(service),
                Some(overlays) => {
                    let mut set = group.clone();
                    overlays.iter().for_each(|(profile, _)| set.insert(*profile));
                    let piece = Wide { group, sizes: Sizes::of(service), overlays, set };
                    if piece.set.len() > widest {
                        wide.push(piece);
                    } else {
                        narrow.entry(piece.set.clone()).or_default().push(piece);
                    }
                }
            }
        }
        let mut tables = Vec::new();
        let mut groups = Vec::new();
        for part in space.alternatives() {
            match part.len() <= widest {
                true => tables.push(Table::of(space, part, &[])),
                false => groups.extend(exclusive(space, &part)),
            }
        }
        tables.extend(narrow.into_iter().map(|(set, pieces)| Table::of(space, set, &pieces)));
        let mut gates: Vec<(Set, Ledger)> = gates.into_iter().collect();
        gates.sort_unstable_by(|left, right| left.0.cmp(&right.0));
        let tables = merge(space, tables, &mut gates, widest);
        let alternatives = groups.into_iter().map(|set| Alternatives::of(set, &mut gates)).collect();
        Self { base, gates, tables, alternatives, wide }
    }

    /// How many pieces there are: what one evaluation costs.
    pub(super) fn pieces(&self) -> u64 {
        let members: usize = self.alternatives.iter().map(|it| it.members.len()).sum();
        (1 + self.gates.len() + members + 4 * self.tables.len() + 8 * self.wide.len()) as u64
    }

    /// The profiles with an effect that is not a plain addition, those of wide services first: a search decides them first.
    pub(super) fn entangled(&self) -> Vec<usize> {
        let sets = self.wide.iter().map(|piece| &piece.set);
        let sets = sets.chain(self.tables.iter().map(|table| &table.set));
        let sets = sets.chain(self.alternatives.iter().map(|it| &it.set));
        let mut seen = Vec::new();
        for profile in sets.flat_map(Set::iter) {
            if !seen.contains(&profile) {
                seen.push(profile);
            }
        }
        seen
    }

    /// The ledger of an enabled set, exactly.
    pub(super) fn at(&self, enabled: &Set) -> Ledger {
        self.upper(enabled, None)
    }

    /// A ledger that no enabled set between `enabled` and `enabled` with `open` exceeds, in any sum.
    pub(super) fn upper(&self, enabled: &Set, open: Option<&Set>) -> Ledger {
        let mut sum = self.base;
        for (group, amount) in &self.gates {
            if group.meets(enabled) || open.is_some_and(|open| group.meets(open)) {
                sum += *amount;
            }
        }
        self.tables.iter().for_each(|table| sum += table.upper(enabled, open));
        self.alternatives.iter().for_each(|it| sum += it.upper(enabled, open));
        self.wide.iter().for_each(|piece| sum += piece.upper(enabled, open));
        sum
    }

    /// For each of several additions to an enabled set, all within `open`, the most that it can raise each sum when `picks` of
    /// them are made together: the ledger never exceeds that of `enabled` plus the gains of those that are picked.
    ///
    /// Each piece that an addition touches counts at its maximum instead of at its present value. A piece that c additions
    /// touch would so be counted once for each of h picked ones. With m = min(c, picks), taking 1/m of it off for every
    /// other picked one leaves h - h (h - 1) / m times the piece, which is at least once for 1 <= h <= m. Which others are
    /// picked is not known: each addition is let off with the cheapest.
    pub(super) fn gains(&self, enabled: &Set, open: &Set, additions: &[Set], picks: usize) -> Vec<Ledger> {
        let n = additions.len();
        let mut gains = vec![Ledger::default(); n];
        let mut shared = vec![vec![Ledger::default(); n]; n];
        let mut touch = |set: &Set, gain: Ledger| {
            if gain == Ledger::default() {
                return;
            }
            let touched: Vec<usize> = (0..n).filter(|index| additions[*index].meets(set)).collect();
            let share = gain.divided(touched.len().min(picks).max(1) as u64);
            for addition in &touched {
                gains[*addition] += gain;
                let others = touched.iter().filter(|other| *other != addition);
                others.for_each(|other| shared[*addition][*other] += share);
            }
        };
        for (group, amount) in &self.gates {
            if !group.meets(enabled) {
                touch(group, *amount);
            }
        }
        for table in &self.tables {
            touch(&table.set, table.upper(enabled, Some(open)).minus(table.upper(enabled, None)));
        }
        for it in &self.alternatives {
            touch(&it.set, it.upper(enabled, Some(open)).minus(it.upper(enabled, None)));
        }
        for piece in &self.wide {
            touch(&piece.set, piece.upper(enabled, Some(open)).minus(piece.upper(enabled, None)));
        }
        for (addition, mut others) in shared.into_iter().enumerate() {
            others.swap_remove(addition);
            gains[addition] = gains[addition].minus(Ledger::least(&others, picks.saturating_sub(1)));
        }
        gains
    }
}

impl Alternatives {
    /// Take the gates that lie within a set.
    fn of(set: Set, gates: &mut Vec<(Set, Ledger)>) -> Self {
        let mut members: Vec<(usize, Ledger)> =
            set.iter().map(|profile| (profile, Ledger::default())).collect();
        gates.retain(|(group, amount)| {
            let inside = group.is_within(&set);
            if inside {
                let named = members.iter_mut().filter(|(profile, _)| group.contains(*profile));
                named.for_each(|(_, sum)| *sum += *amount);
            }
            !inside
        });
        Self { set, members }
    }

    fn upper(&self, enabled: &Set, open: Option<&Set>) -> Ledger {
        if let Some((_, amount)) = self.members.iter().find(|(profile, _)| enabled.contains(*profile)) {
            return *amount;
        }
        let open = |profile: usize| open.is_some_and(|open| open.contains(profile));
        let amounts = self.members.iter().filter(|(profile, _)| open(*profile));
        amounts.fold(Ledger::default(), |most, (_, amount)| most.max(*amount))
    }
}

/// Parts of a set of alternatives in which each excludes all others.
fn exclusive(space: &Space<'_>, part: &Set) -> Vec<Set> {
    let mut groups: Vec<Set> = Vec::new();
    for profile in part.iter() {
        let Some(apart) = space.apart(profile) else { continue };
        match groups.iter_mut().find(|group| group.is_within(apart)) {
            Some(group) => group.insert(profile),
            None => groups.push(Set::of(space.len(), [profile])),
        }
    }
    groups.retain(|group| group.len() > 1);
    groups
}

impl Table {
    fn of(space: &Space<'_>, set: Set, pieces: &[Wide<'_>]) -> Self {
        Self::fill(space, set, |enabled| {
            let mut sum = Ledger::default();
            pieces.iter().for_each(|piece| sum += piece.upper(enabled, None));
            sum
        })
    }

    fn fill(space: &Space<'_>, set: Set, amount: impl Fn(&Set) -> Ledger) -> Self {
        let profiles: Vec<usize> = set.iter().collect();
        let entries = (0..1_usize << profiles.len())
            .map(|mask| {
                let members = profiles.iter().enumerate().filter(|(bit, _)| mask >> bit & 1 == 1);
                let enabled = Set::of(space.len(), members.map(|(_, profile)| *profile));
                let mut needed = space.close(&enabled);
                needed.keep(&set);
                (needed.is_within(&enabled) && space.is_possible(&enabled)).then(|| amount(&enabled))
            })
            .collect();
        Self { profiles, set, entries }
    }

    fn mask(&self, of: &Set) -> usize {
        self.profiles.iter().enumerate().map(|(bit, profile)| usize::from(of.contains(*profile)) << bit).sum()
    }

    fn upper(&self, enabled: &Set, open: Option<&Set>) -> Ledger {
        let fixed = self.mask(enabled);
        let open = open.map_or(0, |open| self.mask(open) & !fixed);
        let mut most = Ledger::default();
        // All subsets of the open ones, counting down.
        let mut chosen = open;
        loop {
            if let Some(entry) = self.entries[fixed | chosen] {
                most = most.max(entry);
            }
            if chosen == 0 {
                return most;
            }
            chosen = (chosen - 1) & open;
        }
    }
}

impl Wide<'_> {
    fn upper(&self, enabled: &Set, open: Option<&Set>) -> Ledger {
        let is_open = |profile: usize| open.is_some_and(|open| open.contains(profile));
        let active = self.group.is_empty()
            || self.group.meets(enabled)
            || open.is_some_and(|open| self.group.meets(open));
        if !active {
            return Ledger::default();
        }
        let mut sure = self.sizes.clone();
        let mut most = self.sizes.clone();
        for (profile, overlay) in &self.overlays {
            if enabled.contains(*profile) {
                sure.apply(overlay);
                most.apply(overlay);
            } else if is_open(*profile) {
                most.raise(overlay);
            }
        }
        // Overlays add limits and never take one away: it can be missing only when it is without the open ones.
        Ledger::of_sizes(&most).lacking_as(&Ledger::of_sizes(&sure))
    }
}

/// For each service that overlays resize: what each profile sets, in the order of application.
fn resized<'a>(profiles: &Profiles<'a>, space: &Space<'_>) -> HashMap<&'a str, Vec<(usize, &'a Overlay)>> {
    let stack: &'a Stack = profiles.stack();
    let all: Vec<&str> = stack.profiles.keys().map(String::as_str).collect();
    let mut resized: HashMap<&str, Vec<(usize, &Overlay)>> = HashMap::new();
    for profile in profiles.enabled(&all) {
        let Ok(index) = space.names.binary_search(&profile) else { continue };
        for (service, overlay) in &stack.profiles[profile].services {
            if Sizes::are_set_by(overlay) {
                resized.entry(service.as_str()).or_default().push((index, overlay));
            }
        }
    }
    resized
}

/// Merge tables that share profiles while they stay small, and move the gates that fit into a table there.
fn merge(space: &Space<'_>, tables: Vec<Table>, gates: &mut Vec<(Set, Ledger)>, widest: usize) -> Vec<Table> {
    let mut clusters: Vec<Set> = Vec::new();
    for table in &tables {
        let mut cluster = table.set.clone();
        loop {
            let before = clusters.len();
            clusters.retain(|other| {
                let union = cluster.with(other);
                let merges = cluster.meets(other) && union.len() <= widest;
                if merges {
                    cluster = union;
                }
                !merges
            });
            if clusters.len() == before {
                break;
            }
        }
        clusters.push(cluster);
    }
    let home = |set: &Set| clusters.iter().position(|cluster| set.is_within(cluster));
    let mut inside: Vec<Vec<&Table>> = vec![Vec::new(); clusters.len()];
    for table in &tables {
        if let Some(home) = home(&table.set) {
            inside[home].push(table);
        }
    }
    let mut added: Vec<Vec<(Set, Ledger)>> = vec![Vec::new(); clusters.len()];
    gates.retain(|(group, amount)| {
        home(group).map(|home| added[home].push((group.clone(), *amount))).is_none()
    });
    let filled = clusters.iter().zip(inside.iter().zip(&added)).map(|(cluster, (tables, gates))| {
        Table::fill(space, cluster.clone(), |enabled| {
            let mut sum = Ledger::default();
            tables.iter().for_each(|table| sum += table.upper(enabled, None));
            let open = gates.iter().filter(|(group, _)| group.meets(enabled));
            open.for_each(|(_, amount)| sum += *amount);
            sum
        })
    });
    filled.collect()
}
