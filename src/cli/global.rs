//! Options that every command takes.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};

use crate::{
    commands::Context,
    ui::{Color, Format, Printer},
};

#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// The stack file [default: stack.toml here or in a parent folder]
    #[arg(long, global = true, value_name = "PATH")]
    file: Option<PathBuf>,
    /// What stdout carries
    #[arg(long, global = true, value_enum, default_value_t = FormatArg::Human)]
    format: FormatArg,
    /// When to colour
    #[arg(long, global = true, value_enum, default_value_t = ColorArg::Auto, value_name = "WHEN")]
    color: ColorArg,
    /// Only errors on stderr
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Say more on stderr
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "quiet")]
    verbose: u8,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FormatArg {
    Human,
    Json,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ColorArg {
    Auto,
    Always,
    Never,
}

impl Global {
    /// The plain form that commands read.
    pub fn context(&self) -> Context {
        let format = match self.format {
            FormatArg::Human => Format::Human,
            FormatArg::Json => Format::Json,
        };
        let color = match self.color {
            ColorArg::Auto => Color::Auto,
            ColorArg::Always => Color::Always,
            ColorArg::Never => Color::Never,
        };
        Context { file: self.file.clone(), format, printer: Printer::new(color, self.quiet, self.verbose) }
    }
}
