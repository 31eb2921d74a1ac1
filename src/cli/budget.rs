//! `stackctl budget ...`.

use clap::Subcommand;

use crate::commands::{self, Context, Exit, Failure};

#[derive(Debug, Subcommand)]
pub enum Budget {
    /// Prove that every profile combination fits the budget
    #[command(
        after_help = "Example: stackctl budget check --profile tracing   # only this combination decides"
    )]
    Check {
        /// Judge one combination; repeat it to combine profiles (`core` is the default alone)
        #[arg(long = "profile", value_name = "PROFILE")]
        profiles: Vec<String>,
    },
}

impl Budget {
    pub fn run(self, context: &Context) -> Result<Exit, Failure> {
        let Self::Check { profiles } = self;
        commands::budget::check(context, &profiles)
    }
}
