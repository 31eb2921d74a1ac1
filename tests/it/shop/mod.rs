//! The order shop: in one process everywhere, and as processes with real servers where there are any.

mod bounds;
mod chain;
mod client;
pub mod collector;
#[cfg(target_os = "linux")]
mod containers;
mod demo;
#[cfg(target_os = "linux")]
mod events;
#[cfg(target_os = "linux")]
mod kill;
#[cfg(target_os = "linux")]
mod parts;
#[cfg(target_os = "linux")]
mod processes;
mod trace;
