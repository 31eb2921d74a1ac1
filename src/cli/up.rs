//! `stackctl up`.

use std::time::Duration;

use clap::Args;

use super::value_parsers::{duration, target};
use crate::{
    commands::{self, Context, Exit, Failure, up::UpOptions},
    render::Target,
};

/// Start the stack and wait until it is up: validate, check the budget, render, build, start
#[derive(Debug, Args)]
pub struct Up {
    /// Enable a profile; repeat to combine profiles (`core` alone enables none) [default: default_profiles]
    #[arg(long = "profile", value_name = "PROFILE")]
    profiles: Vec<String>,
    /// Do not wait until the services are up
    #[arg(long, conflicts_with = "timeout")]
    no_wait: bool,
    /// Maximum time to wait for the services; pulling and building do not count
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration)]
    timeout: Duration,
    /// Remove running services that are not selected; their volumes are kept
    #[arg(long)]
    remove_unselected: bool,
    /// Where to run: on this engine with Docker Compose, or on its swarm with `docker stack deploy`
    #[arg(long, default_value = Target::default().name(), value_parser = target())]
    target: Target,
    /// Swarm only: also publish ports bound to a single address, on every address of every node
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
