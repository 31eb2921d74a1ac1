//! Live use beside reservation and limit: once as a table, or on the whole terminal.

mod once;
mod screen;
mod view;

pub use once::once;
pub use screen::Screen;
