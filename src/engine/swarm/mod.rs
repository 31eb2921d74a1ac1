//! The stack on a swarm: nodes and tasks as plain values, `docker stack deploy`, and whether services converge.

mod converge;
mod deploy;
mod observe;

pub use converge::{Convergence, Progress, Wanted};
pub use deploy::{DeployError, deploy};
pub use observe::{Node, StackTask, TaskState};
