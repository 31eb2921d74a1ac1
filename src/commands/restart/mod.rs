//! `stackctl restart`, `start` and `stop`.

mod options;
mod run;
mod swarm;

pub use options::{RestartOptions, Verb};
pub use run::run;
#[cfg(test)]
pub use run::run_until;
