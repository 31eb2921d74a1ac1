//! `generated/docker-stack.yml` for `docker stack deploy`: a serializer of its own, since Swarm refuses some of Compose's
//! keys and silently ignores others. What Swarm does not support is collected and reported.

mod document;
mod mounts;
mod names;
mod networks;
mod ports;
mod refused;
mod service;
mod tables;
mod variables;

use super::renderer::Renderer;

pub use names::STACK_FILE;

/// Docker Swarm.
pub const RENDERER: Renderer = Renderer {
    name: "swarm",
    title: "Swarm",
    manifest: ".stackctl-swarm.json",
    takes_selection: true,
    paths: document::paths,
    render: document::render,
};
