//! The ledger: what a set of containers may use, and what a machine gives.

use std::ops::{AddAssign, Index};

use super::sizes::Sizes;
use crate::{
    model::{Budget, Bytes, Cpus, Resources, Service},
    resolve::ResolvedStack,
};

/// A sum with a bound of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// The sum of memory limits in bytes; bound: `budget.memory`.
    Memory,
    /// The sum of memory reservations in bytes; bound: `budget.memory`.
    MemoryReservation,
    /// The sum of CPU limits in billionths; bound: `budget.cpus` times `budget.cpu_overcommit`.
    CpuLimit,
    /// The sum of CPU reservations in billionths; bound: `budget.cpus`.
    CpuReservation,
    /// The sum of `max_size` x `max_file` in bytes; bound: `budget.log_disk`, where it is set.
    LogDisk,
}

impl Measure {
    /// All of them, in the order in which they are reported.
    pub const ALL: [Self; 5] =
        [Self::Memory, Self::MemoryReservation, Self::CpuLimit, Self::CpuReservation, Self::LogDisk];

    /// The name in JSON's `over`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::MemoryReservation => "memory_reservation",
            Self::CpuLimit => "cpu_limit",
            Self::CpuReservation => "cpu_reservation",
            Self::LogDisk => "log_disk",
        }
    }

    /// An amount of it for people: `2 GiB`, `1.5`.
    pub fn text(self, amount: u128) -> String {
        let amount = u64::try_from(amount).unwrap_or(u64::MAX);
        match self {
            Self::CpuLimit | Self::CpuReservation => Cpus { nanos: amount }.to_string(),
            _ => Bytes(amount).to_string(),
        }
    }
}

/// Exact sums over services, replicas counted. 128 bits hold every sum of 64-bit sizes times 32-bit replicas.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Ledger {
    sums: [u128; 5],
    /// Services, not replicas; one with `replicas = 0` counts too, since the stack declares it.
    pub services: u64,
    /// Services without a memory or a CPU limit: nothing can be proved of them.
    pub unlimited: u64,
    /// Services whose logs have no bound: no `max_size`, and logging not switched off.
    pub unbounded_logs: u64,
}

impl Index<Measure> for Ledger {
    type Output = u128;

    fn index(&self, measure: Measure) -> &u128 {
        &self.sums[measure as usize]
    }
}

impl AddAssign for Ledger {
    fn add_assign(&mut self, other: Self) {
        self.sums.iter_mut().zip(other.sums).for_each(|(sum, other)| *sum += other);
        self.services += other.services;
        self.unlimited += other.unlimited;
        self.unbounded_logs += other.unbounded_logs;
    }
}

impl Ledger {
    /// The ledger of a resolved stack.
    pub fn of(stack: &ResolvedStack<'_>) -> Self {
        let mut ledger = Self::default();
        stack.services.values().for_each(|service| ledger += Self::of_service(service));
        ledger
    }

    /// The ledger of one active service.
    pub fn of_service(service: &Service) -> Self {
        Self::of_sizes(&Sizes::of(service))
    }

    /// The ledger of one active service of these sizes. A missing reservation counts as 0. A missing limit counts as 0 in
    /// the sum and once in `unlimited`.
    pub(super) fn of_sizes(Sizes { limits, reservations, replicas, logs }: &Sizes) -> Self {
        let bytes = |of: &Resources| of.memory.map_or(0, |bytes| u128::from(bytes.0));
        let nanos = |of: &Resources| of.cpus.map_or(0, |cpus| u128::from(cpus.nanos));
        let one = [bytes(limits), bytes(reservations), nanos(limits), nanos(reservations), logs.unwrap_or(0)];
        Self {
            sums: one.map(|amount| amount * u128::from(*replicas)),
            services: 1,
            unlimited: u64::from(limits.memory.is_none() || limits.cpus.is_none()),
            unbounded_logs: u64::from(logs.is_none()),
        }
    }

    /// The larger of the two, in each sum for itself.
    pub(super) fn max(mut self, other: Self) -> Self {
        self.sums.iter_mut().zip(other.sums).for_each(|(sum, other)| *sum = (*sum).max(other));
        self.services = self.services.max(other.services);
        self.unlimited = self.unlimited.max(other.unlimited);
        self.unbounded_logs = self.unbounded_logs.max(other.unbounded_logs);
        self
    }

    /// What is left of each sum after taking `other` away; the caller knows that `other` is no larger.
    pub(super) fn minus(mut self, other: Self) -> Self {
        self.sums.iter_mut().zip(other.sums).for_each(|(sum, other)| *sum -= other);
        self.services -= other.services;
        self.unlimited -= other.unlimited;
        self.unbounded_logs -= other.unbounded_logs;
        self
    }

    /// One part of several equal ones, rounded down.
    pub(super) fn divided(mut self, parts: u64) -> Self {
        self.sums.iter_mut().for_each(|sum| *sum /= u128::from(parts));
        self.services /= parts;
        self.unlimited /= parts;
        self.unbounded_logs /= parts;
        self
    }

    /// In each sum for itself, the total of the `count` smallest.
    pub(super) fn least(of: &[Self], count: usize) -> Self {
        fn total<T: Ord + Copy + std::iter::Sum>(amounts: impl Iterator<Item = T>, count: usize) -> T {
            let mut amounts: Vec<T> = amounts.collect();
            amounts.sort_unstable();
            amounts.into_iter().take(count).sum()
        }
        Self {
            sums: Measure::ALL.map(|measure| total(of.iter().map(|one| one[measure]), count)),
            services: total(of.iter().map(|one| one.services), count),
            unlimited: total(of.iter().map(|one| one.unlimited), count),
            unbounded_logs: total(of.iter().map(|one| one.unbounded_logs), count),
        }
    }
}

/// The bounds that a budget sets. Every sum may reach its bound exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds([Option<u128>; 5]);

impl Bounds {
    /// The bounds of a budget.
    pub fn new(budget: &Budget) -> Self {
        let memory = Some(u128::from(budget.memory.0));
        let overcommitted = u128::from(budget.cpus.scaled(budget.cpu_overcommit).nanos);
        Self([
            memory,
            memory,
            Some(overcommitted),
            Some(u128::from(budget.cpus.nanos)),
            budget.log_disk.map(|bytes| u128::from(bytes.0)),
        ])
    }

    /// The bound of one sum, in its unit; `None` for log disk without a ceiling.
    pub fn of(&self, measure: Measure) -> Option<u128> {
        self.0[measure as usize]
    }

    /// The sums of a ledger that exceed their bound.
    pub fn over<'a>(&'a self, ledger: &'a Ledger) -> impl Iterator<Item = Measure> + 'a {
        let exceeds = |measure: Measure| self.of(measure).is_some_and(|bound| ledger[measure] > bound);
        Measure::ALL.into_iter().filter(move |measure| exceeds(*measure))
    }

    /// Whether everything that the sums need to mean anything is there: limits, and a bound of the logs where log disk
    /// has a ceiling.
    pub fn is_provable(&self, ledger: &Ledger) -> bool {
        ledger.unlimited == 0 && (ledger.unbounded_logs == 0 || self.of(Measure::LogDisk).is_none())
    }

    /// Whether a ledger is provable and exceeds nothing.
    pub fn fit(&self, ledger: &Ledger) -> bool {
        self.is_provable(ledger) && self.over(ledger).next().is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        budget::sizes::log_bound,
        model::{Bytes, Cpus, Logging},
    };

    fn service(memory: u64, cpus: &str, replicas: u32) -> Service {
        let resources = Resources { memory: Some(Bytes(memory)), cpus: Cpus::parse(cpus).ok(), pids: None };
        Service { limits: resources, replicas: Some(replicas), ..Service::default() }
    }

    #[test]
    fn replicas_multiply_and_missing_reservations_are_zero() {
        let ledger = Ledger::of_service(&service(7, "0.1", 3));
        assert_eq!((ledger[Measure::Memory], ledger[Measure::CpuLimit]), (21, 300_000_000));
        assert_eq!((ledger[Measure::MemoryReservation], ledger.services, ledger.unlimited), (0, 1, 0));
        let none = Ledger::of_service(&service(7, "0.1", 0));
        assert_eq!((none[Measure::Memory], none.services), (0, 1));
        assert_eq!(Ledger::of_service(&Service::default()).unlimited, 1);
    }

    #[test]
    fn sums_beyond_64_bits_stay_exact() {
        let mut ledger = Ledger::of_service(&service(i64::MAX as u64, "1", u32::MAX));
        ledger += ledger;
        assert_eq!(ledger[Measure::Memory], 2 * (i64::MAX as u128) * u128::from(u32::MAX));
    }

    #[test]
    fn logs_are_bounded_by_size_times_files() {
        let with = |driver: Option<&str>, max_size, max_file| Service {
            logging: Logging { driver: driver.map(str::to_owned), max_size, max_file, ..Logging::default() },
            ..Service::default()
        };
        assert_eq!(log_bound(&with(None, Some(Bytes(10)), Some(3))), Some(30));
        assert_eq!(log_bound(&with(Some("json-file"), Some(Bytes(10)), None)), Some(10));
        assert_eq!(log_bound(&with(Some("local"), Some(Bytes(10)), None)), Some(50));
        assert_eq!(log_bound(&with(Some("json-file"), None, Some(3))), None);
        assert_eq!(log_bound(&with(Some("none"), None, None)), Some(0));
    }

    #[test]
    fn everything_may_reach_its_bound_exactly() {
        let budget = Budget {
            memory: Bytes(21),
            cpus: Cpus::parse("0.2").unwrap(),
            cpu_overcommit: Cpus::parse("1.5").unwrap(),
            log_disk: None,
        };
        let bounds = Bounds::new(&budget);
        assert!(bounds.fit(&Ledger::of_service(&service(7, "0.1", 3))));
        let over = Ledger::of_service(&service(8, "0.1000000001", 3));
        assert!(!bounds.fit(&over), "no CPU limit was read, so nothing is proved");
        let over = Ledger::of_service(&service(8, "0.100000001", 3));
        assert!(bounds.over(&over).eq([Measure::Memory, Measure::CpuLimit]));
    }

    #[test]
    fn logs_without_a_bound_matter_only_under_a_ceiling() {
        let mut budget = Budget {
            memory: Bytes(100),
            cpus: Cpus::parse("1").unwrap(),
            cpu_overcommit: Cpus::parse("1").unwrap(),
            log_disk: None,
        };
        let ledger = Ledger::of_service(&service(1, "1", 1));
        assert!(Bounds::new(&budget).fit(&ledger));
        budget.log_disk = Some(Bytes(1));
        assert!(!Bounds::new(&budget).is_provable(&ledger));
    }
}
