//! Suggested limits beside what is in force and what was measured.

use std::time::Duration;

use serde_json::{Value, json};

use super::table::table;
use crate::{
    budget::{CPU_MARGIN, CPU_RESERVATION_MARGIN, Doubt, MEMORY_MARGIN, RESERVATION_MARGIN, Suggestion},
    model::{Budget, Bytes, Cpus, Resources},
};

/// The results of `budget suggest`.
#[derive(Debug)]
pub struct Report<'a> {
    /// How long was measured.
    pub window: Duration,
    /// One a service.
    pub suggestions: &'a [Suggestion],
    /// What speaks against them.
    pub doubts: &'a [Doubt],
    /// Services without a suggestion, with the reason.
    pub left_out: &'a [(String, &'static str)],
    /// The engine's machine as the budget of a stack that has none and would lack no limit.
    pub whole_machine: Option<&'a Budget>,
    /// Whether there is a stack.toml to write to.
    pub writable: bool,
    /// Proved: every combination would fit the budget.
    pub fits: bool,
    /// What would not be proved, where nothing is over the budget.
    pub unproved: Option<String>,
}

impl Report<'_> {
    /// For people: a table, how the figures come about, what is left out.
    pub fn human(&self) -> String {
        let rows = self.suggestions.iter().map(|it| {
            let evidence = &it.evidence;
            let used = |bytes: u64| Bytes(bytes).rounded();
            vec![
                it.service.clone(),
                format!("{} to {}", used(evidence.memory_median), used(evidence.memory_max)),
                change(&it.limits, |it| it.memory.map(|it| it.to_string())),
                margin(it),
                change(&it.reservations, |it| it.memory.map(|it| it.to_string())),
                format!("{:.2} to {:.2}", evidence.cpu_mean, evidence.cpu_max),
                change(&it.limits, |it| it.cpus.map(|it| it.to_string())),
                change(&it.reservations, |it| it.cpus.map(|it| it.to_string())),
                remark(it),
            ]
        });
        let headings = [
            "service",
            ">memory used",
            "limit",
            ">margin",
            "reserved",
            ">CPUs used",
            "limit",
            "reserved",
            "",
        ];
        let mut text = if self.suggestions.is_empty() { String::new() } else { table(headings, rows) + "\n" };
        text.push_str(&format!(
            "measured for {}s, while the services used {:.2} CPUs in the mean\n\
             per container: memory from median to maximum, CPUs from mean to maximum; margin: the memory limit beside that maximum\n\
             limits: {MEMORY_MARGIN} x the maximum memory, not below the kernel's peak, and {CPU_MARGIN} x the maximum CPUs;\n\
             reservations: {RESERVATION_MARGIN} x the median memory and {CPU_RESERVATION_MARGIN} x the mean CPUs; values \
             that are close already are kept\n",
            self.window.as_secs(),
            self.cpus()
        ));
        for (service, why) in self.left_out {
            text.push_str(&format!("no suggestion for {service}: {why}\n"));
        }
        for doubt in self.doubts {
            text.push_str(&format!("warning: {}\n", doubt.text()));
        }
        text + &self.conclusion() + "\n"
    }

    /// What all services used, in the mean.
    fn cpus(&self) -> f64 {
        // Not `sum`, which makes -0 of nothing.
        self.suggestions.iter().fold(0.0, |sum, it| sum + it.evidence.cpu_mean)
    }

    fn conclusion(&self) -> String {
        let whole = self.whole_machine.and_then(|budget| budget.memory.zip(budget.cpus));
        match (self.fits, whole, &self.unproved) {
            (true, Some((memory, cpus)), _) => {
                let writes = if self.writable { ", which `--write` makes the budget" } else { "" };
                format!("every combination would fit the engine's {memory} of memory and {cpus} CPUs{writes}")
            }
            (true, None, _) => "every combination would fit the budget".to_owned(),
            (false, _, Some(line)) => line.clone(),
            (false, Some(_), None) => "the stack would not fit the engine's machine".to_owned(),
            (false, None, None) => "the stack would not fit its budget".to_owned(),
        }
    }

    /// For programs.
    pub fn json(&self) -> Value {
        let pair = |now: Value, suggested: Value| json!({ "now": now, "suggested": suggested });
        let memory = |(now, new): &(Resources, Resources)| {
            pair(json!(now.memory.map(|it| it.0)), json!(new.memory.map(|it| it.0)))
        };
        let cpus = |(now, new): &(Resources, Resources)| {
            pair(json!(now.cpus.map(Cpus::as_f64)), json!(new.cpus.map(Cpus::as_f64)))
        };
        let services = self.suggestions.iter().map(|it| {
            let evidence = &it.evidence;
            json!({
                "service": it.service,
                "memory_limit_bytes": memory(&it.limits),
                "memory_reservation_bytes": memory(&it.reservations),
                "cpu_limit": cpus(&it.limits),
                "cpu_reservation": cpus(&it.reservations),
                "evidence": {
                    "samples": evidence.samples,
                    "memory_median_bytes": evidence.memory_median,
                    "memory_max_bytes": evidence.memory_max,
                    "memory_peak_bytes": evidence.memory_peak,
                    "cpu_mean": evidence.cpu_mean,
                    "cpu_max": evidence.cpu_max,
                    "restarts": evidence.restarts,
                    "oom_killed": evidence.oom_killed,
                },
            })
        });
        let left_out =
            self.left_out.iter().map(|(service, why)| json!({ "service": service, "reason": why }));
        json!({
            "window_seconds": self.window.as_secs_f64(),
            "cpus_used": self.cpus(),
            "doubts": self.doubts.iter().map(|it| it.key()).collect::<Vec<_>>(),
            "services": services.collect::<Vec<_>>(),
            "left_out": left_out.collect::<Vec<_>>(),
            "budget": self.whole_machine.map(|budget| json!({
                "memory_bytes": budget.memory.map(|bytes| bytes.0),
                "cpus": budget.cpus.map(Cpus::as_f64),
                "cpu_overcommit": budget.overcommit().map(Cpus::as_f64),
            })),
            "fits": self.fits,
        })
    }
}

fn change(pair: &(Resources, Resources), of: impl Fn(&Resources) -> Option<String>) -> String {
    let show = |it: Option<String>| it.unwrap_or_else(|| "none".to_owned());
    let (now, new) = (of(&pair.0), of(&pair.1));
    if now == new { show(now) } else { format!("{} -> {}", show(now), show(new)) }
}

/// How many times the maximum fits the memory limit.
fn margin(it: &Suggestion) -> String {
    let limit = it.limits.1.memory.unwrap_or_default().0;
    match it.evidence.memory_max {
        0 => String::new(),
        most => format!("{:.1}x", limit as f64 / most as f64),
    }
}

fn remark(it: &Suggestion) -> String {
    let mut parts = Vec::new();
    if it.evidence.oom_killed {
        parts.push("killed: out of memory".to_owned());
    }
    if it.evidence.restarts > 0 {
        parts.push(format!("restarted {} times", it.evidence.restarts));
    }
    parts.push(match it.evidence.memory_peak {
        Some(peak) => format!("peak {}", Bytes(peak).rounded()),
        None => "peak not measured".to_owned(),
    });
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{budget::Evidence, model::Service};

    #[test]
    fn as_a_person_reads_it() {
        let resources = |memory: u64, cpus| Resources {
            memory: Some(Bytes(memory << 20)),
            cpus: Cpus::parse(cpus).ok(),
            pids: None,
        };
        let service = Service {
            limits: resources(1024, "2"),
            reservations: resources(64, "0.5"),
            ..Service::default()
        };
        let evidence =
            Evidence { memory_peak: Some(300 << 20), ..Evidence::of(&[(100 << 20, 0.4), (110 << 20, 0.5)]) };
        let suggestions = [Suggestion::new("order-api", &service, evidence)];
        let left_out = [("jaeger".to_owned(), "it does not run")];
        let window = Duration::from_secs(300);
        let report = Report {
            window,
            suggestions: &suggestions,
            doubts: &[Doubt::Short, Doubt::Idle(0.0123)],
            left_out: &left_out,
            whole_machine: None,
            writable: true,
            fits: true,
            unproved: None,
        };
        insta::assert_snapshot!(report.human());
        insta::assert_snapshot!(format!("{:#}", report.json()));
    }

    #[test]
    fn nothing_was_measured() {
        let left_out = [("web".to_owned(), "it did not run long enough")];
        let report = Report {
            window: Duration::from_secs(2),
            suggestions: &[],
            doubts: &[Doubt::Short],
            left_out: &left_out,
            whole_machine: None,
            writable: true,
            fits: true,
            unproved: None,
        };
        assert!(
            report.human().starts_with("measured for 2s, while the services used 0.00 CPUs in the mean\n")
        );
        assert!(report.json()["cpus_used"].as_f64().is_some_and(f64::is_sign_positive));
    }
}
