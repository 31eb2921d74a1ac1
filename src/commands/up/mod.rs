//! `stackctl up`: judge the stack, make what it needs, start it, and watch until it is really up.

mod options;
mod outcome;
mod placement;
mod preflight;
mod prepare;
mod run;
mod start;
pub mod swarm;

pub use options::UpOptions;
pub use run::run;
#[cfg(test)]
pub use run::run_until;
