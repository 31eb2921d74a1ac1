//! One file per verb: the story of the command, no logic. Failures are turned into words in `failure`.

#[cfg(feature = "shop")]
mod browser;
pub mod budget;
pub mod compose;
pub mod compose_file;
mod context;
#[cfg(feature = "shop")]
pub mod demo;
pub mod doctor;
pub mod down;
mod environment;
pub mod exec;
mod failure;
pub mod graph;
pub mod image;
pub mod import;
pub mod init;
pub mod logs;
pub mod man;
pub mod names;
pub mod plan;
pub mod probe;
mod project;
pub mod render;
pub mod restart;
mod runs_on;
mod runtime;
pub mod schema;
pub mod secrets;
mod session;
#[cfg(feature = "shop")]
pub mod shop;
mod signal;
pub mod status;
pub mod suggest;
#[cfg(test)]
mod tests;
pub mod top;
pub mod traffic;
pub mod up;
pub mod validate;

pub use context::Context;
pub use failure::{Exit, Failure};
pub use signal::asked_to_stop;
