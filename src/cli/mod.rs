//! The command line: clap lives here and nowhere else. Arguments become plain options, options one command, and its
//! outcome an exit code.

mod budget;
mod command;
mod completions;
#[cfg(feature = "shop")]
mod demo;
mod examples;
mod global;
mod import;
mod man;
mod render;
mod run;
#[cfg(feature = "shop")]
mod shop;
mod traffic;
mod up;
mod value_parsers;

pub use run::run;
