//! The ledger: what a set of containers may use, and what a machine gives.

use std::ops::{AddAssign, Index};

use serde::Serialize;

use super::sizes::Sizes;
use crate::{
    model::{Budget, Bytes, Cpus, Resources, Service},
    resolve::ResolvedStack,
};

/// A sum with a bound of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
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
    /// Services that lack a limit, for each [`Need`]: the sums hold nothing of what they may use.
    lacking: [u64; 3],
}

/// A limit that every service has to have for a sum to mean anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// `limits.memory`.
    Memory,
    /// `limits.cpus`.
    Cpus,
    /// A bound of the logs: `max_size`, or a driver that keeps none. Needed only under a ceiling.
    LogDisk,
}

impl Need {
    /// All of them, in the order in which they are reported.
    pub const ALL: [Self; 3] = [Self::Memory, Self::Cpus, Self::LogDisk];

    /// Whether a service without it is not proved, under these bounds. A missing memory or CPU limit lets a container take the
    /// whole machine, whatever the budget names; logs matter only where they have a ceiling.
    pub(super) fn is_asked_by(self, bounds: &Bounds) -> bool {
        self != Self::LogDisk || bounds.of(Measure::LogDisk).is_some()
    }
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
        self.lacking.iter_mut().zip(other.lacking).for_each(|(count, other)| *count += other);
    }
}

impl Ledger {
    /// How many services lack a limit. One with `replicas = 0` counts too.
    pub fn lacking(&self, need: Need) -> u64 {
        self.lacking[need as usize]
    }

    /// The same ledger with what another one lacks.
    pub(super) fn lacking_as(self, other: &Self) -> Self {
        Self { lacking: other.lacking, ..self }
    }

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
    /// the sum and once among what is lacking.
    pub(super) fn of_sizes(Sizes { limits, reservations, replicas, logs }: &Sizes) -> Self {
        let bytes = |of: &Resources| of.memory.map_or(0, |bytes| u128::from(bytes.0));
        let nanos = |of: &Resources| of.cpus.map_or(0, |cpus| u128::from(cpus.nanos));
        let one = [bytes(limits), bytes(reservations), nanos(limits), nanos(reservations), logs.unwrap_or(0)];
        Self {
            sums: one.map(|amount| amount * u128::from(*replicas)),
            services: 1,
            lacking: [limits.memory.is_none(), limits.cpus.is_none(), logs.is_none()].map(u64::from),
        }
    }

    /// The larger of the two, in each sum for itself.
    pub(super) fn max(mut self, other: Self) -> Self {
        self.sums.iter_mut().zip(other.sums).for_each(|(sum, other)| *sum = (*sum).max(other));
        self.services = self.services.max(other.services);
        self.lacking.iter_mut().zip(other.lacking).for_each(|(count, other)| *count = (*count).max(other));
        self
    }

    /// What is left of each sum after taking `other` away; the caller knows that `other` is no larger.
    pub(super) fn minus(mut self, other: Self) -> Self {
        self.sums.iter_mut().zip(other.sums).for_each(|(sum, other)| *sum -= other);
        self.services -= other.services;
        self.lacking.iter_mut().zip(other.lacking).for_each(|(count, other)| *count -= other);
        self
    }

    /// One part of several equal ones, rounded down.
    pub(super) fn divided(mut self, parts: u64) -> Self {
        self.sums.iter_mut().for_each(|sum| *sum /= u128::from(parts));
        self.services /= parts;
        self.lacking.iter_mut().for_each(|count| *count /= parts);
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
            lacking: Need::ALL.map(|need| total(of.iter().map(|one| one.lacking(need)), count)),
        }
    }
}

/// The bounds that a budget sets. Every sum may reach its bound exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds([Option<u128>; 5]);

impl Bounds {
    /// The bounds of a budget.
    pub fn new(budget: &Budget) -> Self {
        let bytes = |of: Option<Bytes>| of.map(|bytes| u128::from(bytes.0));
        let nanos = |of: Option<Cpus>| of.map(|cpus| u128::from(cpus.nanos));
        let memory = bytes(budget.memory);
        Self([memory, memory, nanos(budget.cpu_limits()), nanos(budget.cpus), bytes(budget.log_disk)])
    }

    /// Whether there is nothing to compare with.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }

    /// The bound of one sum, in its unit; `None` where the budget does not name it.
    pub fn of(&self, measure: Measure) -> Option<u128> {
        self.0[measure as usize]
    }

    /// The sums of a ledger that exceed their bound.
    pub fn over<'a>(&'a self, ledger: &'a Ledger) -> impl Iterator<Item = Measure> + 'a {
        let exceeds = |measure: Measure| self.of(measure).is_some_and(|bound| ledger[measure] > bound);
        Measure::ALL.into_iter().filter(move |measure| exceeds(*measure))
    }

    /// Whether there is a bound, and everything that the sums need to mean anything is there: limits, and a bound of the logs
    /// where log disk has a ceiling.
    pub fn is_provable(&self, ledger: &Ledger) -> bool {
        !self.is_empty() && Need::ALL.iter().all(|need| ledger.lacking(*need) == 0 || !need.is_asked_by(self))
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
        assert_eq!(
            (ledger[Measure::MemoryReservation], ledger.services, ledger.lacking(Need::Cpus)),
            (0, 1, 0)
        );
        let none = Ledger::of_service(&service(7, "0.1", 0));
        assert_eq!((none[Measure::Memory], none.services), (0, 1));
        let nothing = Ledger::of_service(&Service::default());
        assert_eq!(Need::ALL.map(|need| nothing.lacking(need)), [1; 3]);
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
            memory: Some(Bytes(21)),
            cpus: Cpus::parse("0.2").ok(),
            cpu_overcommit: Cpus::parse("1.5").ok(),
            ..Budget::default()
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
        let mut budget = Budget { memory: Some(Bytes(100)), ..Budget::default() };
        let ledger = Ledger::of_service(&service(1, "1", 1));
        assert!(Bounds::new(&budget).fit(&ledger));
        budget.log_disk = Some(Bytes(1));
        assert!(!Bounds::new(&budget).is_provable(&ledger));
    }

    #[test]
    fn what_the_budget_does_not_name_has_no_bound_and_its_limits_are_still_needed() {
        let cpus = Budget { cpus: Cpus::parse("1").ok(), ..Budget::default() };
        let bounds = Bounds::new(&cpus);
        assert_eq!(bounds.of(Measure::CpuLimit), Some(1_000_000_000));
        assert!(bounds.fit(&Ledger::of_service(&service(u64::MAX, "1", 1))));
        let unlimited =
            Service { limits: Resources { memory: None, ..service(1, "1", 1).limits }, ..Service::default() };
        assert!(!bounds.fit(&Ledger::of_service(&unlimited)), "one container may take the whole machine");
        let none = Bounds::new(&Budget::default());
        assert!(none.is_empty() && !none.fit(&Ledger::default()), "there is nothing to compare with");
    }
}
