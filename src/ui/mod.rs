//! The only place that prints.

mod printer;

pub use printer::{Color, Format, Printer};
