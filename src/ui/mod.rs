//! The only place that prints.

pub mod log;
mod printer;

pub use printer::{Color, Format, Printer};
