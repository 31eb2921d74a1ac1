//! A stack and a selection of profiles become the resolved stack that everything else reads.

mod excluded;
mod exclusions;
mod profiles;
mod stack;

pub use excluded::Excluded;
pub use exclusions::Exclusions;
pub use profiles::Profiles;
pub use stack::{ResolvedStack, apply};
