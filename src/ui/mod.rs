//! The only place that prints.

pub mod budget;
mod live;
pub mod log;
pub mod machine;
mod paint;
pub mod plan;
mod printer;
pub mod report;
pub mod status;
pub mod suggest;
pub mod top;
mod words;

pub use live::LiveLine;
pub use paint::{Paint, Tone};
pub use printer::{Color, Format, Printer};
pub use words::counted;
