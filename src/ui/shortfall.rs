//! What an engine's machine lacks, in words, and how a shortfall is reported.

use serde_json::{Value, json};

use super::{Paint, Tone, counted};
use crate::{
    budget::{Machine, Measure, Shortfall},
    model::Bytes,
};

/// One thing that the machine does not have.
pub fn text(shortfall: &Shortfall, machine: &Machine) -> String {
    match shortfall {
        Shortfall::Memory { limits, beside } => {
            let limits = Measure::Memory.text(*limits);
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
            let (sum, cpus) = (measure.text(*sum), machine.cpus);
            format!("CPU {what} add up to {sum}, and the engine has {cpus}: services are slower under load")
        }
    }
}

/// A line for people: what a combination lacks, and how many `more` lack the same. Ends with a line feed.
pub fn human(is_error: bool, combination: &str, text: &str, more: usize, paint: Paint) -> String {
    let (word, tone) = if is_error { ("error", Tone::Bad) } else { ("warning", Tone::Near) };
    let more = match more {
        0 => String::new(),
        more => format!(" (and in {} more)", counted(more, "combination")),
    };
    format!("  {}: {combination}: {text}{more}\n", paint.text(tone, word))
}

/// The same for programs.
pub fn json(is_error: bool, combination: &str, text: &str, more: usize) -> Value {
    json!({
        "severity": if is_error { "error" } else { "warning" },
        "message": text,
        "combination": combination,
        "more_combinations": more,
    })
}
