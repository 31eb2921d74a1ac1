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
mod tests {
    use super::*;
    use crate::{
        engine::status::Replicas,
        ui::{
            columns::{cores, cpus},
            top::sample::status,
        },
    };

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
