//! The stack as text: the Compose file, its overlays, side files and the image's Dockerfile, and how all of them get into
//! `generated/`. [`project`] is pure apart from reading `templates/`; [`Comparison`] and [`write()`] own the folder.

mod comments;
mod compare;
mod compose;
mod depth;
mod diagnostics;
mod error;
mod image;
mod inside;
mod manifest;
mod mounts;
mod overlay;
mod paths;
mod project;
mod read_back;
mod resources;
mod service;
mod sidefile;
mod swarm;
mod template;
mod toplevel;
mod write;
mod yaml;

/// The folder of everything that stackctl renders, beside stack.toml.
pub const FOLDER: &str = "generated";
/// The file of `generated/` that says what stackctl wrote last.
pub const MANIFEST_FILE: &str = ".stackctl.json";
/// The same of `render --target swarm`.
pub const SWARM_MANIFEST_FILE: &str = ".stackctl-swarm.json";

pub use crate::fs::FolderError as WriteError;
pub use compare::{Change, Comparison, Conflict};
pub use compose::{COMPOSE_FILE, overlay_file};
pub use diagnostics::CODES;
pub use error::RenderError;
pub use image::Image;
pub use project::{GeneratedFile, Rendered, Target, mistakes, project, swarm as swarm_project};
pub use swarm::{Loss, STACK_FILE};
pub use write::{Outcome, write};
