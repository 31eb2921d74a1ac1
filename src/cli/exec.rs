//! `stackctl exec`.

use clap::Args;

use crate::commands::{self, Context, Exit, Failure, exec::ExecOptions};

/// Run a command in a running container: a shell without one
#[derive(Debug, Args)]
#[command(
    after_help = "Where stdin and stdout are a terminal, the command has it too. Its exit code is kept. The shell is bash where the image has it, else sh."
)]
pub struct Exec {
    /// The service
    service: String,
    /// Command and arguments [default: a shell]
    #[arg(value_name = "COMMAND", trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<String>,
    /// Which container of a service with replicas, from 1 [default: the first that runs]
    #[arg(long, value_name = "NUMBER")]
    index: Option<u32>,
    /// Run as this user
    #[arg(short, long, value_name = "USER")]
    user: Option<String>,
    /// Run in this folder of the container
    #[arg(short, long, value_name = "DIR")]
    workdir: Option<String>,
    /// Set a variable; repeat for more
    #[arg(short, long = "env", value_name = "NAME=VALUE")]
    env: Vec<String>,
    /// Do not use a terminal
    #[arg(short = 'T', long)]
    no_tty: bool,
    // As people type them for `docker exec`: both are so anyway.
    #[arg(short, hide = true)]
    interactive: bool,
    #[arg(short, hide = true)]
    tty: bool,
}

impl Exec {
    pub fn run(self, context: &Context) -> Result<Exit, Failure> {
        let Self { service, command, index, user, workdir, env, no_tty, .. } = self;
        let (folder, variables) = (workdir, env);
        commands::exec::run(
            context,
            &ExecOptions { service, command, index, user, folder, variables, no_tty },
        )
    }
}
