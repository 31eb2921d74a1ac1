//! `stackctl render`.

use clap::Args;

use crate::commands::{self, Context, Exit, Failure, render::Options};

#[derive(Debug, Args)]
#[command(after_help = "Example: stackctl render --check   # exit 1 and a diff when generated/ is stale")]
pub struct Render {
    /// Write nothing; exit 1 with a diff when the files are stale
    #[arg(long, conflicts_with_all = ["stdout", "force"])]
    check: bool,
    /// Print the Compose file only
    #[arg(long, conflicts_with = "force")]
    stdout: bool,
    /// Overwrite files that were edited by hand
    #[arg(long)]
    force: bool,
}

impl Render {
    pub fn run(self, context: &Context) -> Result<Exit, Failure> {
        let options = Options { check: self.check, stdout: self.stdout, force: self.force };
        commands::render::run(context, &options)
    }
}
