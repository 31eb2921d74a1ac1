//! A running traffic engine, as a terminal shows it.

mod chart;
mod event;
mod view;

pub use event::{Event, Past, Watched};
pub use view::draw;
