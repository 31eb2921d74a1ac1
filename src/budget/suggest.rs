//! Limits and reservations from measured use.
//!
//! A limit is for the worst moment, a reservation for the usual one. Memory: the limit is the largest working set with half
//! of it as margin, and never below what the kernel has counted at the peak, which holds the start of the process. The reservation is the median and a tenth. CPUs: the
//! limit is the busiest interval and half, the reservation the mean and a fifth. Everything is rounded up to a round number.

use super::machine::Machine;
use crate::model::{Bytes, Cpus, Resources, Service};

/// Of the largest working set: the limit.
pub const MEMORY_MARGIN: f64 = 1.5;
/// Of the median working set: the reservation.
pub const RESERVATION_MARGIN: f64 = 1.1;
/// Of the busiest interval: the CPU limit.
pub const CPU_MARGIN: f64 = 1.5;
/// Of the mean: the CPU reservation.
pub const CPU_RESERVATION_MARGIN: f64 = 1.2;
/// Memory is a multiple of this.
const MEMORY_STEP: u64 = 16 << 20;
/// CPUs are a multiple of this many billionths.
const CPU_STEP: u64 = 50_000_000;
/// The same below one of them: what idles reserves next to nothing.
const FINE_CPU_STEP: u64 = 10_000_000;
/// The least CPU limit: a process has to start within it.
const LEAST_CPUS: u64 = 100_000_000;
/// A figure this close to the one in stack.toml does not change it.
const CLOSE: f64 = 0.1;

/// What the containers of one service used; of several replicas, the largest.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Evidence {
    /// How many intervals were measured.
    pub samples: usize,
    /// The median working set, in bytes.
    pub memory_median: u64,
    /// The largest working set.
    pub memory_max: u64,
    /// The most that the kernel has counted since the start, file cache included.
    pub memory_peak: Option<u64>,
    /// CPUs, in the mean.
    pub cpu_mean: f64,
    /// CPUs, in the busiest interval.
    pub cpu_max: f64,
    /// Restarts while it was measured.
    pub restarts: u64,
    /// It was killed: out of memory, now or at its last end.
    pub oom_killed: bool,
}

impl Evidence {
    /// From working sets in bytes and CPUs, one each for every interval of one container.
    pub fn of(samples: &[(u64, f64)]) -> Self {
        let mut memory: Vec<u64> = samples.iter().map(|(memory, _)| *memory).collect();
        memory.sort_unstable();
        let sum: f64 = samples.iter().map(|(_, cpus)| cpus).sum();
        Self {
            samples: samples.len(),
            memory_median: memory.get(memory.len() / 2).copied().unwrap_or(0),
            memory_max: memory.last().copied().unwrap_or(0),
            cpu_mean: if samples.is_empty() { 0.0 } else { sum / samples.len() as f64 },
            cpu_max: samples.iter().map(|(_, cpus)| *cpus).fold(0.0, f64::max),
            ..Self::default()
        }
    }

    /// Two replicas as one: the larger of each figure.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self {
            samples: self.samples.min(other.samples),
            memory_median: self.memory_median.max(other.memory_median),
            memory_max: self.memory_max.max(other.memory_max),
            memory_peak: self.memory_peak.max(other.memory_peak),
            cpu_mean: self.cpu_mean.max(other.cpu_mean),
            cpu_max: self.cpu_max.max(other.cpu_max),
            restarts: self.restarts + other.restarts,
            oom_killed: self.oom_killed || other.oom_killed,
        }
    }
}

/// What a service is held to, and what its use suggests.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion {
    /// The service.
    pub service: String,
    /// Limits as they are and as they could be.
    pub limits: (Resources, Resources),
    /// Reservations, likewise.
    pub reservations: (Resources, Resources),
    /// What was measured.
    pub evidence: Evidence,
}

impl Suggestion {
    /// What the use of a service suggests. A figure that is close to the one in force is kept.
    pub fn new(name: &str, service: &Service, evidence: Evidence) -> Self {
        let (limits, reservations) = (&service.limits, &service.reservations);
        let memory = kept(limits.memory.map(|it| it.0), memory_limit(limits.memory, &evidence));
        let own = limits.cpus.map(|it| it.nanos);
        // The engine takes no limit beside `cpu_quota`.
        let cpus = own.filter(|_| service.is_quota_limit);
        let cpus = cpus.unwrap_or_else(|| kept(own, cpu_limit(limits.cpus, &evidence)));
        let usual = up(evidence.memory_median as f64 * RESERVATION_MARGIN, MEMORY_STEP);
        let reserved = kept(reservations.memory.map(|it| it.0), usual).min(memory);
        let mean = evidence.cpu_mean * 1e9 * CPU_RESERVATION_MARGIN;
        let mean = up(mean, if mean > CPU_STEP as f64 { CPU_STEP } else { FINE_CPU_STEP });
        let reserved_cpus = kept(reservations.cpus.map(|it| it.nanos), mean).min(cpus);
        let both =
            |memory, nanos| Resources { memory: Some(Bytes(memory)), cpus: Some(Cpus { nanos }), pids: None };
        let new_limits = Resources { pids: limits.pids, ..both(memory, cpus) };
        Self {
            service: name.to_owned(),
            limits: (limits.clone(), new_limits),
            reservations: (reservations.clone(), both(reserved, reserved_cpus)),
            evidence,
        }
    }

    /// With no more CPUs than the machine has: the engine creates no container with a limit above that.
    #[must_use]
    pub fn within(mut self, machine: Machine) -> Self {
        let most = Cpus { nanos: machine.cpus.saturating_mul(1_000_000_000) };
        for suggested in [&mut self.limits.1, &mut self.reservations.1] {
            suggested.cpus = suggested.cpus.map(|cpus| if most.nanos > 0 { cpus.min(most) } else { cpus });
        }
        self
    }
}

fn memory_limit(now: Option<Bytes>, evidence: &Evidence) -> u64 {
    let mut need = evidence.memory_max as f64 * MEMORY_MARGIN;
    let now = now.map(|bytes| bytes.0 as f64);
    need = need.max(evidence.memory_peak.unwrap_or_default() as f64);
    if evidence.oom_killed {
        need = need.max(now.unwrap_or(0.0) * MEMORY_MARGIN);
    }
    up(need, MEMORY_STEP).max(Bytes::MIN_LIMIT.0)
}

fn cpu_limit(now: Option<Cpus>, evidence: &Evidence) -> u64 {
    let need = evidence.cpu_max * 1e9 * CPU_MARGIN;
    // A container at its limit would have used more.
    let now = now.map_or(0.0, |cpus| cpus.nanos as f64);
    let held_back = now > 0.0 && evidence.cpu_max * 1e9 >= now * 0.95;
    up(if held_back { need.max(now * CPU_MARGIN) } else { need }, CPU_STEP).max(LEAST_CPUS)
}

/// The next multiple of `step`, at least one.
fn up(amount: f64, step: u64) -> u64 {
    let steps = (amount / step as f64).ceil().max(1.0);
    (steps as u64).saturating_mul(step)
}

fn kept(now: Option<u64>, wanted: u64) -> u64 {
    match now {
        Some(now) if (wanted as f64 - now as f64).abs() <= now as f64 * CLOSE => now,
        _ => wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    fn service(memory: u64, cpus: &str) -> Service {
        let limits =
            Resources { memory: Some(Bytes(memory * MIB)), cpus: Cpus::parse(cpus).ok(), pids: Some(9) };
        Service { limits, ..Service::default() }
    }

    fn suggested(service: &Service, evidence: Evidence) -> String {
        let it = Suggestion::new("a", service, evidence);
        let show = |it: &Resources| {
            format!("{} {}", it.memory.unwrap_or_default().0 / MIB, it.cpus.unwrap_or_default())
        };
        format!("{} / {}", show(&it.limits.1), show(&it.reservations.1))
    }

    #[test]
    fn limits_are_for_the_worst_moment_and_reservations_for_the_usual_one() {
        let samples = [(100 * MIB, 0.1), (110 * MIB, 0.1), (200 * MIB, 0.4), (100 * MIB, 0.0)];
        let evidence = Evidence::of(&samples);
        assert_eq!((evidence.memory_median / MIB, evidence.memory_max / MIB), (110, 200));
        assert!((evidence.cpu_mean - 0.15).abs() < 1e-9);
        assert_eq!(suggested(&service(512, "2.0"), evidence.clone()), "304 0.6 / 128 0.2");
        // Not below the kernel's peak, also where that is the limit itself.
        let peak = |mib: u64| Evidence { memory_peak: Some(mib * MIB), ..evidence.clone() };
        assert_eq!(suggested(&service(512, "2.0"), peak(400)), "400 0.6 / 128 0.2");
        assert_eq!(suggested(&service(512, "2.0"), peak(512)), "512 0.6 / 128 0.2");
        assert_eq!(suggested(&service(512, "2.0"), peak(1)), "304 0.6 / 128 0.2");
    }

    #[test]
    fn what_was_held_back_gets_more_and_what_is_close_stays() {
        let evidence = Evidence::of(&[(60 * MIB, 0.5); 4]);
        assert_eq!(suggested(&service(100, "0.5"), evidence.clone()), "100 0.75 / 80 0.6");
        let killed = Evidence { oom_killed: true, ..evidence };
        assert_eq!(suggested(&service(64, "4.0"), killed), "96 0.75 / 80 0.6");
        let of_quota = Service { is_quota_limit: true, ..service(100, "0.5") };
        assert_eq!(suggested(&of_quota, Evidence::of(&[(60 * MIB, 0.5); 4])), "100 0.5 / 80 0.5");
        assert_eq!(suggested(&service(64, "1.0"), Evidence::default()), "16 0.1 / 16 0.01");
    }

    #[test]
    fn no_container_gets_more_cpus_than_the_machine_has() {
        let busy = Suggestion::new("a", &Service::default(), Evidence::of(&[(MIB, 1.9); 4]));
        assert_eq!(busy.limits.1.cpus.unwrap().to_string(), "2.85");
        let within = |cpus| busy.clone().within(Machine { memory: Bytes(1), cpus });
        assert_eq!(within(2).limits.1.cpus, Cpus::parse("2").ok());
        assert_eq!(within(2).reservations.1.cpus, Cpus::parse("2").ok());
        assert_eq!(within(4), busy);
    }

    #[test]
    fn of_replicas_the_largest_counts() {
        let both = Evidence::of(&[(5, 0.5)]).with(Evidence { restarts: 2, ..Evidence::of(&[(7, 0.1); 3]) });
        assert_eq!((both.samples, both.memory_max, both.cpu_max, both.restarts), (1, 7, 0.5, 2));
    }
}
