//! The stack as text: the Compose file, its overlays, side files and the image's Dockerfile, and how all of them get into
//! `generated/`. [`render()`] is pure apart from reading `templates/`; [`Comparison`] and [`write()`] own the folder.

mod compare;
mod compose;
mod diagnostics;
mod error;
mod image;
mod loss;
mod manifest;
mod names;
mod output;
mod path_guard;
mod paths;
mod project;
mod read_back;
mod renderer;
mod resources;
mod service_keys;
mod sidefile;
mod swarm;
mod tables;
mod target;
mod template;
mod template_depth;
mod tree;
mod write;
mod yaml;

pub use crate::fs::FolderError as WriteError;
pub use compare::{Change, Comparison, Conflict, unified_diff};
pub use compose::{COMPOSE_FILE, overlay_file};
pub use diagnostics::CODES;
pub use error::RenderError;
pub use image::Image;
pub use names::FOLDER;
pub use output::GeneratedFile;
pub use project::{Rendered, mistakes, render};
pub use renderer::Selection;
pub use swarm::STACK_FILE;
pub use target::Target;
pub use write::{Outcome, write};
