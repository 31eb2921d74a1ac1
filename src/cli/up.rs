//! `stackctl up`.

use std::time::Duration;

use clap::Args;

use super::value_parsers::{duration, target};
use crate::{
    commands::{self, Context, Exit, Failure, up::UpOptions},
    render::Target,
};

/// Start the stack, and watch until it is really up: judged, budgeted, rendered, built, started
#[derive(Debug, Args)]
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
    /// Where it runs: this engine by Docker Compose, or its swarm by `docker stack deploy`
    #[arg(long, default_value = Target::default().name(), value_parser = target())]
    target: Target,
    /// Swarm only: publish ports of a single address too, on every address of every node
    #[arg(long)]
    publish_all: bool,
}

impl Up {
    pub fn run(self, context: &Context) -> Result<Exit, Failure> {
        let Self { profiles, no_wait, timeout, remove_unselected, target, publish_all } = self;
        let options = UpOptions { profiles, no_wait, timeout, remove_unselected };
        match target {
            Target::Swarm => commands::up::swarm::run(context, &options, publish_all),
            Target::Compose if publish_all => {
                Err(Failure::new(Exit::Usage, "`--publish-all` belongs to `--target swarm`"))
            }
            Target::Compose => commands::up::run(context, &options),
        }
    }
}
