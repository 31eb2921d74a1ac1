//! The traffic engine against real servers on the loopback interface. Bounds are those of statistics and of what a busy
//! machine can keep; timing itself is measured in benches/.

pub mod command;
mod control;
mod engine;
mod faults;
#[cfg(target_os = "linux")]
mod peers;
pub mod report;
mod spans;
pub mod target;
mod watch;
