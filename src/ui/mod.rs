//! The only place that prints.

pub mod budget;
mod columns;
pub mod doctor;
mod live;
pub mod log;
pub mod logs;
pub mod machine;
mod output;
mod paint;
pub mod plan;
mod printer;
pub mod report;
mod screen;
pub mod status;
mod steps;
pub mod suggest;
mod table;
pub mod top;
pub mod traffic;
pub mod troubles;

pub use crate::text::counted;
pub use live::LiveLine;
pub use paint::{Paint, Tone};
pub use printer::{Color, Format, Printer};
pub use screen::{Screen, Wish};
pub use steps::{Mark, Steps};
