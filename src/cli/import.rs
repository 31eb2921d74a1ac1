//! `stackctl import`.

use std::path::PathBuf;

use clap::Args;

use super::value_parsers::limits;
use crate::{
    commands::{self, Context, Exit, Failure, import::ImportOptions},
    model::{Bytes, Cpus},
};

/// Turn Compose files into a stack.toml that resolves to the same
#[derive(Debug, Args)]
#[command(
    after_help = "Without files: those that `docker compose` would find here. Nothing but stack.toml is written, and no limit, port or address \
                  is invented. Where `docker compose` is installed, both sides are resolved and compared."
)]
pub struct Import {
    /// Compose files, merged in this order [default: what `docker compose` finds here]
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The same, as `docker compose` takes them
    #[arg(short = 'f', value_name = "FILE", conflicts_with = "files")]
    compose_files: Vec<PathBuf>,
    /// File to write [default: stack.toml beside the first Compose file]
    #[arg(long, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Overwrite a stack.toml that exists
    #[arg(long)]
    force: bool,
    /// Write nothing; exit 1 if stack.toml (or what would be written) resolves to something else
    #[arg(long, conflicts_with = "force")]
    check: bool,
    /// Add limits to every service that has none: memory and CPUs, such as 512M,1.0
    #[arg(long, value_name = "MEMORY,CPUS", value_parser = limits)]
    limits: Option<(Bytes, Cpus)>,
    /// Add log rotation and `no-new-privileges` to every service that has neither
    #[arg(long)]
    harden: bool,
}

impl Import {
    /// Run the command.
    ///
    /// # Errors
    /// When it fails, with its exit code.
    pub fn run(self, context: &Context) -> Result<Exit, Failure> {
        let Self { files, compose_files, output, force, check, limits, harden } = self;
        let files = if files.is_empty() { compose_files } else { files };
        commands::import::run(context, &ImportOptions { files, output, force, check, limits, harden })
    }
}
