//! Values of log options: one file per group of drivers.

mod problem;
mod remote;
mod rotation;
mod rule;
mod tag;

pub(super) use rule::{CODES, check};
