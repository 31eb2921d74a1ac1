//! What `up` would change, and why: the containers beside what Compose makes of the selection. Compose decides by a hash of
//! a service's configuration, which says that something changed and not what; every field is compared here, so that the
//! reason can be named, and so that what was changed behind Compose's back is seen.

mod changes;
mod compare;
mod desired;
mod drift;
mod format;
mod hide;
mod podman;

pub use changes::{Action, Change, Present, changes};
pub use compare::Reason;
pub use desired::{DesiredService, DesiredStack};
pub use drift::drifted;
pub use hide::hide_variables;
