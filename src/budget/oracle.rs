//! The verdict against an oracle that resolves every subset of profiles and compares sets of services.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use proptest::{collection::vec, option, prelude::*, sample::subsequence};

use super::{
    Bounds, Ledger, Measure, Row, Scope, prove,
    sizes::log_bound,
    verdict::{Limits, MOST_FAILING, MOST_ROWS, prove_within},
};
use crate::{
    model::{Budget, Bytes, Cpus, Logging, Overlay, Profile, Resources, Service, Stack},
    resolve::{Profiles, ResolvedStack},
};

/// What makes two selections the same combination.
type Key = (BTreeSet<String>, BTreeSet<String>);

struct Oracle<'a> {
    profiles: &'a Profiles<'a>,
    /// The profiles that own services or overlays, with the number of services and of profiles that each activates.
    owners: BTreeMap<String, (usize, usize)>,
    combinations: BTreeMap<Key, (Vec<String>, Ledger)>,
    /// For each combination, the first of the sets of owners that make it, an earlier owner before none.
    first: BTreeMap<Key, Vec<bool>>,
    lacking: BTreeSet<String>,
}

fn subsets(names: &[String]) -> impl Iterator<Item = Vec<String>> + '_ {
    (0..1_u32 << names.len()).map(|mask| {
        let chosen = names.iter().enumerate().filter(|(bit, _)| mask >> bit & 1 == 1);
        chosen.map(|(_, name)| name.clone()).collect()
    })
}

impl<'a> Oracle<'a> {
    fn new(profiles: &'a Profiles<'a>, bounds: &Bounds) -> Self {
        let stack = profiles.stack();
        let owns = |name: &&String| {
            !stack.profiles[*name].services.is_empty()
                || stack.services.values().any(|service| service.profiles.contains(name))
        };
        let owners: Vec<String> = stack.profiles.keys().filter(owns).cloned().collect();
        let mut oracle = Self {
            profiles,
            owners: BTreeMap::new(),
            combinations: BTreeMap::new(),
            first: BTreeMap::new(),
            lacking: BTreeSet::new(),
        };
        let core = stack.services.values().filter(|service| service.profiles.is_empty()).count();
        for name in &owners {
            let resolved = ResolvedStack::new(profiles, &[name]);
            let enabled =
                resolved.enabled.iter().filter(|name| owners.contains(&(**name).to_owned())).count();
            oracle.owners.insert(name.clone(), (resolved.services.len() - core, enabled));
        }
        let all: Vec<String> = stack.profiles.keys().cloned().collect();
        let allowed = |selected: &Vec<String>| !excludes(stack, profiles, selected);
        for selected in subsets(&all).filter(allowed) {
            let enabled = profiles.enabled(&selected);
            let set = oracle.owners.keys().map(|owner| enabled.contains(owner.as_str())).collect();
            let first = oracle.first.entry(oracle.key(&selected)).or_default();
            *first = std::mem::take(first).max(set);
        }
        for selected in subsets(&all).filter(allowed) {
            let resolved = ResolvedStack::new(profiles, &selected);
            let key = oracle.key(&selected);
            for (name, service) in &resolved.services {
                let limits = service.limits.memory.is_some() && service.limits.cpus.is_some();
                let logs = bounds.of(Measure::LogDisk).is_none() || log_bound(service).is_some();
                if !(limits && logs) {
                    oracle.lacking.insert((*name).to_owned());
                }
            }
            if !oracle.combinations.contains_key(&key) {
                let name = oracle.name(&key);
                oracle.combinations.insert(key, (name, Ledger::of(&resolved)));
            }
        }
        oracle
    }

    fn key(&self, selected: &[String]) -> Key {
        let resolved = ResolvedStack::new(self.profiles, selected);
        let services = resolved.services.keys().map(|name| (*name).to_owned()).collect();
        (services, resolved.overlays().map(str::to_owned).collect())
    }

    /// The first set of owners, dropped one by one while the combination stays the same.
    fn name(&self, key: &Key) -> Vec<String> {
        let first = self.owners.keys().zip(&self.first[key]).filter(|(_, enabled)| **enabled);
        let mut name: Vec<String> = first.map(|(owner, _)| owner.clone()).collect();
        let mut order = name.clone();
        order.sort_by_key(|profile| (self.owners[profile], Reverse(profile.clone())));
        for profile in order {
            let fewer: Vec<String> = name.iter().filter(|kept| **kept != profile).cloned().collect();
            if self.key(&fewer) == *key {
                name = fewer;
            }
        }
        name
    }

    fn rows(&self) -> Vec<(Vec<String>, Ledger)> {
        let mut rows: Vec<(Vec<String>, Ledger)> = self.combinations.values().cloned().collect();
        rows.sort_by(|left, right| {
            right.1[Measure::Memory].cmp(&left.1[Measure::Memory]).then_with(|| left.0.cmp(&right.0))
        });
        rows
    }

    fn smallest_failing(&self, bounds: &Bounds) -> Vec<Vec<String>> {
        let failing: Vec<(&Key, &Vec<String>)> = self
            .combinations
            .iter()
            .filter(|(_, (_, ledger))| !bounds.fit(ledger))
            .map(|(key, (name, _))| (key, name))
            .collect();
        let inside = |small: &Key, large: &Key| {
            small != large && small.0.is_subset(&large.0) && small.1.is_subset(&large.1)
        };
        let mut smallest: Vec<Vec<String>> = failing
            .iter()
            .filter(|(key, _)| !failing.iter().any(|(other, _)| inside(other, key)))
            .map(|(_, name)| (*name).clone())
            .collect();
        smallest.sort_by_key(|name| (name.len(), name.clone()));
        smallest
    }
}

/// Whether what a selection enables holds two profiles of which one excludes the other.
fn excludes(stack: &Stack, profiles: &Profiles<'_>, selected: &[String]) -> bool {
    let enabled = profiles.enabled(selected);
    let mut excluded = enabled.iter().flat_map(|name| &stack.profiles[*name].excludes);
    excluded.any(|name| enabled.contains(name.as_str()))
}

const NAMES: [&str; 7] = ["mike", "alpha", "kilo", "zulu", "bravo", "papa", "delta"];

/// Numbers of one service: memory and CPU limit, memory and CPU reservation, replicas; small, so that ties happen.
type Sizes = (Option<u64>, Option<u64>, Option<u64>, Option<u64>, Option<u32>);

fn sizes() -> impl Strategy<Value = Sizes> {
    let some = || option::weighted(0.95, 0..6_u64);
    (some(), some(), option::of(0..4_u64), option::of(0..4_u64), option::weighted(0.3, 0..4_u32))
}

fn resources(memory: Option<u64>, cpus: Option<u64>) -> Resources {
    Resources { memory: memory.map(Bytes), cpus: cpus.map(|nanos| Cpus { nanos }), pids: None }
}

fn service() -> impl Strategy<Value = (Service, Sizes)> {
    let profiles = subsequence(NAMES.to_vec(), 0..=3);
    let logs = option::weighted(0.95, 0..3_u64);
    (profiles, sizes(), logs, sizes()).prop_map(|(profiles, own, logs, overlaid)| {
        let service = Service {
            profiles: profiles.into_iter().map(str::to_owned).collect(),
            limits: resources(own.0, own.1),
            reservations: resources(own.2, own.3),
            replicas: own.4,
            logging: Logging { max_size: logs.map(Bytes), max_file: Some(2), ..Logging::default() },
            ..Service::default()
        };
        (service, overlaid)
    })
}

/// For one profile: what it includes of those after it, which keys of which services it overlays, and what it excludes.
fn profile() -> impl Strategy<Value = (Vec<bool>, Vec<(usize, u8)>, Vec<bool>)> {
    let includes = vec(prop::bool::weighted(0.2), NAMES.len());
    (includes, vec((0..8_usize, any::<u8>()), 0..3), vec(prop::bool::weighted(0.12), NAMES.len()))
}

/// Without what a profile that can never be enabled excludes, since it is an error.
fn possible(mut stack: Stack) -> Stack {
    loop {
        let profiles = Profiles::new(&stack);
        let names = stack.profiles.keys();
        let Some(pair) = names.filter_map(|name| profiles.excluded(&[name])).map(|it| it.pair).next() else {
            break;
        };
        let pair = pair.map(str::to_owned);
        stack.profiles[&pair[0]].excludes.retain(|name| *name != pair[1]);
        stack.profiles[&pair[1]].excludes.retain(|name| *name != pair[0]);
    }
    if excludes(&stack, &Profiles::new(&stack), &stack.default_profiles) {
        stack.default_profiles.clear();
    }
    stack
}

/// A stack with overlays that never contradict each other: whoever sets a key of a service sets it to the same value.
fn stack() -> impl Strategy<Value = Stack> {
    let order = Just((0..NAMES.len()).collect::<Vec<usize>>()).prop_shuffle();
    let default = subsequence(NAMES.to_vec(), 0..=2);
    let parts = (vec(service(), 1..9), vec(profile(), NAMES.len()), order, default, any::<bool>());
    parts.prop_map(|(services, profiles, order, default, alternatives)| {
        let default_profiles = default.into_iter().map(str::to_owned).collect();
        let mut stack = Stack { default_profiles, ..Stack::default() };
        for index in order {
            let (includes, overlays, excludes) = &profiles[index];
            let mut profile = Profile::default();
            let later = (index + 1..NAMES.len()).filter(|other| includes[*other]);
            profile.includes = later.map(|other| NAMES[other].to_owned()).collect();
            let excluded = (0..NAMES.len()).filter(|other| alternatives && excludes[*other]);
            profile.excludes = excluded.map(|other| NAMES[other].to_owned()).collect();
            for (service, keys) in overlays {
                let Some((_, sizes)) = services.get(*service) else { continue };
                let pick = |bit: u8, value: Option<u64>| value.filter(|_| keys >> bit & 1 == 1);
                let overlay = Overlay {
                    limits: resources(pick(0, sizes.0), pick(1, sizes.1)),
                    reservations: resources(pick(2, sizes.2), pick(3, sizes.3)),
                    replicas: sizes.4.filter(|_| keys >> 4 & 1 == 1),
                    ..Overlay::default()
                };
                profile.services.insert(format!("s{service}"), overlay);
            }
            stack.profiles.insert(NAMES[index].to_owned(), profile);
        }
        for (index, (service, _)) in services.into_iter().enumerate() {
            stack.services.insert(format!("s{index}"), service);
        }
        possible(stack)
    })
}

fn budget() -> impl Strategy<Value = Budget> {
    let often = |range| option::weighted(0.8, range);
    (often(4..40_u64), often(4..30_u64), often(10..20_u64), option::weighted(0.5, 0..40_u64)).prop_map(
        |(memory, cpus, over, logs)| Budget {
            memory: memory.map(Bytes),
            cpus: cpus.map(|nanos| Cpus { nanos }),
            cpu_overcommit: over.map(|tenths| Cpus { nanos: tenths * 100_000_000 }),
            log_disk: logs.map(Bytes),
            ..Budget::default()
        },
    )
}

fn plain(row: &Row) -> (Vec<String>, Ledger) {
    (row.profiles.clone(), row.ledger)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    #[test]
    fn the_verdict_equals_the_enumeration(
        stack in stack(), budget in budget(), table in prop::sample::select(vec![1, 2, 8])
    ) {
        let profiles = Profiles::new(&stack);
        let bounds = Bounds::new(&budget);
        let oracle = Oracle::new(&profiles, &bounds);
        let limits = Limits { table, ..Limits::default() };
        let verdict = prove_within(&profiles, &budget, &Scope::Every, limits);

        let rows = oracle.rows();
        prop_assert_eq!(&verdict.unanswered, &[]);
        prop_assert_eq!(verdict.checked, rows.len() as u64);
        prop_assert_eq!(plain(&verdict.worst), rows[0].clone());
        prop_assert_eq!(verdict.fits, rows.iter().all(|(_, ledger)| bounds.fit(ledger)));
        let default = oracle.combinations[&oracle.key(&stack.default_profiles)].0.clone();
        let named = |wanted: &[String]| rows.iter().find(|(name, _)| name == wanted).cloned();
        let mut expected: Vec<_> = named(&default).into_iter().collect();
        expected.extend(named(&[]).filter(|_| !default.is_empty()));
        expected.extend(rows.iter().filter(|(name, _)| !name.is_empty() && *name != default).cloned());
        expected.truncate(MOST_ROWS);
        prop_assert_eq!(verdict.rows.iter().map(plain).collect::<Vec<_>>(), expected);
        for row in &verdict.rows {
            prop_assert_eq!(row.fits, bounds.fit(&row.ledger));
            prop_assert_eq!(&row.over, &bounds.over(&row.ledger).collect::<Vec<_>>());
        }

        let smallest = oracle.smallest_failing(&bounds);
        let found: Vec<_> = verdict.smallest_failing.iter().map(|row| row.profiles.clone()).collect();
        prop_assert_eq!(found, smallest.iter().take(MOST_FAILING).cloned().collect::<Vec<_>>());
        prop_assert_eq!(verdict.more_failing, smallest.len() > MOST_FAILING);

        for peak in &verdict.peaks {
            let most = rows.iter().map(|(_, ledger)| ledger[peak.measure]).max();
            prop_assert_eq!(Some(peak.row.ledger[peak.measure]), most);
        }
        let base = Ledger::of(&ResolvedStack::new(&profiles, &stack.default_profiles));
        prop_assert_eq!(verdict.profiles.len(), stack.profiles.len());
        for cost in &verdict.profiles {
            let alone = Ledger::of(&ResolvedStack::new(&profiles, &[&cost.profile]));
            let default = profiles.enabled(&stack.default_profiles);
            let mut more = vec![cost.profile.clone()];
            for name in oracle.owners.keys().filter(|name| default.contains(name.as_str())) {
                more.push(name.clone());
                if excludes(&stack, &profiles, &more) {
                    more.pop();
                }
            }
            let more = Ledger::of(&ResolvedStack::new(&profiles, &more));
            let above = |measure: Measure| more[measure] as i128 - base[measure] as i128;
            prop_assert_eq!(cost.row.ledger, alone);
            prop_assert_eq!((cost.memory, cost.cpu), (above(Measure::Memory), above(Measure::CpuLimit)));
        }
        let unproved: BTreeSet<String> = verdict.unproved.iter().map(|u| u.service.clone()).collect();
        prop_assert_eq!(unproved, oracle.lacking);
    }

    #[test]
    fn a_combination_alone_equals_its_resolved_stack(
        stack in stack(), budget in budget(), selected in subsequence(NAMES.to_vec(), 0..=NAMES.len())
    ) {
        let profiles = Profiles::new(&stack);
        let mut selected: Vec<String> = selected.into_iter().map(str::to_owned).collect();
        while excludes(&stack, &profiles, &selected) {
            selected.pop();
        }
        let verdict = prove(&profiles, &budget, &Scope::Combination(selected.clone()));
        let ledger = Ledger::of(&ResolvedStack::new(&profiles, &selected));
        prop_assert_eq!(verdict.rows[0].ledger, ledger);
        prop_assert_eq!((verdict.fits, verdict.checked), (Bounds::new(&budget).fit(&ledger), 1));
        let again = Ledger::of(&ResolvedStack::new(&profiles, &verdict.rows[0].profiles));
        prop_assert_eq!(again, ledger);
    }
}
