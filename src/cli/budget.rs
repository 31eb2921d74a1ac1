//! `stackctl budget ...`.

use std::{path::PathBuf, time::Duration};

use clap::Subcommand;

use super::value_parsers;
use crate::{
    commands::{self, Context, Exit, Failure, budget::CheckOptions, suggest::SuggestOptions},
    model::{Bytes, Cpus},
};

#[derive(Debug, Subcommand)]
pub enum Budget {
    /// Prove that every profile combination fits the budget
    Check {
        /// Check one combination; `a,b` combines two (`core` alone enables none) [default: all of them]
        #[arg(long = "profile", value_name = "PROFILE", value_delimiter = ',')]
        profiles: Vec<String>,
        /// Compare with what the machine or the swarm really has
        #[arg(long, value_parser = ["engine", "swarm"], value_name = "WHAT")]
        against: Option<String>,
        /// Memory of the machine, in place of `memory` in [budget]
        #[arg(long, value_name = "SIZE", value_parser = value_parsers::size)]
        memory: Option<Bytes>,
        /// CPUs of the machine, in place of `cpus` in [budget]
        #[arg(long, value_name = "CPUS", value_parser = value_parsers::cpus)]
        cpus: Option<Cpus>,
        /// List what each service may take of the memory
        #[arg(long = "services")]
        each: bool,
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
        /// Write also what was measured for less than a minute or on an idle stack, without asking
        #[arg(long, requires = "write")]
        yes: bool,
        /// Measure a project of the engine that has no stack.toml
        #[arg(long, value_name = "NAME", conflicts_with = "write")]
        project: Option<String>,
    },
}

impl Budget {
    pub fn run(self, context: &Context) -> Result<Exit, Failure> {
        match self {
            Self::Check { profiles, against, memory, cpus, each: services, chart } => {
                let against_engine = against.as_deref() == Some("engine");
                let against_swarm = against.as_deref() == Some("swarm");
                let options =
                    CheckOptions { profiles, against_engine, against_swarm, chart, memory, cpus, services };
                commands::budget::check(context, &options)
            }
            Self::Suggest { window, project: Some(name), .. } => {
                commands::suggest::of_project(context, &name, window)
            }
            Self::Suggest { window, write, yes, project: None } => {
                commands::suggest::run(context, &SuggestOptions { window, write, yes })
            }
        }
    }
}
