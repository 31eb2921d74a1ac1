//! `import`, over Compose files written for it: each case of `cases/` holds one construct or combination.

pub mod cases;
mod generated;
mod oracle;
mod round_trip;
