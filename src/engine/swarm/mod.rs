//! The stack on a swarm: nodes and tasks as plain values, `docker stack deploy`, and whether services converge.

mod converge;
mod deploy;
mod deployed;
mod observe;
mod remove;
mod status;

pub use converge::{Convergence, Goal, ServiceProgress};
pub use deploy::{DeployError, deploy, restart};
pub use deployed::{StackParts, StackService};
pub use observe::{StackTask, TaskState};
pub use remove::remove;
pub use status::{Swarm, status};
