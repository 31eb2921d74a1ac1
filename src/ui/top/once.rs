//! The use of the stack as a table.

use crate::{
    engine::status::{RunsOn, StackStatus},
    model::Bytes,
    ui::{
        Paint, columns,
        status::{in_use, on_swarm, unheld},
    },
};

/// A line for each service and one for all, ending with a line feed.
pub fn once(status: &StackStatus, paint: Paint) -> String {
    if status.runs_on == RunsOn::Swarm {
        let table = columns::rows(columns::TOP_SWARM, status, true, paint);
        return format!("{table}\non the swarm: {}\n", on_swarm(status));
    }
    let table = columns::rows(columns::TOP, status, true, paint);
    let Some(budget) = status.budget.memory_bytes else { return table + &unheld(status) };
    let used = in_use(status);
    format!("{table}\n{used}, of a budget of {}\n{}", Bytes(budget), unheld(status))
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::{
        engine::status::{BudgetUse, Replicas, ServiceStatus},
        ui::columns::{cores, cpus},
    };

    /// A stack of three services: one at its limit, one idle, one missing.
    pub fn status() -> StackStatus {
        let service = |name: &str, used: Option<u64>, cpu: Option<f64>| ServiceStatus {
            service: name.to_owned(),
            state: if used.is_some() { "running" } else { "missing" },
            health: if name != "postgres" { "none" } else { "healthy" },
            memory_bytes: used,
            memory_peak_bytes: used.map(|used| used + (30 << 20)),
            memory_limit_bytes: Some(512 << 20),
            memory_reservation_bytes: Some(256 << 20),
            cpu,
            cpu_limit: Some(1.0),
            selected: name != "redis",
            replicas: Replicas { found: 1, wanted: 1 },
            ..ServiceStatus::default()
        };
        let services = vec![
            service("postgres", Some((480 << 20) + 77_777), Some(0.873)),
            service("redis", Some(9 << 20), Some(0.0)),
            service("fulfillment-worker", None, None),
        ];
        let budget = BudgetUse { memory_bytes: Some(12 << 30), used_bytes: Some((489 << 20) + 77_777) };
        StackStatus { runs_on: RunsOn::Compose, services, budget, ..StackStatus::default() }
    }

    #[test]
    fn nothing_that_runs_uses_nothing() {
        let mut status = status();
        status.services.retain(|service| service.cpu.is_none());
        assert_eq!(cpus(Some(cores(&status, |it| it.cpu))), "0.00");
    }

    #[test]
    fn as_a_person_reads_it() {
        insta::assert_snapshot!(once(&status(), Paint { on: false }));
    }

    #[test]
    fn on_a_swarm_what_is_measured_is_counted() {
        let mut status = status();
        status.runs_on = RunsOn::Swarm;
        for (service, (measured, wanted)) in status.services.iter_mut().zip([(1, 3), (1, 1), (0, 2)]) {
            service.measured = Some(measured);
            service.replicas = Replicas { found: measured, wanted };
        }
        insta::assert_snapshot!(once(&status, Paint { on: false }));
    }
}
