//! The only place that prints.

mod live;
pub mod log;
mod printer;

pub use live::LiveLine;
pub use printer::{Color, Format, Printer};
