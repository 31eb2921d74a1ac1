//! `stackctl up`: judge the stack, make what it needs, start it, and watch until it is really up.

mod earlier;
mod options;
mod outcome;
mod placement;
mod preflight;
mod prepare;
pub mod rollout;
mod run;
mod start;
pub mod swarm;

pub use options::UpOptions;
pub use outcome::{Outcome, Words};
pub use placement::sites;
pub use prepare::files;
pub use run::{run, unless_stopped, with_last_line};
pub use start::Start;
