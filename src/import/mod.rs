//! From Compose files to a stack.toml that is right: translated, allowed where Compose accepts what stackctl reports, and compared
//! with the Compose files by Compose itself.

mod additions;
mod allow;
mod compare;
mod normal;
mod other_values;
mod selections;
mod stack_file;
mod verify;

pub use additions::Additions;
pub use compare::{Difference, differences};
pub use other_values::other_values;
pub use stack_file::{Imported, Places, Request, import};
pub use verify::{Comparison, Proof, Verified, verify};
