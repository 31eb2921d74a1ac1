//! `stackctl down`.

use clap::Args;

use super::values::target;
use crate::{
    commands::{self, Context, Exit, Failure, down::DownOptions},
    render::Target,
};

/// Remove every container and network of the project, whatever its profile, and its stack on the swarm
#[derive(Debug, Args)]
#[command(after_help = "Generated secrets stay: volumes that know them may come back.")]
pub struct Down {
    /// Remove the volumes too, with all data; asks first
    #[arg(long)]
    volumes: bool,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// Only what runs there [default: both]
    #[arg(long, value_parser = target())]
    target: Option<Target>,
}

impl Down {
    pub fn run(self, context: &Context) -> Result<Exit, Failure> {
        let Self { volumes, yes, target } = self;
        commands::down::run(context, &DownOptions { volumes, yes, target })
    }
}
