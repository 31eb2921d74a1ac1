//! `stackctl graph`: the stack as a picture.

use std::{
    io::{IsTerminal, stdout},
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use super::{Context, Exit, Failure, project::Project};
use crate::{
    fs::Output,
    picture::{self, Scene},
    resolve::{Profiles, ResolvedStack},
    text::escape_json,
};

/// The language of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Picture {
    /// A tree in text, for a terminal.
    Text,
    /// An image that stands on its own.
    Svg,
    /// A Mermaid flowchart.
    Mermaid,
    /// Graphviz' language.
    Dot,
    /// What is drawn, as data.
    Json,
}

impl Picture {
    /// The language of this name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "text" => Some(Self::Text),
            "svg" => Some(Self::Svg),
            "mermaid" => Some(Self::Mermaid),
            "dot" => Some(Self::Dot),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    /// What a file of this name holds.
    fn of_file(path: &Path) -> Result<Self, Failure> {
        match path.extension().and_then(|it| it.to_str()) {
            Some("txt") => Ok(Self::Text),
            Some("svg") => Ok(Self::Svg),
            Some("mmd" | "mermaid") => Ok(Self::Mermaid),
            Some("dot" | "gv") => Ok(Self::Dot),
            Some("json") => Ok(Self::Json),
            _ => {
                let message = format!("no picture is known by the ending of {}", path.display());
                Err(Failure::new(Exit::Usage, message)
                    .hint("name it .txt, .svg, .mmd, .dot or .json, or give `--format`"))
            }
        }
    }
}

/// What to draw.
#[derive(Debug)]
pub struct GraphOptions {
    /// One combination; empty draws everything that any profile activates.
    pub profiles: Vec<String>,
    /// How; by default what the file's name ends with, a tree on a terminal, and SVG elsewhere.
    pub picture: Option<Picture>,
    /// Where to; stdout without one.
    pub output: Option<PathBuf>,
}

/// Print the picture, or write it.
///
/// # Errors
/// When the stack has errors (exit 1), a profile or the file's ending is unknown (exit 2) or the file cannot be written (exit 3).
pub fn run(context: &Context, options: &GraphOptions) -> Result<Exit, Failure> {
    let picture = match (options.picture, &options.output) {
        (Some(picture), _) => picture,
        (None, Some(path)) => Picture::of_file(path)?,
        (None, None) if stdout().is_terminal() => Picture::Text,
        (None, None) => Picture::Svg,
    };
    let project = Project::load(context)?;
    let selected = project.select(context, &options.profiles)?;
    project.require_valid(context, "draw the stack")?;
    let profiles = Profiles::new(&project.parsed.stack);
    let scene = if options.profiles.is_empty() {
        Scene::every(&profiles)
    } else {
        Scene::of(&ResolvedStack::new(&profiles, &selected))
    };
    let text = match picture {
        Picture::Text => picture::tree(&scene),
        Picture::Svg => picture::draw(&scene),
        Picture::Mermaid => picture::mermaid(&scene),
        Picture::Dot => picture::dot(&scene),
        Picture::Json => {
            let json = serde_json::to_string_pretty(&scene).context("failed to write the picture as JSON")?;
            escape_json(&(json + "\n")).into_owned()
        }
    };
    match &options.output {
        Some(path) => write(context, path, &text)?,
        None => {
            context.printer.data(&text);
        }
    }
    Ok(Exit::Done)
}

/// Write a picture, in place of one that is there.
pub(super) fn write(context: &Context, path: &Path, text: &str) -> Result<(), Failure> {
    let shown = path.display();
    Output::open(path)
        .and_then(|output| output.write(text.as_bytes()))
        .with_context(|| format!("failed to write {shown}"))?;
    context.printer.note(&format!("wrote {shown}"));
    Ok(())
}
