//! The verdict: whether every combination fits, and what a reader needs to see of it.

use serde::Serialize;

use super::{
    contribution::Contributions,
    count,
    effort::Effort,
    ledger::{Bounds, Ledger, Measure},
    search::{Found, Search},
    set::Set,
    smallest,
    space::Space,
    uncovered::Uncovered,
    unproved::{self, Unproved},
};
use crate::{
    model::Budget,
    resolve::{Profiles, ResolvedStack},
};

/// The most combinations that a verdict lists.
pub const MOST_ROWS: usize = 256;
/// The most smallest failing combinations that it lists.
pub const MOST_FAILING: usize = 64;

/// Which combinations decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Every one.
    Every,
    /// The one that enabling these profiles gives. Names that are not declared are left out, as
    /// [`Profiles::enabled`] does: the caller refuses them.
    Combination(Vec<String>),
}

/// One combination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its profiles by name, sorted: aggregates that own nothing are expanded, what another one enables is left out.
    pub profiles: Vec<String>,
    /// Its sums.
    pub ledger: Ledger,
    /// The sums that exceed their bound.
    pub over: Vec<Measure>,
    /// There is a bound, nothing exceeds its own, and every service has the limits that the sums need.
    pub fits: bool,
}

impl Row {
    /// The combination's name: its profiles, or `core` where it has none.
    pub fn name(&self) -> String {
        if self.profiles.is_empty() { "core".to_owned() } else { self.profiles.join("+") }
    }
}

/// What enabling one profile costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    /// The profile.
    pub profile: String,
    /// The combination of this profile alone.
    pub row: Row,
    /// Bytes of memory limit above the default; below zero where its overlays lower more than it adds.
    pub memory: i128,
    /// Billionths of a CPU of limit above the default.
    pub cpu: i128,
}

/// The largest that one sum gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peak {
    /// The sum.
    pub measure: Measure,
    /// A combination in which it is largest.
    pub row: Row,
}

/// A question that was not answered within the bounded effort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unanswered {
    /// How many combinations there are; `checked` counts those of `rows` instead.
    Count,
    /// Whether everything fits: no failing combination was found, and neither was a proof.
    Fits,
    /// Which combinations are the worst: `rows` holds large ones, not surely the largest.
    Worst,
    /// Which failing combinations are the smallest: `smallest_failing` may lack some before its last.
    #[serde(rename = "smallest_failing")]
    Smallest,
    /// The largest that some sum gets.
    Peaks,
}

/// What the budget proof found.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The budget.
    pub budget: Budget,
    /// Its bounds.
    pub bounds: Bounds,
    /// Proved: every combination in scope fits. Without a bound nothing is.
    pub fits: bool,
    /// How many distinct combinations that covers (at most `u64::MAX`).
    pub checked: u64,
    /// The default (or the requested combination) first, the core services alone where `default_profiles` make another one of
    /// it, then the worst first, ties by name.
    pub rows: Vec<Row>,
    /// The largest by memory limit, ties by name.
    pub worst: Row,
    /// The largest of each sum.
    pub peaks: Vec<Peak>,
    /// Each declared profile, in declaration order; with a requested combination, only its profiles.
    pub profiles: Vec<Cost>,
    /// The failing combinations that hold no smaller failing one: fewest profiles first, then by name.
    pub smallest_failing: Vec<Row>,
    /// `smallest_failing` was cut: there are, or may be, more.
    pub more_failing: bool,
    /// Services without the limits that a proof needs, in declaration order.
    pub unproved: Vec<Unproved>,
    /// What no limit covers.
    pub uncovered: Uncovered,
    /// What was not answered; empty when the verdict is exact.
    pub unanswered: Vec<Unanswered>,
}

/// Smallest failing combinations among the rows that are shown.
const SHOWN_FAILING: usize = 6;

impl Verdict {
    /// The default, each profile, and the combinations with the largest sums, each once.
    pub(super) fn largest(&self) -> Vec<&Row> {
        let profiles = self.profiles.iter().map(|cost| &cost.row);
        let peaks = self.peaks.iter().map(|peak| &peak.row);
        let mut rows: Vec<&Row> = Vec::new();
        for row in self.rows.first().into_iter().chain(profiles).chain(peaks).chain([&self.worst]) {
            if !rows.iter().any(|known| known.profiles == row.profiles) {
                rows.push(row);
            }
        }
        rows
    }

    /// The rows that tell a person most, with their names: the default, each profile, the worst combination and the smallest
    /// that fail where they are none of those. Of a verdict about a `single` combination, that one.
    pub fn shown(&self, single: bool) -> Vec<(String, &Row)> {
        let mut rows: Vec<(String, &Row)> =
            self.rows.first().map(|row| (row.name(), row)).into_iter().collect();
        if single {
            return rows;
        }
        if let [default, core, ..] = self.rows.as_slice()
            && !default.profiles.is_empty()
        {
            rows = vec![(format!("{} (default)", default.name()), default), (core.name(), core)];
        }
        rows.extend(self.profiles.iter().map(|cost| (cost.profile.clone(), &cost.row)));
        let failing = self.smallest_failing.iter().take(SHOWN_FAILING);
        for row in std::iter::once(&self.worst).chain(failing) {
            if !rows.iter().any(|(_, listed)| listed.profiles == row.profiles) {
                rows.push((row.name(), row));
            }
        }
        rows
    }

    /// A combination over a bound, a smallest one where it is known: what cannot work, rather than what is not proved.
    pub fn over(&self) -> Option<&Row> {
        let peaks = self.peaks.iter().map(|peak| &peak.row);
        self.smallest_failing.iter().chain(&self.rows).chain(peaks).find(|row| !row.over.is_empty())
    }
}

/// Prove that a stack fits a budget, for every combination of profiles or for one.
pub fn prove(profiles: &Profiles<'_>, budget: &Budget, scope: &Scope) -> Verdict {
    prove_within(profiles, budget, scope, Limits::default())
}

/// What keeps the proof short: the verdict is the same for all of them, unless the effort runs out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// The work that each question may take.
    pub(super) effort: u64,
    /// The most profiles that a table of contributions is made for.
    pub(super) table: usize,
}

impl Default for Limits {
    /// Well below a second together.
    fn default() -> Self {
        Self { effort: 6_000_000, table: 8 }
    }
}

pub(super) fn prove_within(
    profiles: &Profiles<'_>,
    budget: &Budget,
    scope: &Scope,
    limits: Limits,
) -> Verdict {
    let space = Space::new(profiles);
    let contributions = Contributions::new(profiles, &space, limits.table);
    let bounds = Bounds::new(budget);
    let search = Search::new(&space, &contributions, &bounds);
    let prover = Prover { profiles, budget, search: &search, effort: limits.effort };
    match scope {
        Scope::Every => prover.every(),
        Scope::Combination(selected) => prover.one(selected),
    }
}

struct Prover<'a> {
    profiles: &'a Profiles<'a>,
    budget: &'a Budget,
    search: &'a Search<'a>,
    effort: u64,
}

impl Prover<'_> {
    fn every(&self) -> Verdict {
        let search = self.search;
        let space = search.space;
        let effort = || Effort::new(self.effort);
        let core = search.found(&Set::empty(space.len()));
        let default = search.found(&self.default());
        let mut unanswered = Vec::new();

        let proof = search.failing(&space.within(&Set::full(space.len())), &[], &effort());
        let smallest = if proof == Ok(None) {
            smallest::Smallest { exact: true, ..smallest::Smallest::default() }
        } else {
            smallest::failing(search, MOST_FAILING, self.effort)
        };
        let declared: Vec<&str> = self.profiles.stack().profiles.keys().map(String::as_str).collect();
        let costs = self.costs(&declared);
        let largest = search.largest(Measure::Memory, MOST_ROWS, &effort());
        let mut found = largest.found;
        if !largest.exact {
            unanswered.push(Unanswered::Worst);
            found.extend(costs.iter().map(|cost| search.found(&space.enable(&[&cost.profile]))));
            found.push(search.found(&space.widen(&Set::empty(space.len()), &Set::full(space.len()))));
            found.extend(smallest.found.iter().cloned());
            sort(&mut found);
        }
        let worst = found.first().cloned().unwrap_or_else(|| core.clone());
        let mut first = vec![default];
        if first[0].name != core.name {
            first.push(core);
        }
        found.retain(|found| !first.iter().any(|listed| listed.name == found.name));
        let mut rows: Vec<Row> = first.into_iter().chain(found).map(|found| self.row(found)).collect();
        rows.truncate(MOST_ROWS);

        let fails =
            matches!(proof, Ok(Some(_))) || !smallest.found.is_empty() || rows.iter().any(|row| !row.fits);
        if proof.is_err() && !fails {
            unanswered.push(Unanswered::Fits);
        }
        if !smallest.exact && fails {
            unanswered.push(Unanswered::Smallest);
        }
        let checked = count::combinations(space, &effort()).unwrap_or_else(|_| {
            unanswered.push(Unanswered::Count);
            rows.len() as u64
        });
        let peaks: Vec<Peak> = Measure::ALL
            .into_iter()
            .filter_map(|measure| {
                let found = search.peak(measure, &effort()).ok()??;
                Some(Peak { measure, row: self.row(found) })
            })
            .collect();
        if peaks.len() < Measure::ALL.len() {
            unanswered.push(Unanswered::Peaks);
        }
        if space.gave_up.get() {
            // Some combinations may be missing, or counted and listed under two names.
            let depending = [Unanswered::Count, Unanswered::Worst, Unanswered::Smallest, Unanswered::Peaks];
            for question in depending {
                if !unanswered.contains(&question) {
                    unanswered.push(question);
                }
            }
        }
        Verdict {
            fits: proof == Ok(None),
            checked,
            worst: self.row(worst),
            peaks,
            profiles: costs,
            smallest_failing: smallest.found.into_iter().map(|found| self.row(found)).collect(),
            more_failing: smallest.more,
            unproved: unproved::list(self.profiles, self.search.bounds, None),
            unanswered,
            ..self.verdict(rows)
        }
    }

    fn one(&self, selected: &[String]) -> Verdict {
        let space = self.search.space;
        let enabled = space.enable(selected);
        let name = space.spell(&space.reduce(&enabled));
        let row = self.row(Found { name, ledger: self.search.contributions.at(&enabled) });
        let stack = self.profiles.stack();
        let named: Vec<&str> = selected
            .iter()
            .filter_map(|name| stack.profiles.get_key_value(name))
            .map(|(name, _)| name.as_str())
            .collect();
        let active = ResolvedStack::new(self.profiles, selected).services;
        Verdict {
            profiles: self.costs(&named),
            uncovered: Uncovered::new(active.iter().map(|(name, service)| (*name, service.as_ref()))),
            smallest_failing: (!row.fits).then(|| row.clone()).into_iter().collect(),
            unproved: unproved::list(self.profiles, self.search.bounds, Some(selected)),
            ..self.verdict(vec![row])
        }
    }

    /// A verdict over `rows` alone.
    fn verdict(&self, rows: Vec<Row>) -> Verdict {
        let worst = rows[0].clone();
        let stack = self.profiles.stack();
        Verdict {
            budget: self.budget.clone(),
            bounds: *self.search.bounds,
            fits: rows.iter().all(|row| row.fits),
            checked: rows.len() as u64,
            peaks: Measure::ALL.into_iter().map(|measure| Peak { measure, row: worst.clone() }).collect(),
            worst,
            rows,
            profiles: Vec::new(),
            smallest_failing: Vec::new(),
            more_failing: false,
            unproved: Vec::new(),
            uncovered: Uncovered::new(stack.services.iter().map(|(name, service)| (name.as_str(), service))),
            unanswered: Vec::new(),
        }
    }

    fn row(&self, found: Found) -> Row {
        let bounds = self.search.bounds;
        Row {
            profiles: found.name,
            over: bounds.over(&found.ledger).collect(),
            fits: bounds.fit(&found.ledger),
            ledger: found.ledger,
        }
    }

    /// What is enabled where no profile is named.
    fn default(&self) -> Set {
        self.search.space.enable(&self.profiles.stack().default_profiles)
    }

    /// The part of the default that can be enabled together with a profile: what excludes it makes room for it.
    fn beside(&self, name: &str, default: &Set) -> Set {
        let Some(exclusions) = self.profiles.exclusions() else { return default.clone() };
        let declared = &self.profiles.stack().profiles;
        let place = |name: &str| declared.get_index_of(name);
        let mut beside = default.clone();
        for profile in default.iter() {
            let apart = place(self.search.space.names[profile]).zip(place(name));
            if apart.is_some_and(|(one, other)| exclusions.apart(one, other)) {
                beside.take_out(profile);
            }
        }
        beside
    }

    fn costs(&self, names: &[&str]) -> Vec<Cost> {
        let space = self.search.space;
        let default = self.default();
        let least = self.search.contributions.at(&default);
        let cost = |name: &&str| {
            let alone = space.enable(&[name]);
            let more = self.search.contributions.at(&alone.with(&self.beside(name, &default)));
            let above = |measure: Measure| more[measure] as i128 - least[measure] as i128;
            let row = self.row(self.search.found(&alone));
            Cost {
                profile: (*name).to_owned(),
                memory: above(Measure::Memory),
                cpu: above(Measure::CpuLimit),
                row,
            }
        };
        names.iter().map(cost).collect()
    }
}

fn sort(found: &mut Vec<Found>) {
    found.sort_by(|left, right| {
        let memory = |found: &Found| found.ledger[Measure::Memory];
        memory(right).cmp(&memory(left)).then_with(|| left.name.cmp(&right.name))
    });
    found.dedup();
}
