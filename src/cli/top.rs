//! `stackctl top`.

use clap::Args;

use super::values::target;
use crate::{
    commands::{self, Context, Exit, Failure, top::TopOptions},
    render::Target,
};

/// What the running stack uses, live beside reservation and limit
#[derive(Debug, Args)]
#[command(after_help = "On a terminal `q` quits; in a pipe it prints once.")]
pub struct Top {
    /// Print one reading
    #[arg(long)]
    once: bool,
    /// What counts as selected; repeat it to combine profiles [default: what the last `up` selected]
    #[arg(long = "profile", value_name = "PROFILE")]
    profiles: Vec<String>,
    /// Show what runs there [default: where it runs, Docker Compose first]
    #[arg(long, value_parser = target())]
    target: Option<Target>,
}

impl Top {
    pub fn run(self, context: &Context) -> Result<Exit, Failure> {
        let Self { profiles, once, target } = self;
        commands::top::run(context, &TopOptions { profiles, once, target })
    }
}
