//! Whether a stack is really up: a judgement over what was observed, without the engine.
//!
//! `docker compose up --wait` calls a crash loop without a health check healthy, and a one-shot that no service waits for a
//! failure. Here a container is up when its health check passes; without one, when it has run for [`history::STABLE_AFTER`]
//! without a break; or when it ended with 0 and nothing will start it again.

mod container;
mod history;
mod phase;
mod stack;
#[cfg(test)]
mod tests;
mod trouble;

pub use phase::Phase;
pub use stack::Watch;
pub use trouble::{Reason, Trouble};
