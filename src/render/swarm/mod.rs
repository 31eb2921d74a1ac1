//! `generated/docker-stack.yml` for `docker stack deploy`: a serializer of its own, since Swarm refuses some of Compose's
//! keys and silently ignores others. What it cannot hold is collected and told.

mod document;
mod loss;
mod mounts;
mod networks;
mod ports;
mod refused;
mod service;
mod tables;
mod variables;

use crate::model::PathBase;

/// `docker stack` has no option for it: a path counts from the folder of the stack file.
const BASE: PathBase = PathBase::Generated;

pub use document::{STACK_FILE, Swarm, file};
pub use loss::{Loss, Losses};
pub use refused::mistakes;
