//! `stackctl graph`.

use clap::Args;

use super::global::{FormatArg, picture_format};
use crate::commands::{
    Context, Exit, Failure,
    graph::{self, GraphOptions, Picture},
};

/// Draw the stack: services by profile, dependencies, published ports, memory
#[derive(Debug, Args)]
pub struct Graph {
    /// Draw one combination; repeat to combine profiles (`core` selects the default alone) [default: everything]
    #[arg(long = "profile", value_name = "PROFILE")]
    profiles: Vec<String>,
    // Takes the place of the global option of this name: clap passes that on only to commands without one.
    /// Output format
    #[arg(long, value_parser = picture_format(), default_value = "svg")]
    format: FormatArg,
}

impl Graph {
    pub fn run(self, context: &Context) -> Result<Exit, Failure> {
        let picture = match self.format {
            FormatArg::Svg | FormatArg::Human => Picture::Svg,
            FormatArg::Mermaid => Picture::Mermaid,
            FormatArg::Dot => Picture::Dot,
            FormatArg::Json => Picture::Json,
        };
        graph::run(context, &GraphOptions { profiles: self.profiles, picture })
    }
}
