//! `stackctl down`.

use clap::Args;

use crate::commands::{self, Context, Exit, Failure, down::Options};

/// Remove every container and network of the project, whatever its profile
#[derive(Debug, Args)]
#[command(after_help = "Generated secrets stay: volumes that know them may come back.")]
pub struct Down {
    /// Remove the volumes too, with all data; asks first
    #[arg(long)]
    volumes: bool,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

impl Down {
    pub fn run(self, context: &Context) -> Result<Exit, Failure> {
        commands::down::run(context, &Options { volumes: self.volumes, yes: self.yes })
    }
}
