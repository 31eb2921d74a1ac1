//! `stackctl probe URL`.

use std::time::Duration;

use clap::Args;

use super::values::duration;
use crate::commands::{self, Context, Exit, Failure};

/// Exit 0 on a 2xx answer: the health check of images without a shell
#[derive(Debug, Args)]
pub struct Probe {
    /// Where to ask, http only
    url: String,
    /// How long the answer may take
    #[arg(long, value_name = "DURATION", default_value = "3s", value_parser = duration)]
    timeout: Duration,
}

impl Probe {
    pub fn run(self, context: &Context) -> Result<Exit, Failure> {
        commands::probe::run(context, &self.url, self.timeout)
    }
}
