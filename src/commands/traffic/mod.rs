//! `stackctl traffic`: the load, and the client of its control server.

mod change;
pub mod control;
mod drive;
mod options;
mod report;
mod run;
mod server;
mod table;
mod verdict;
mod watch;

pub use change::Change;
pub use options::{Rate, ReportTo, TrafficOptions};
pub use run::run;
#[cfg(feature = "shop")]
pub use run::run_beside;
