//! The budget proof: resolved stacks become a ledger, the ledger becomes a verdict. Arithmetic only.
//!
//! SPEC section 5 asks of every combination of profiles whether its sums stay within the budget. With n profiles there are
//! up to 2^n combinations, so they are not listed:
//! - [`Ledger`] holds the exact sums, [`Bounds`] what they may reach;
//! - `space` says which sets of profiles are combinations, `representative` which one stands for each, `count` counts them;
//! - `contribution` writes the ledger of a combination as a sum of pieces that depend on few profiles each, in time linear
//!   in the services, and bounds it from above for many combinations at once;
//! - `search` finds the largest combinations best-first and proves that none fails, `smallest` finds the smallest that do;
//! - [`prove`] puts the answers together.
//!
//! docs/budget-search.md explains the search on one page.
//!
//! Every answer is exact. Each question has a fixed effort, counted in work so that the answer is the same on every machine;
//! when a stack's overlays are so entangled that it does not suffice, [`Verdict::unanswered`] says what is open, and "fits" is
//! claimed only where it is proved.

mod capacity;
mod contribution;
mod count;
mod doubts;
mod effort;
mod ledger;
mod machine;
mod placement;
mod report;
mod representative;
mod search;
mod services;
mod set;
mod sizes;
mod smallest;
mod space;
mod suggest;
mod suggestions;
mod uncovered;
mod unproved;
mod verdict;

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod scale;

pub use capacity::Capacity;
pub use doubts::{Doubt, doubts};
pub use ledger::{Bounds, Ledger, Measure, Need};
pub use machine::{Machine, Shortfall};
pub use placement::{Demand, Placement, Share, Site, SwarmCapacity, place};
pub use report::Report;
pub use services::{Heaviest, ServiceShare, heaviest, service_shares};
pub use suggest::{
    CPU_MARGIN, CPU_RESERVATION_MARGIN, Evidence, MEMORY_MARGIN, RESERVATION_MARGIN, Suggestion,
};
pub use suggestions::Suggestions;
pub use verdict::{Row, Scope, Unanswered, Verdict, prove};
