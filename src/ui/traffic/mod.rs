//! A running traffic engine, as a terminal shows it.

#[cfg(feature = "shop")]
mod banner;
mod chart;
mod event;
mod format;
pub mod status;
mod summary;
mod view;

#[cfg(feature = "shop")]
pub use banner::banner;
pub use event::{Event, Past, Watched};
pub use summary::{Check, summary};
pub use view::draw;
