//! Values of services that Compose accepts and the engine refuses: one file per kind of value.

mod address;
mod attachment;
mod capability;
mod cpu_time;
mod fault;
mod mount;
mod namespace;
mod platform;
mod process;
mod rule;
mod security;
mod signal;
mod sysctl;
mod tmpfs;
mod ulimit;

pub(super) use rule::{CODES, check};
pub(super) use security::is_bool;
