//! What a selection needs, compared with what a machine has.

use super::{
    ledger::{Ledger, Measure},
    verdict::{Scope, prove},
};
use crate::{
    model::{Budget, Bytes, Cpus, Stack},
    resolve::{Profiles, ResolvedStack},
};

/// A machine with an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Machine {
    /// Its memory.
    pub memory: Bytes,
    /// Its CPUs.
    pub cpus: u64,
}

/// Something that a machine does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shortfall {
    /// The sum of memory limits is above its memory. An error.
    Memory {
        /// The sum, in bytes.
        limits: u128,
        /// What runs beside and is in the sum.
        beside: u64,
    },
    /// One container's CPU limit is above its CPUs: the engine refuses to create it. An error.
    ContainerCpus {
        /// Which service.
        service: String,
        /// Its limit.
        limit: Cpus,
    },
    /// The sum of CPU limits or reservations is above its CPUs: it will be slower than it looks. A warning.
    CpuSum {
        /// [`Measure::CpuLimit`] or [`Measure::CpuReservation`].
        measure: Measure,
        /// The sum, in billionths.
        sum: u128,
    },
}

impl Shortfall {
    /// Whether it cannot work, rather than work badly.
    pub fn is_error(&self) -> bool {
        !matches!(self, Self::CpuSum { .. })
    }
}

impl Machine {
    /// All of it as the budget of a stack that names neither memory nor CPUs, with every limit in its services; where
    /// CPU limits add up to more than its CPUs, with the overcommit that they need, in tenths.
    pub fn budget_of(&self, stack: &Stack) -> Option<Budget> {
        let named = &stack.budget;
        let cpus = Cpus { nanos: self.cpus.saturating_mul(1_000_000_000) };
        if named.memory.is_some() || named.cpus.is_some() || cpus == Cpus::default() {
            return None;
        }
        let budget =
            Budget { memory: Some(self.memory), cpus: Some(cpus), cpu_overcommit: None, ..named.clone() };
        let verdict = prove(&Profiles::new(stack), &budget, &Scope::Every);
        if !verdict.unproved.is_empty() {
            return None;
        }
        let most = verdict.peaks.iter().find(|peak| peak.measure == Measure::CpuLimit);
        let most = most.map_or(0, |peak| peak.row.ledger[Measure::CpuLimit]);
        let tenths = (most * 10).div_ceil(u128::from(cpus.nanos));
        let overcommit = (tenths > 10).then(|| u64::try_from(tenths * 100_000_000).unwrap_or(u64::MAX));
        Some(Budget { cpu_overcommit: overcommit.map(|nanos| Cpus { nanos }), ..budget })
    }

    /// What it lacks for a selection, with `more` bytes of memory that what runs beside it takes. Everything may reach its bound
    /// exactly.
    pub fn lacks(&self, selection: &ResolvedStack<'_>, more: u64) -> Vec<Shortfall> {
        let ledger = Ledger::of(selection);
        let nanos = u128::from(self.cpus) * 1_000_000_000;
        let mut found = Vec::new();
        let limits = ledger[Measure::Memory] + u128::from(more);
        if limits > u128::from(self.memory.0) {
            found.push(Shortfall::Memory { limits, beside: more });
        }
        for (name, service) in &selection.services {
            match service.limits.cpus {
                Some(limit) if u128::from(limit.nanos) > nanos && service.replica_count() > 0 => {
                    found.push(Shortfall::ContainerCpus { service: (*name).to_owned(), limit });
                }
                _ => {}
            }
        }
        for measure in [Measure::CpuLimit, Measure::CpuReservation] {
            if ledger[measure] > nanos {
                found.push(Shortfall::CpuSum { measure, sum: ledger[measure] });
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Resources, Service};

    #[test]
    fn the_whole_machine_is_the_budget_of_a_stack_without_one() {
        let service = |cpus: &str| Service {
            limits: Resources { memory: Some(Bytes(50)), cpus: Cpus::parse(cpus).ok(), pids: None },
            ..Service::default()
        };
        let stack = |cpus: &str, budget| Stack {
            services: [("a".to_owned(), service(cpus)), ("b".to_owned(), service("0.1"))].into(),
            budget,
            ..Stack::default()
        };
        let machine = Machine { memory: Bytes(100), cpus: 2 };
        let of = |cpus: &str, budget: Budget| machine.budget_of(&stack(cpus, budget));
        let whole = Budget { memory: Some(Bytes(100)), cpus: Cpus::parse("2").ok(), ..Budget::default() };
        assert_eq!(of("1.9", Budget::default()), Some(whole.clone()));
        let more = Budget { cpu_overcommit: Cpus::parse("1.1").ok(), ..whole.clone() };
        assert_eq!(of("1.91", Budget::default()), Some(more));
        let logs = Budget { log_disk: Some(Bytes(1)), ..Budget::default() };
        assert_eq!(of("1", logs), None, "no log has a limit");
        assert_eq!(of("none", Budget::default()), None, "a limit is missing");
        assert_eq!(of("1", Budget { memory: Some(Bytes(7)), ..Budget::default() }), None, "it names memory");
    }

    #[test]
    fn what_is_an_error_and_what_a_warning() {
        let resources = Resources { memory: Some(Bytes(50)), cpus: Cpus::parse("1.5").ok(), pids: None };
        let service = Service { limits: resources, replicas: Some(2), ..Service::default() };
        let stack = Stack { services: [("a".to_owned(), service)].into(), ..Stack::default() };
        let profiles = Profiles::new(&stack);
        let selection = ResolvedStack::new(&profiles, &[] as &[&str]);
        let lacks = |memory, cpus, more| Machine { memory: Bytes(memory), cpus }.lacks(&selection, more);
        assert_eq!(lacks(100, 3, 0), []);
        assert_eq!(lacks(100, 3, 1), [Shortfall::Memory { limits: 101, beside: 1 }]);
        let sum = Shortfall::CpuSum { measure: Measure::CpuLimit, sum: 3_000_000_000 };
        assert_eq!(lacks(100, 2, 0), std::slice::from_ref(&sum));
        let one = Shortfall::ContainerCpus { service: "a".into(), limit: Cpus::parse("1.5").unwrap() };
        assert_eq!(lacks(99, 1, 0), [Shortfall::Memory { limits: 100, beside: 0 }, one, sum]);
        assert!(lacks(99, 1, 0)[..2].iter().all(Shortfall::is_error));
    }
}
