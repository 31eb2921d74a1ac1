//! The only place that prints.

pub mod assumes;
pub mod budget;
pub mod budget_services;
pub mod capacity;
mod columns;
pub mod disk;
pub mod doctor;
pub mod failures;
pub mod import;
pub mod log;
pub mod logs;
mod output;
mod paint;
pub mod plan;
mod printer;
pub mod pull;
pub mod report;
pub mod sarif;
mod screen;
pub mod shortfall;
pub mod status;
mod status_line;
mod step_lines;
mod steps;
mod streams;
pub mod suggest;
pub mod swarm_capacity;
mod table;
#[cfg(test)]
pub mod testing;
mod theme;
pub mod top;
pub mod traffic;

pub use crate::text::{all_counted, counted, listed};
pub use paint::{Paint, Tone};
pub use printer::{Color, Format, Printer};
pub use screen::{Input, Key, Screen, terminal_width};
pub use status_line::StatusLine;
pub use step_lines::Mark;
pub use steps::Steps;
