//! `stackctl up`.

use std::time::Duration;

use clap::Args;

use super::value_parsers::{duration, target};
use crate::{
    commands::{self, Context, Exit, Failure, asked_to_stop, up::UpOptions},
    render::Target,
};

/// Start the stack and wait until it is up: validate, check the budget, render, build, start
#[derive(Debug, Args)]
pub struct Up {
    /// Start only these services and what they need [default: the whole selection]
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
    /// Enable a profile; `a,b` combines two (`core` alone enables none) [default: default_profiles]
    #[arg(long = "profile", value_name = "PROFILE", value_delimiter = ',')]
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
    /// Pull images: always, or only what is missing [default: as each service's pull_policy says]
    #[arg(long, value_name = "WHEN", value_parser = ["always", "missing"])]
    pull: Option<String>,
    /// Recreate containers also where nothing has changed
    #[arg(long)]
    force_recreate: bool,
    /// Accepted as `docker compose up` takes it: images are built on each start
    #[arg(long)]
    build: bool,
    /// Accepted as `docker compose up` takes it: the stack always runs in the background
    #[arg(short, long)]
    detach: bool,
    /// Start also on an engine that does not hold limits: a warning instead of an error
    #[arg(long)]
    allow_unheld: bool,
    /// Where to run: on this engine with Docker Compose, or on its swarm with `docker stack deploy`
    #[arg(long, default_value = Target::default().name(), value_parser = target())]
    target: Target,
    /// Swarm only: also publish ports bound to a single address, on every address of every node
    #[arg(long)]
    publish_all: bool,
}

impl Up {
    pub fn run(self, context: &Context) -> Result<Exit, Failure> {
        let Self { services, profiles, no_wait, timeout, remove_unselected, .. } = self;
        let Self { target, publish_all, pull, force_recreate, allow_unheld, .. } = self;
        let of_compose = [
            ("SERVICE", !services.is_empty()),
            ("--pull", pull.is_some()),
            ("--force-recreate", force_recreate),
        ];
        let options = UpOptions {
            services,
            profiles,
            no_wait,
            timeout,
            remove_unselected,
            pull,
            force_recreate,
            allow_unheld,
        };
        if let Some((name, _)) = of_compose.iter().find(|(_, is_given)| *is_given && target == Target::Swarm)
        {
            let message = format!(
                "`{name}` belongs to `--target compose`; a stack is deployed to the swarm as a whole"
            );
            return Err(Failure::new(Exit::Usage, message));
        }
        match target {
            Target::Swarm => commands::up::swarm::run(context, &options, publish_all, asked_to_stop),
            Target::Compose if publish_all => {
                Err(Failure::new(Exit::Usage, "`--publish-all` belongs to `--target swarm`"))
            }
            Target::Compose => commands::up::run(context, &options, asked_to_stop),
        }
    }
}
