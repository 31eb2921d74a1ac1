//! `stackctl render`.

use clap::Args;

use super::value_parsers::target;
use crate::{
    commands::{self, Context, Exit, Failure, render::RenderOptions},
    render::{Selection, Target},
};

#[derive(Debug, Args)]
pub struct Render {
    /// Write nothing; exit 1 with a diff if files are stale
    #[arg(long, conflicts_with_all = ["stdout", "force"])]
    check: bool,
    /// Print only the Compose file
    #[arg(long, conflicts_with = "force")]
    stdout: bool,
    /// Overwrite files that were edited by hand
    #[arg(long)]
    force: bool,
    /// Program that reads the files: docker compose or docker stack deploy
    #[arg(long, default_value = Target::default().name(), value_parser = target())]
    target: Target,
    /// Swarm only: profile to include beside the core services; `a,b` combines two [default: default_profiles]
    #[arg(long = "profile", value_name = "PROFILE", value_delimiter = ',')]
    profiles: Vec<String>,
    /// Swarm only: also publish ports bound to a single address, on every address of every node
    #[arg(long)]
    publish_all: bool,
}

impl Render {
    pub fn run(self, context: &Context) -> Result<Exit, Failure> {
        let Self { check, stdout, force, target, profiles, publish_all } = self;
        let selection = Selection { profiles, publish_all };
        commands::render::run(context, &RenderOptions { check, stdout, force, target, selection })
    }
}
