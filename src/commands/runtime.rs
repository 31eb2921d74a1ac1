//! The runtime that a command waits on.

use std::time::Duration;

use anyhow::Context as _;
use tokio::{
    runtime::{Builder, Runtime},
    time::{Interval, MissedTickBehavior, interval},
};

use super::Failure;

/// A runtime that works while its caller waits in it.
///
/// # Errors
/// When the system gives no event queue (exit 3).
pub fn current_thread() -> Result<Runtime, Failure> {
    build(&mut Builder::new_current_thread())
}

/// A runtime with threads of its own, which works whatever its caller does.
///
/// # Errors
/// When the system gives no threads (exit 3).
#[cfg(feature = "shop")]
pub fn multi_thread() -> Result<Runtime, Failure> {
    build(&mut Builder::new_multi_thread())
}

fn build(builder: &mut Builder) -> Result<Runtime, Failure> {
    Ok(builder.enable_all().build().context("failed to start the runtime")?)
}

/// Ticks of this period, the first at once. One that comes late delays those that follow.
pub fn ticker(period: Duration) -> Interval {
    let mut ticker = interval(period);
    ticker.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticker
}

/// Run a command that waits for something else. In tests, what it waits for comes at once.
///
/// # Errors
/// When there is no runtime, and what the command fails with.
pub fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    #[cfg(not(test))]
    let runtime = current_thread()?;
    #[cfg(test)]
    let runtime = build(Builder::new_current_thread().start_paused(true))?;
    runtime.block_on(work)
}
