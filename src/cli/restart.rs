//! `stackctl restart`, `start` and `stop`.

use std::time::Duration;

use clap::Args;

use super::value_parsers::{duration, seconds};
use crate::commands::{
    self, Context, Exit, Failure, asked_to_stop,
    restart::{RestartOptions, Verb},
};

/// Which services, and how long to wait for them.
#[derive(Debug, Args)]
pub struct Start {
    /// Only these services [default: those that the last `up` selected]
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
    /// Do not wait until the services are up
    #[arg(long, conflicts_with = "timeout")]
    no_wait: bool,
    /// Maximum time to wait for the services
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration)]
    timeout: Duration,
}

/// The same, and how long they may take to stop.
#[derive(Debug, Args)]
pub struct Restart {
    #[command(flatten)]
    start: Start,
    /// How long a container may take to stop, such as 30s [default: its stop_grace_period]
    #[arg(short = 't', long, value_name = "DURATION", value_parser = seconds)]
    grace: Option<Duration>,
}

/// Which services.
#[derive(Debug, Args)]
pub struct Stop {
    /// Only these services [default: those that the last `up` selected]
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
    /// How long a container may take to stop, such as 30s [default: its stop_grace_period]
    #[arg(short = 't', long, alias = "timeout", value_name = "DURATION", value_parser = seconds)]
    grace: Option<Duration>,
}

impl Start {
    pub fn run(self, context: &Context) -> Result<Exit, Failure> {
        self.run_with(context, Verb::Start, None)
    }

    fn run_with(self, context: &Context, verb: Verb, grace: Option<Duration>) -> Result<Exit, Failure> {
        let Self { services, no_wait, timeout } = self;
        commands::restart::run(
            context,
            verb,
            &RestartOptions { services, no_wait, timeout, grace },
            asked_to_stop,
        )
    }
}

impl Restart {
    pub fn run(self, context: &Context) -> Result<Exit, Failure> {
        self.start.run_with(context, Verb::Restart, self.grace)
    }
}

impl Stop {
    pub fn run(self, context: &Context) -> Result<Exit, Failure> {
        let Self { services, grace } = self;
        let options = RestartOptions { services, no_wait: true, timeout: Duration::ZERO, grace };
        commands::restart::run(context, Verb::Stop, &options, asked_to_stop)
    }
}
