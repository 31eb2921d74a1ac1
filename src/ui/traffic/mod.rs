//! A running traffic engine, as a terminal shows it.

mod chart;
mod event;
pub mod status;
mod view;

pub use event::{Event, Past, Watched};
pub use view::draw;
