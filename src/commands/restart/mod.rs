//! `stackctl restart`, `start` and `stop`.

mod options;
mod run;
mod swarm;

pub use options::{RestartOptions, Verb};
pub use run::run;
