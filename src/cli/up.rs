//! `stackctl up`.

use std::time::Duration;

use clap::Args;

use super::values::duration;
use crate::commands::{self, Context, Exit, Failure, up::Options};

/// Start the stack, and watch until it is really up: judged, budgeted, rendered, built, started
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stackctl up                                  # the core services
  stackctl up --profile tracing --timeout 10m  # and those of a profile
  stackctl up --remove-unselected              # the core services, and nothing else")]
pub struct Up {
    /// Enable a profile; repeat it to combine profiles (`core` is the default alone)
    #[arg(long = "profile", value_name = "PROFILE")]
    profiles: Vec<String>,
    /// Start everything and do not wait until it is up
    #[arg(long, conflicts_with = "timeout")]
    no_wait: bool,
    /// How long everything may take to be up; pulling and building are not counted
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration)]
    timeout: Duration,
    /// Remove what runs and is not selected; its volumes stay
    #[arg(long)]
    remove_unselected: bool,
}

impl Up {
    pub fn run(self, context: &Context) -> Result<Exit, Failure> {
        let Self { profiles, no_wait, timeout, remove_unselected } = self;
        commands::up::run(context, &Options { profiles, no_wait, timeout, remove_unselected })
    }
}
