//! The verdict as JSON: the shape of SPEC section 5. Its keys keep their meaning; others are additions.

use serde::Serialize;

use super::{
    ledger::{Ledger, Measure, Need},
    uncovered::Uncovered,
    verdict::{Row, Unanswered, Verdict},
};
use crate::model::{Budget, Cpus};

/// `budget check --format json`. Bytes are whole numbers, CPUs are numbers with a fraction.
#[derive(Debug, Serialize)]
pub struct Report {
    budget: BudgetReport,
    fits: bool,
    combinations_checked: u64,
    combinations: Vec<Combination>,
    worst: Profiles,
    marginal: Vec<Marginal>,
    smallest_failing: Vec<Vec<String>>,
    /// Addition: whether `smallest_failing` was cut.
    more_failing: bool,
    /// Addition: every question was answered exactly.
    exact: bool,
    /// Addition: the questions that were not: `count`, `fits`, `worst`, `smallest_failing`, `peaks`.
    unanswered: Vec<&'static str>,
    /// Addition: the largest that each sum gets, and where.
    peaks: Vec<Peak>,
    /// Services without the limits that a proof needs; with a combination in which they lack them, an addition.
    unproved: Vec<Unproved>,
    /// Addition: what no limit covers, by service.
    left_out: UncoveredReport,
}

#[derive(Debug, Serialize)]
struct BudgetReport {
    memory_bytes: Option<u64>,
    cpus: Option<f64>,
    cpu_overcommit: Option<f64>,
    log_disk_bytes: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Profiles {
    profiles: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Combination {
    profiles: Vec<String>,
    services: u64,
    memory_limit_bytes: u64,
    memory_reservation_bytes: u64,
    cpu_limit: f64,
    cpu_reservation: f64,
    /// `null` where a service's logs have no bound.
    log_disk_bytes: Option<u64>,
    fits: bool,
    over: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct Marginal {
    profile: String,
    memory_limit_bytes: i64,
    cpu_limit: f64,
}

#[derive(Debug, Serialize)]
struct Peak {
    measure: &'static str,
    profiles: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Unproved {
    service: String,
    missing: Vec<&'static str>,
    profiles: Vec<String>,
}

#[derive(Debug, Serialize)]
struct UncoveredReport {
    swap: Vec<String>,
    builds: Vec<String>,
    docker_socket: Vec<String>,
}

impl Report {
    /// The report of a verdict.
    pub fn new(verdict: &Verdict) -> Self {
        let Verdict { profiles, peaks, unproved, .. } = verdict;
        Self {
            budget: BudgetReport::new(&verdict.budget),
            fits: verdict.fits,
            combinations_checked: verdict.checked,
            combinations: verdict.rows.iter().map(Combination::new).collect(),
            worst: Profiles { profiles: verdict.worst.profiles.clone() },
            marginal: profiles
                .iter()
                .map(|cost| Marginal {
                    profile: cost.profile.clone(),
                    memory_limit_bytes: i64::try_from(cost.memory).unwrap_or(if cost.memory < 0 {
                        i64::MIN
                    } else {
                        i64::MAX
                    }),
                    cpu_limit: signed_cpus(cost.cpu),
                })
                .collect(),
            smallest_failing: verdict.smallest_failing.iter().map(|row| row.profiles.clone()).collect(),
            more_failing: verdict.more_failing,
            exact: verdict.unanswered.is_empty(),
            unanswered: verdict.unanswered.iter().map(|question| question.as_str()).collect(),
            peaks: peaks
                .iter()
                .map(|peak| Peak { measure: peak.measure.as_str(), profiles: peak.row.profiles.clone() })
                .collect(),
            unproved: unproved
                .iter()
                .map(|unproved| Unproved {
                    service: unproved.service.clone(),
                    missing: unproved.missing.iter().map(|need| need.as_str()).collect(),
                    profiles: unproved.profiles.clone(),
                })
                .collect(),
            left_out: UncoveredReport::new(&verdict.uncovered),
        }
    }
}

impl BudgetReport {
    fn new(budget: &Budget) -> Self {
        Self {
            memory_bytes: budget.memory.map(|bytes| bytes.0),
            cpus: budget.cpus.map(Cpus::as_f64),
            cpu_overcommit: budget.overcommit().map(Cpus::as_f64),
            log_disk_bytes: budget.log_disk.map(|bytes| bytes.0),
        }
    }
}

impl Combination {
    fn new(row: &Row) -> Self {
        let ledger = &row.ledger;
        Self {
            profiles: row.profiles.clone(),
            services: ledger.services,
            memory_limit_bytes: bytes(ledger, Measure::Memory),
            memory_reservation_bytes: bytes(ledger, Measure::MemoryReservation),
            cpu_limit: cpus(ledger, Measure::CpuLimit),
            cpu_reservation: cpus(ledger, Measure::CpuReservation),
            log_disk_bytes: (ledger.lacking(Need::LogDisk) == 0).then(|| bytes(ledger, Measure::LogDisk)),
            fits: row.fits,
            over: row.over.iter().map(|measure| measure.as_str()).collect(),
        }
    }
}

impl UncoveredReport {
    fn new(left_out: &Uncovered) -> Self {
        Self {
            swap: left_out.swap.clone(),
            builds: left_out.builds.clone(),
            docker_socket: left_out.docker_socket.clone(),
        }
    }
}

impl Unanswered {
    /// The name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Fits => "fits",
            Self::Worst => "worst",
            Self::Smallest => "smallest_failing",
            Self::Peaks => "peaks",
        }
    }
}

/// Readers of JSON hold 64 bits at most. A sum above 16 EiB, which no machine has, is written as the largest number; what
/// fits was decided on the exact one.
fn bytes(ledger: &Ledger, measure: Measure) -> u64 {
    u64::try_from(ledger[measure]).unwrap_or(u64::MAX)
}

fn cpus(ledger: &Ledger, measure: Measure) -> f64 {
    match u64::try_from(ledger[measure]) {
        Ok(nanos) => Cpus { nanos }.as_f64(),
        Err(_) => ledger[measure] as f64 / 1e9,
    }
}

fn signed_cpus(nanos: i128) -> f64 {
    nanos as f64 / 1e9
}
