//! `stackctl budget suggest`.

mod judge;
mod of_project;
mod stack;

pub use of_project::{of_project, stack as stack_of};
pub use stack::{SuggestOptions, run};
