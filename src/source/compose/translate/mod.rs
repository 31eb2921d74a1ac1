//! A tree in Compose's shape becomes one in the shape of stack.toml. Places and comments stay with their values; what is written
//! differently, dropped or renamed on the way is a [`Decision`].
//!
//! Most keys of a service mean the same in both and are carried over. A value that Compose refuses is carried over as well: the
//! decoders of stack.toml refuse it with the same reason, at its place.

mod carry;
mod defaults;
mod dependencies;
mod figures;
mod found;
mod logging;
mod ports;
mod profiles;
mod project;
mod service;
#[cfg(test)]
mod tests;
mod tree;

pub use super::decision::{ADDED, Action, CODES, Decision, LOST};
pub use project::{Options, Translated, translate};
pub use tree::at;
