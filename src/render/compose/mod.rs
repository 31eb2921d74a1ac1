//! `generated/docker-compose.yml` and its overlay files, for `docker compose`.

mod comments;
mod document;
mod mounts;
mod names;
mod overlay;
mod ports;
mod service;

use super::renderer::Renderer;

pub use names::{COMPOSE_FILE, overlay_file};

/// Docker Compose.
pub const RENDERER: Renderer = Renderer {
    name: "compose",
    title: "Docker Compose",
    manifest: ".stackctl.json",
    takes_selection: false,
    paths: document::paths,
    render: document::render,
};
