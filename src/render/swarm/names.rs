//! The name of Swarm's file, and from where its paths count.

use crate::model::PathBase;

/// The name of the file in `generated/`.
pub const STACK_FILE: &str = "docker-stack.yml";

/// `docker stack` has no option for it: a path counts from the folder of the stack file.
pub const BASE: PathBase = PathBase::Generated;
