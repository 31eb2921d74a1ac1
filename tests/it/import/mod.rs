//! `import`, over Compose files written for it: each case of `cases/` holds one construct or combination.

mod bad_input;
mod cases;
mod command;
mod generated;
mod oracle;
mod pairs;
mod round_trip;
