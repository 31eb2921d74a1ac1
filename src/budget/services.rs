//! What each service may take of the budget's memory.

use indexmap::IndexMap;

use super::{
    ledger::{Ledger, Measure, Need},
    verdict::Verdict,
};
use crate::resolve::{Profiles, ResolvedStack};

/// One service beside the budget, in the combination with the largest memory limits in which it is active.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceShare {
    /// The service.
    pub service: String,
    /// Bytes of memory limit of all its containers; `None` where it has no limit.
    pub memory: Option<u128>,
    /// The part of the budget's memory that this is, 1 for all of it; `None` without a limit or without `memory` in the budget.
    pub share: Option<f64>,
    /// Bytes that the combination leaves of the budget's memory, below zero where it is over: as much may be added to the limits
    /// of the service. `None` without `memory` in the budget.
    pub headroom: Option<i128>,
    /// The combination.
    pub combination: String,
}

/// Every service of the combinations that a verdict lists, the largest limit first, then by name.
pub fn service_shares(profiles: &Profiles<'_>, verdict: &Verdict) -> Vec<ServiceShare> {
    let bound = verdict.bounds.of(Measure::Memory);
    let declared = profiles.stack().services.len();
    let mut found: IndexMap<String, ServiceShare> = IndexMap::with_capacity(declared);
    // The worst first; the first row is the default wherever it belongs.
    let rows = std::iter::once(&verdict.worst).chain(verdict.rows.iter().skip(1)).chain(verdict.rows.first());
    for row in rows {
        if found.len() == declared {
            break;
        }
        let resolved = ResolvedStack::new(profiles, &row.profiles);
        for (name, service) in &resolved.services {
            if found.contains_key(*name) {
                continue;
            }
            let ledger = Ledger::of_service(service);
            let memory = (ledger.lacking(Need::Memory) == 0).then_some(ledger[Measure::Memory]);
            let share = bound.zip(memory).map(|(bound, memory)| memory as f64 / bound as f64);
            let headroom = bound.map(|bound| bound as i128 - row.ledger[Measure::Memory] as i128);
            let service = (*name).to_owned();
            let share = ServiceShare { service, memory, share, headroom, combination: row.name() };
            found.insert((*name).to_owned(), share);
        }
    }
    let mut shares: Vec<ServiceShare> = found.into_values().collect();
    shares
        .sort_by(|left, right| right.memory.cmp(&left.memory).then_with(|| left.service.cmp(&right.service)));
    shares
}

/// The services that weigh most in a combination that is over a bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heaviest {
    /// The combination.
    pub combination: String,
    /// The sum that is over.
    pub measure: Measure,
    /// Services with what their containers add to it, the largest first.
    pub services: Vec<(String, u128)>,
}

/// How many combinations have their heaviest services named.
const NAMED_ROWS: usize = 3;
/// Services named in each.
const NAMED_SERVICES: usize = 3;

/// The heaviest services of the smallest combinations that are over a bound.
pub fn heaviest(profiles: &Profiles<'_>, verdict: &Verdict) -> Vec<Heaviest> {
    let mut found = Vec::new();
    let smallest: Vec<_> = verdict.smallest_failing.iter().filter(|row| !row.over.is_empty()).collect();
    let rows = if smallest.is_empty() { verdict.over().into_iter().collect() } else { smallest };
    for row in rows.into_iter().take(NAMED_ROWS) {
        let resolved = ResolvedStack::new(profiles, &row.profiles);
        let ledgers: Vec<(&str, Ledger)> =
            resolved.services.iter().map(|(name, service)| (*name, Ledger::of_service(service))).collect();
        for measure in &row.over {
            let mut services: Vec<(String, u128)> =
                ledgers.iter().map(|(name, ledger)| ((*name).to_owned(), ledger[*measure])).collect();
            services.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
            services.retain(|(_, amount)| *amount > 0);
            services.truncate(NAMED_SERVICES);
            found.push(Heaviest { combination: row.name(), measure: *measure, services });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        budget::{Scope, prove},
        model::{Budget, Bytes, Profile, Resources, Service, Stack},
    };

    #[test]
    fn each_service_in_the_largest_combination_that_holds_it() {
        let service = |memory: Option<u64>, replicas, profile: &str| Service {
            limits: Resources { memory: memory.map(Bytes), ..Resources::default() },
            replicas: Some(replicas),
            profiles: (!profile.is_empty()).then(|| profile.to_owned()).into_iter().collect(),
            ..Service::default()
        };
        let stack = Stack {
            services: [
                ("core".to_owned(), service(Some(10), 2, "")),
                ("extra".to_owned(), service(Some(30), 1, "more")),
                ("open".to_owned(), service(None, 1, "")),
            ]
            .into(),
            profiles: [("more".to_owned(), Profile::default())].into(),
            budget: Budget { memory: Some(Bytes(40)), ..Budget::default() },
            ..Stack::default()
        };
        let profiles = Profiles::new(&stack);
        let verdict = prove(&profiles, &stack.budget, &Scope::Every);
        let shares = service_shares(&profiles, &verdict);
        let row = |it: &ServiceShare| (it.service.clone(), it.memory, it.share, it.headroom);
        assert_eq!(
            shares.iter().map(row).collect::<Vec<_>>(),
            [
                ("extra".to_owned(), Some(30), Some(0.75), Some(-10)),
                ("core".to_owned(), Some(20), Some(0.5), Some(-10)),
                ("open".to_owned(), None, None, Some(-10)),
            ]
        );
        let one = prove(&profiles, &Budget::default(), &Scope::Combination(Vec::new()));
        let shares = service_shares(&profiles, &one);
        assert_eq!(shares.iter().map(|it| (it.share, it.headroom)).collect::<Vec<_>>(), [(None, None); 2]);
    }
}
