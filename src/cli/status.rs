//! `stackctl status`.

use clap::Args;

use super::values::target;
use crate::{
    commands::{self, Context, Exit, Failure},
    render::Target,
};

/// The running stack: what each service does, its health, its memory
#[derive(Debug, Args)]
#[command(after_help = "Selected is what the last `stackctl up` selected, unless --profile says otherwise.")]
pub struct Status {
    /// Judge by this selection instead; repeat it to combine profiles (`core` is the default alone)
    #[arg(long = "profile", value_name = "PROFILE")]
    profiles: Vec<String>,
    /// Show what runs there [default: where it runs, Docker Compose first]
    #[arg(long, value_parser = target())]
    target: Option<Target>,
}

impl Status {
    pub fn run(self, context: &Context) -> Result<Exit, Failure> {
        commands::status::run(context, &self.profiles, self.target)
    }
}
