//! The combinations of a verdict, compared with what a machine has.

use std::mem::discriminant;

use super::{
    machine::{Machine, Shortfall},
    verdict::Verdict,
};
use crate::resolve::{Profiles, ResolvedStack};

/// What a machine lacks.
#[derive(Debug)]
pub struct Capacity {
    /// The machine.
    pub machine: Machine,
    /// Each kind of shortfall once.
    pub lacks: Vec<Lack>,
}

/// A shortfall of one or more combinations.
#[derive(Debug)]
pub struct Lack {
    /// What is lacking.
    pub shortfall: Shortfall,
    /// The first combination that lacks it.
    pub combination: String,
    /// How many more do.
    pub more: usize,
}

impl Capacity {
    /// Judge the combinations that the verdict shows: the default, each profile, those with the largest sums. What runs
    /// `beside` takes so many bytes of memory.
    pub fn new(profiles: &Profiles<'_>, verdict: &Verdict, machine: Machine, beside: u64) -> Self {
        let mut lacks: Vec<Lack> = Vec::new();
        for row in verdict.largest() {
            for shortfall in machine.lacks(&ResolvedStack::new(profiles, &row.profiles), beside) {
                match lacks.iter_mut().find(|known| is_same_kind(&known.shortfall, &shortfall)) {
                    Some(known) => known.more += 1,
                    None => lacks.push(Lack { shortfall, combination: row.name(), more: 0 }),
                }
            }
        }
        Self { machine, lacks }
    }

    /// Whether nothing is an error.
    pub fn fits(&self) -> bool {
        !self.lacks.iter().any(|lack| lack.shortfall.is_error())
    }
}

fn is_same_kind(left: &Shortfall, right: &Shortfall) -> bool {
    match (left, right) {
        (Shortfall::ContainerCpus { service: left, .. }, Shortfall::ContainerCpus { service: right, .. }) => {
            left == right
        }
        (Shortfall::CpuSum { measure: left, .. }, Shortfall::CpuSum { measure: right, .. }) => left == right,
        _ => discriminant(left) == discriminant(right),
    }
}
