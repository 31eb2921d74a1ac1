//! The command line: clap lives here and nowhere else. Arguments become plain options, options one command, and its
//! outcome an exit code.

mod budget;
mod command;
mod completions;
mod compose_words;
#[cfg(feature = "shop")]
mod demo;
mod examples;
mod exec;
mod global;
mod groups;
mod import;
mod line;
mod man;
mod plugin;
mod render;
mod restart;
mod run;
#[cfg(feature = "shop")]
mod shop;
mod traffic;
mod up;
mod value_parsers;

pub use run::run;
