//! `generated/docker-stack.yml` for `docker stack deploy`: a serializer of its own, since Swarm refuses some of Compose's
//! keys and silently ignores others. What it cannot hold is collected and told.

mod document;
mod loss;
mod mounts;
mod networks;
mod ports;
mod service;
mod tables;
mod variables;

pub use document::{STACK_FILE, Swarm, file};
pub use loss::{Loss, Losses};
