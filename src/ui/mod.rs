//! The only place that prints.

pub mod budget;
pub mod capacity;
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
pub mod pull;
pub mod report;
mod screen;
pub mod status;
mod steps;
pub(crate) mod streams;
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
