//! The only place that prints.

pub mod budget;
mod live;
pub mod log;
mod paint;
mod printer;
pub mod report;

pub use live::LiveLine;
pub use paint::{Paint, Tone};
pub use printer::{Color, Format, Printer};
