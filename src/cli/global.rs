//! Options that every command takes.

use std::{path::PathBuf, sync::Arc};

use clap::{
    ArgAction, Args, ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
};

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
    #[arg(long, global = true, value_parser = text_format(), default_value = "human")]
    format: FormatArg,
    /// When to use colors
    #[arg(long, global = true, value_enum, default_value_t = ColorArg::Auto, value_name = "WHEN")]
    color: ColorArg,
    /// Print only errors on stderr
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Print more details on stderr
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "quiet")]
    verbose: u8,
}

/// Every value that some command's `--format` takes. It is one type, since clap holds what a command is given under the
/// global option's name as well.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum FormatArg {
    Human,
    Json,
    Text,
    Svg,
    Mermaid,
    Dot,
    Sarif,
}

fn format_of(values: &'static [&'static str]) -> impl TypedValueParser<Value = FormatArg> {
    PossibleValuesParser::new(values).try_map(|value| FormatArg::from_str(&value, false))
}

fn text_format() -> impl TypedValueParser<Value = FormatArg> {
    format_of(&["human", "json"])
}

/// The values of `validate`.
pub fn check_format() -> impl TypedValueParser<Value = FormatArg> {
    format_of(&["human", "json", "sarif"])
}

/// The values of `graph`.
pub fn picture_format() -> impl TypedValueParser<Value = FormatArg> {
    format_of(&["text", "svg", "mermaid", "dot", "json"])
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
            FormatArg::Json => Format::Json,
            _ => Format::Human,
        };
        let color = match self.color {
            ColorArg::Auto => Color::Auto,
            ColorArg::Always => Color::Always,
            ColorArg::Never => Color::Never,
        };
        Context {
            file: self.file.clone(),
            format,
            printer: Printer::new(color, self.quiet, self.verbose),
            engine: Arc::new(DockerEngine::default()),
        }
    }
}
