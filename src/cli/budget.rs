//! `stackctl budget ...`.

use std::{path::PathBuf, time::Duration};

use clap::{Subcommand, ValueEnum};

use super::value_parsers;
use crate::commands::{self, Context, Exit, Failure, suggest::SuggestOptions};

#[derive(Debug, Subcommand)]
pub enum Budget {
    /// Prove that every profile combination fits the budget
    Check {
        /// Check one combination; repeat to combine profiles (`core` alone enables none) [default: all of them]
        #[arg(long = "profile", value_name = "PROFILE")]
        profiles: Vec<String>,
        /// Compare with what this machine really has
        #[arg(long, value_enum, value_name = "WHAT")]
        against: Option<AgainstArg>,
        /// Write the verdict as an SVG chart: one bar per combination, stacked by profile
        #[arg(long, value_name = "FILE")]
        chart: Option<PathBuf>,
    },
    /// Measure the running stack and suggest limits and reservations
    Suggest {
        /// How long to measure
        #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = value_parsers::duration)]
        window: Duration,
        /// Write the suggestions to stack.toml
        #[arg(long)]
        write: bool,
    },
}

/// `--against`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AgainstArg {
    Engine,
}

impl Budget {
    pub fn run(self, context: &Context) -> Result<Exit, Failure> {
        match self {
            Self::Check { profiles, against, chart } => {
                let against_engine = against == Some(AgainstArg::Engine);
                commands::budget::check(context, &profiles, against_engine, chart.as_deref())
            }
            Self::Suggest { window, write } => {
                commands::suggest::run(context, &SuggestOptions { window, write })
            }
        }
    }
}
