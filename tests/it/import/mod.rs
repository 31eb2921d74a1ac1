//! `import`, over Compose files written for it: each case of `cases/` holds one construct or combination.

mod bad_input;
pub mod cases;
mod command;
mod generated;
mod guide;
mod oracle;
mod pairs;
mod round_trip;
