//! Live use beside reservation and limit: once as a table, or on the whole terminal.

pub mod all;
mod bar;
mod choice;
mod foot;
mod grid;
mod heads;
mod once;
mod page;
#[cfg(test)]
mod sample;
mod view;

pub use choice::{Choice, Order, Wish};
pub use once::once;
pub use view::{StackView, draw, order};
