//! `stackctl graph`: the stack as a picture.

use super::{Context, Exit, Failure, project::Project};
use crate::{
    picture::{self, Scene},
    resolve::{Profiles, ResolvedStack},
};

/// The language of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Picture {
    /// An image that stands on its own.
    Svg,
    /// A Mermaid flowchart.
    Mermaid,
    /// Graphviz' language.
    Dot,
    /// What is drawn, as data.
    Json,
}

/// What to draw.
#[derive(Debug)]
pub struct GraphOptions {
    /// One combination; empty draws everything that any profile activates.
    pub profiles: Vec<String>,
    /// How.
    pub picture: Picture,
}

/// Print the picture.
///
/// # Errors
/// When the stack has errors (exit 1) or a profile is unknown (exit 2).
pub fn run(context: &Context, options: &GraphOptions) -> Result<Exit, Failure> {
    let project = Project::load(context)?;
    let selected = project.select(context, &options.profiles)?;
    project.require_valid(context, "draw the stack")?;
    let profiles = Profiles::new(&project.parsed.stack);
    let scene = if options.profiles.is_empty() {
        Scene::every(&profiles)
    } else {
        Scene::of(&ResolvedStack::new(&profiles, &selected))
    };
    match options.picture {
        Picture::Svg => context.printer.data(&picture::draw(&scene)),
        Picture::Mermaid => context.printer.data(&picture::mermaid(&scene)),
        Picture::Dot => context.printer.data(&picture::dot(&scene)),
        Picture::Json => context.printer.document(&scene),
    };
    Ok(Exit::Done)
}
