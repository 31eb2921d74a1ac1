//! Options that every command takes.

use std::{path::PathBuf, sync::Arc};

use clap::{ArgAction, Args};

use crate::{
    commands::Context,
    engine::docker::DockerEngine,
    ui::{Color, Format, Printer},
};

#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Path to the stack file, or to a Compose file (.yaml, .yml) [default: stack.toml here or in a parent folder]
    #[arg(long, global = true, value_name = "PATH")]
    file: Option<PathBuf>,
    /// Output format
    #[arg(long, global = true, value_parser = ["human", "json"], default_value = "human")]
    format: String,
    /// When to use colors
    #[arg(long, global = true, value_parser = ["auto", "always", "never"], default_value = "auto", value_name = "WHEN")]
    color: String,
    /// Print only errors on stderr
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Print more details on stderr
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "quiet")]
    verbose: u8,
}

impl Global {
    /// The plain form that commands read.
    pub fn context(&self) -> Context {
        let format = if self.format == "json" { Format::Json } else { Format::Human };
        let color = match self.color.as_str() {
            "always" => Color::Always,
            "never" => Color::Never,
            _ => Color::Auto,
        };
        Context {
            file: self.file.clone(),
            format,
            printer: Printer::new(color, self.quiet, self.verbose),
            engine: Arc::new(DockerEngine::default()),
        }
    }
}
