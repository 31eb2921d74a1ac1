//! The verdict as JSON: the shape of SPEC section 5. Its keys keep their meaning; others are additions.

use serde::Serialize;

use super::{
    ledger::{Ledger, Measure, Need},
    uncovered::Uncovered,
    unproved::Unproved,
    verdict::{Row, Unanswered, Verdict},
};
use crate::model::{Budget, Cpus};

/// `budget check --format json`. Bytes are whole numbers, CPUs are numbers with a fraction.
#[derive(Debug, Serialize)]
pub struct Report<'a> {
    budget: BudgetReport,
    fits: bool,
    combinations_checked: u64,
    combinations: Vec<Combination<'a>>,
    worst: Profiles<'a>,
    marginal: Vec<Marginal<'a>>,
    smallest_failing: Vec<&'a [String]>,
    /// Addition: whether `smallest_failing` was cut.
    more_failing: bool,
    /// Addition: every question was answered exactly.
    exact: bool,
    /// Addition: the questions that were not: `count`, `fits`, `worst`, `smallest_failing`, `peaks`.
    unanswered: &'a [Unanswered],
    /// Addition: the largest that each sum gets, and where.
    peaks: Vec<Peak<'a>>,
    /// Services without the limits that a proof needs; with a combination in which they lack them, an addition.
    unproved: &'a [Unproved],
    /// Addition: what no limit covers, by service.
    left_out: &'a Uncovered,
}

#[derive(Debug, Serialize)]
struct BudgetReport {
    memory_bytes: Option<u64>,
    cpus: Option<f64>,
    cpu_overcommit: Option<f64>,
    log_disk_bytes: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Profiles<'a> {
    profiles: &'a [String],
}

#[derive(Debug, Serialize)]
struct Combination<'a> {
    profiles: &'a [String],
    services: u64,
    memory_limit_bytes: u64,
    memory_reservation_bytes: u64,
    cpu_limit: f64,
    cpu_reservation: f64,
    /// `null` where a service's logs have no bound.
    log_disk_bytes: Option<u64>,
    fits: bool,
    over: &'a [Measure],
}

#[derive(Debug, Serialize)]
struct Marginal<'a> {
    profile: &'a str,
    memory_limit_bytes: i64,
    cpu_limit: f64,
}

#[derive(Debug, Serialize)]
struct Peak<'a> {
    measure: Measure,
    profiles: &'a [String],
}

impl<'a> Report<'a> {
    /// The report of a verdict.
    pub fn new(verdict: &'a Verdict) -> Self {
        let marginal = verdict.profiles.iter().map(|cost| Marginal {
            profile: &cost.profile,
            memory_limit_bytes: cost.memory.clamp(i64::MIN.into(), i64::MAX.into()) as i64,
            cpu_limit: cost.cpu as f64 / 1e9,
        });
        let peaks = verdict.peaks.iter();
        Self {
            budget: BudgetReport::new(&verdict.budget),
            fits: verdict.fits,
            combinations_checked: verdict.checked,
            combinations: verdict.rows.iter().map(Combination::new).collect(),
            worst: Profiles { profiles: &verdict.worst.profiles },
            marginal: marginal.collect(),
            smallest_failing: verdict.smallest_failing.iter().map(|row| row.profiles.as_slice()).collect(),
            more_failing: verdict.more_failing,
            exact: verdict.unanswered.is_empty(),
            unanswered: &verdict.unanswered,
            peaks: peaks.map(|it| Peak { measure: it.measure, profiles: &it.row.profiles }).collect(),
            unproved: &verdict.unproved,
            left_out: &verdict.uncovered,
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

impl<'a> Combination<'a> {
    fn new(row: &'a Row) -> Self {
        let ledger = &row.ledger;
        Self {
            profiles: &row.profiles,
            services: ledger.services,
            memory_limit_bytes: bytes(ledger, Measure::Memory),
            memory_reservation_bytes: bytes(ledger, Measure::MemoryReservation),
            cpu_limit: cpus(ledger, Measure::CpuLimit),
            cpu_reservation: cpus(ledger, Measure::CpuReservation),
            log_disk_bytes: (ledger.lacking(Need::LogDisk) == 0).then(|| bytes(ledger, Measure::LogDisk)),
            fits: row.fits,
            over: &row.over,
        }
    }
}

/// Readers of JSON hold 64 bits at most. A sum above 16 EiB, which no machine has, is written as the largest number; what
/// fits was decided on the exact one.
fn bytes(ledger: &Ledger, measure: Measure) -> u64 {
    u64::try_from(ledger[measure]).unwrap_or(u64::MAX)
}

fn cpus(ledger: &Ledger, measure: Measure) -> f64 {
    ledger[measure] as f64 / 1e9
}
