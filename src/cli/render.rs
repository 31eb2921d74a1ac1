//! `stackctl render`.

use clap::{Args, ValueEnum};

use crate::{
    commands::{self, Context, Exit, Failure, render::Options},
    render::Target,
};

#[derive(Debug, Args)]
pub struct Render {
    /// Write nothing; exit 1 with a diff when the files are stale
    #[arg(long, conflicts_with_all = ["stdout", "force"])]
    check: bool,
    /// Print the Compose file only
    #[arg(long, conflicts_with = "force")]
    stdout: bool,
    /// Overwrite files that were edited by hand
    #[arg(long)]
    force: bool,
    /// Who reads the files: docker compose, or docker stack deploy
    #[arg(long, value_enum, default_value_t = TargetArg::Compose)]
    target: TargetArg,
    /// Swarm only: what the file holds beside the core services; repeat it to combine profiles
    #[arg(long = "profile", value_name = "PROFILE")]
    profiles: Vec<String>,
    /// Swarm only: publish ports of a single address too, on every address of every node
    #[arg(long)]
    publish_all: bool,
}

/// `--target`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TargetArg {
    Compose,
    Swarm,
}

impl From<TargetArg> for Target {
    fn from(target: TargetArg) -> Self {
        match target {
            TargetArg::Compose => Self::Compose,
            TargetArg::Swarm => Self::Swarm,
        }
    }
}

impl Render {
    pub fn run(self, context: &Context) -> Result<Exit, Failure> {
        let options = Options {
            check: self.check,
            stdout: self.stdout,
            force: self.force,
            target: self.target.into(),
            profiles: self.profiles,
            publish_all: self.publish_all,
        };
        commands::render::run(context, &options)
    }
}
