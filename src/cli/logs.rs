//! `stackctl logs`.

use clap::Args;

use super::values::target;
use crate::{
    commands::{self, Context, Exit, Failure, logs::LogsOptions},
    render::Target,
};

/// What the services print, merged in the order of time
#[derive(Debug, Args)]
pub struct Logs {
    /// Go on with what is printed from now on
    #[arg(short, long)]
    follow: bool,
    /// Only the last so many lines of each container
    #[arg(long, value_name = "LINES")]
    tail: Option<usize>,
    /// Of what runs there [default: where it runs, Docker Compose first]
    #[arg(long, value_parser = target())]
    target: Option<Target>,
    /// Only these services
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
}

impl Logs {
    pub fn run(self, context: &Context) -> Result<Exit, Failure> {
        let Self { follow, tail, target, services } = self;
        commands::logs::run(context, &LogsOptions { follow, tail, services, target })
    }
}
