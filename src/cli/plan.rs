//! `stackctl plan`.

use clap::Args;

use crate::commands::{self, Context, Exit, Failure, plan::PlanOptions};

/// What `up` would change, and why: container by container, field by field
#[derive(Debug, Args)]
pub struct Plan {
    /// Plan for one combination; repeat it to combine profiles (`core` is the default alone)
    #[arg(long = "profile", value_name = "PROFILE")]
    profiles: Vec<String>,
    /// Exit 2 when something would change
    #[arg(long)]
    exit_code: bool,
    /// Plan for `up --remove-unselected`
    #[arg(long)]
    remove_unselected: bool,
}

impl Plan {
    pub fn run(self, context: &Context) -> Result<Exit, Failure> {
        let options = PlanOptions {
            profiles: self.profiles,
            exit_code: self.exit_code,
            remove_unselected: self.remove_unselected,
        };
        commands::plan::run(context, &options)
    }
}
