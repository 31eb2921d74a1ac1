//! `budget check --against engine`: the combinations beside what the engine's machine has.

use std::mem::discriminant;

use serde_json::{Value, json};

use super::{Failure, runtime::block_on};
use crate::{
    budget::{Machine, Row, Shortfall, Verdict},
    engine::client::Engine,
    model::Bytes,
    resolve::{Profiles, ResolvedStack},
    ui::{Paint, Tone, counted, machine},
};

/// What the engine has, and what combinations lack there.
#[derive(Debug)]
pub struct Against {
    host: String,
    machine: Machine,
    /// Each kind of shortfall with the first combination that has it, and how many more do.
    lacks: Vec<(Shortfall, String, usize)>,
}

impl Against {
    /// Ask the engine, and judge the combinations that the verdict shows: the default, each profile, those with the
    /// largest sums.
    ///
    /// # Errors
    /// When there is no engine.
    pub fn engine(profiles: &Profiles<'_>, verdict: &Verdict) -> Result<Self, Failure> {
        let (host, info) = block_on(async {
            let engine = Engine::connect().await?;
            Ok((engine.host().to_string(), engine.info().await?))
        })?;
        let machine = Machine { memory: Bytes(info.memory_bytes), cpus: info.cpus };
        Ok(Self { host, machine, lacks: lacks(profiles, verdict, &machine) })
    }

    /// Whether nothing is an error.
    pub fn fits(&self) -> bool {
        !self.lacks.iter().any(|(lack, ..)| lack.is_error())
    }

    /// For people: a line for the machine and one for each shortfall.
    pub fn human(&self, paint: Paint) -> String {
        let Machine { memory, cpus } = self.machine;
        let mut text = format!("\nagainst the engine at {}: {memory} of memory, {cpus} CPUs\n", self.host);
        for (lack, combination, more) in &self.lacks {
            let (word, tone) = if lack.is_error() { ("error", Tone::Bad) } else { ("warning", Tone::Near) };
            let more = if *more == 0 {
                String::new()
            } else {
                format!(" (and in {} more)", counted(*more, "combination"))
            };
            let lack = machine::lack(lack, &self.machine);
            text.push_str(&format!("  {}: {combination}: {lack}{more}\n", paint.text(tone, word)));
        }
        if self.lacks.is_empty() {
            text.push_str(&format!("  {}\n", paint.text(Tone::Good, "it has everything that is asked for")));
        }
        text
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let lacks = self.lacks.iter().map(|(lack, combination, more)| {
            json!({
                "severity": if lack.is_error() { "error" } else { "warning" },
                "message": machine::lack(lack, &self.machine),
                "combination": combination,
                "more_combinations": more,
            })
        });
        json!({
            "host": self.host,
            "memory_bytes": self.machine.memory.0,
            "cpus": self.machine.cpus,
            "fits": self.fits(),
            "lacks": lacks.collect::<Vec<_>>(),
        })
    }
}

fn lacks(profiles: &Profiles<'_>, verdict: &Verdict, machine: &Machine) -> Vec<(Shortfall, String, usize)> {
    let shown =
        verdict.profiles.iter().map(|cost| &cost.row).chain(verdict.peaks.iter().map(|peak| &peak.row));
    let mut combinations: Vec<&Row> = Vec::new();
    for row in verdict.rows.first().into_iter().chain(shown).chain([&verdict.worst]) {
        if !combinations.iter().any(|known| known.profiles == row.profiles) {
            combinations.push(row);
        }
    }
    let mut found: Vec<(Shortfall, String, usize)> = Vec::new();
    for row in combinations {
        let name = if row.profiles.is_empty() { "core".to_owned() } else { row.profiles.join("+") };
        for lack in machine.lacks(&ResolvedStack::new(profiles, &row.profiles), 0) {
            match found.iter_mut().find(|(known, ..)| same_kind(known, &lack)) {
                Some((.., more)) => *more += 1,
                None => found.push((lack, name.clone(), 0)),
            }
        }
    }
    found
}

fn same_kind(left: &Shortfall, right: &Shortfall) -> bool {
    match (left, right) {
        (Shortfall::ContainerCpus { service: left, .. }, Shortfall::ContainerCpus { service: right, .. }) => {
            left == right
        }
        (Shortfall::CpuSum { measure: left, .. }, Shortfall::CpuSum { measure: right, .. }) => left == right,
        _ => discriminant(left) == discriminant(right),
    }
}
