//! What speaks against taking suggested limits over as they are.

use std::time::Duration;

use super::suggest::Suggestion;

/// The shortest measurement that needs no confirmation: several rounds of periodic work, such as checks and flushes, fall into it.
const LEAST: Duration = Duration::from_secs(60);
/// CPUs of the busiest service, in the mean, below which nothing but health checks ran.
const IDLE: f64 = 0.02;

/// A reason not to trust a measurement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Doubt {
    /// It was short.
    Short,
    /// No service had anything to do; the CPUs of the busiest, in the mean.
    Idle(f64),
}

impl Doubt {
    /// The name in JSON.
    pub fn key(self) -> &'static str {
        match self {
            Self::Short => "short",
            Self::Idle(_) => "idle",
        }
    }

    /// For people.
    pub fn text(self) -> String {
        match self {
            Self::Short => format!(
                "it was measured for less than {} s: memory that grows and periodic work are not in the figures",
                LEAST.as_secs()
            ),
            Self::Idle(cpus) => format!(
                "the stack was idle, the busiest service used {cpus:.3} CPUs in the mean: limits for no load are too low for the usual one"
            ),
        }
    }
}

/// What speaks against these suggestions, measured for so long.
pub fn doubts(window: Duration, suggestions: &[Suggestion]) -> Vec<Doubt> {
    let busiest = suggestions.iter().map(|it| it.evidence.cpu_mean).reduce(f64::max);
    let short = (window < LEAST).then_some(Doubt::Short);
    let idle = busiest.filter(|cpus| *cpus < IDLE).map(Doubt::Idle);
    short.into_iter().chain(idle).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{budget::Evidence, model::Service};

    #[test]
    fn short_and_idle_measurements_are_doubted() {
        let of = |cpus| Suggestion::new("a", &Service::default(), Evidence::of(&[(1 << 20, cpus); 4]));
        let minute = Duration::from_secs(60);
        assert_eq!(doubts(minute, &[of(0.01), of(0.5)]), []);
        assert_eq!(doubts(minute, &[of(0.01), of(0.001)]), [Doubt::Idle(0.01)]);
        assert_eq!(doubts(Duration::from_secs(59), &[of(0.5)]), [Doubt::Short]);
        assert_eq!(doubts(minute, &[]), []);
    }
}
