//! A stack and a selection of profiles become the resolved stack that everything else reads.

mod profiles;
mod stack;

pub use profiles::Profiles;
pub use stack::{ResolvedStack, apply};
