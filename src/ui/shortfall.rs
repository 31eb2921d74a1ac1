//! What an engine's machine lacks, in words.

use crate::{
    budget::{Machine, Measure, Shortfall},
    model::{Bytes, Cpus},
};

/// One thing that the machine does not have.
pub fn text(shortfall: &Shortfall, machine: &Machine) -> String {
    match shortfall {
        Shortfall::Memory { limits, beside } => {
            let limits = Bytes(u64::try_from(*limits).unwrap_or(u64::MAX));
            let beside = match beside {
                0 => String::new(),
                beside => format!(" with {} of what else runs", Bytes(*beside)),
            };
            format!("memory limits add up to {limits}{beside}, and the engine has {}", machine.memory)
        }
        Shortfall::ContainerCpus { service, limit } => {
            format!("the CPU limit of {service} is {limit}, and the engine has {}", machine.cpus)
        }
        Shortfall::CpuSum { measure, sum } => {
            let what = if *measure == Measure::CpuLimit { "limits" } else { "reservations" };
            let sum = Cpus { nanos: u64::try_from(*sum).unwrap_or(u64::MAX) };
            format!(
                "CPU {what} add up to {sum}, and the engine has {}: services are slower under load",
                machine.cpus
            )
        }
    }
}
