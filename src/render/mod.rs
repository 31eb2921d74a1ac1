//! The stack as text: the Compose file, its overlays, side files and the image's Dockerfile, and how all of them get into
//! `generated/`. [`project`] is pure apart from reading `templates/`; [`write`] owns the folder.

mod comments;
mod compose;
mod diagnostics;
mod image;
mod mounts;
mod overlay;
mod paths;
mod project;
mod resources;
mod service;
mod sidefile;
mod template;
mod toplevel;
mod yaml;

/// The file of `generated/` that says what stackctl wrote last.
pub const MANIFEST_FILE: &str = ".stackctl.json";

pub use compose::{COMPOSE_FILE, overlay_file};
pub use diagnostics::CODES;
pub use image::Image;
pub use project::{GeneratedFile, Input, Rendered, project};
