//! Every command with its options; those with logic have a file of their own.

use std::{path::PathBuf, time::Duration};

use clap::Subcommand;

use super::{
    budget::Budget,
    completions::Completions,
    exec::Exec,
    import::Import,
    man::Man,
    render::Render,
    restart::{Restart, Start, Stop},
    traffic::Traffic,
    up::Up,
    value_parsers::{duration, lines, target},
};
#[cfg(feature = "shop")]
use super::{demo::Demo, shop::Shop};
use crate::{
    commands::{
        self, Context, Exit, Failure,
        compose_file::{self, is_compose},
        down, graph, logs, plan, schema, status, top,
        validate::{Fixing, ValidateOptions},
    },
    render::Target,
};

#[derive(Debug, Subcommand)]
pub enum Command {
    // In the order in which a new user needs them.
    /// Create a commented stack.toml to start from
    Init,
    Import(Import),
    /// Check the stack against every rule, in every profile combination
    #[command(
        after_help = "`--file compose.yaml` checks a Compose file as if it were imported: nothing is written.\n\n\
            `--fix` declares volumes, networks, profiles and secrets that are used, renames misspelt keys where one name is near, and adds \
            log rotation; comments and order stay. What is left is reported and decides the exit code."
    )]
    Validate {
        /// Write the fixes that have one answer into stack.toml, and show them as a diff
        #[arg(long)]
        fix: bool,
        /// With --fix: only show the diff
        #[arg(long, requires = "fix")]
        dry_run: bool,
        // Takes the place of the global option of this name, as in `graph`.
        /// Output format (sarif: for code scanning)
        #[arg(long, value_parser = ["human", "json", "sarif"], default_value = "human")]
        format: String,
    },
    /// Check the resource budget, or suggest limits
    #[command(subcommand)]
    Budget(Budget),
    /// Draw the stack: services by profile, dependencies, published ports, memory
    Graph {
        /// Draw one combination; `a,b` combines two (`core` alone enables none) [default: everything]
        #[arg(long = "profile", value_name = "PROFILE", value_delimiter = ',')]
        profiles: Vec<String>,
        // Takes the place of the global option of this name: clap passes that on only to commands without one.
        /// Output format [default: what the name of FILE ends with; text on a terminal, svg elsewhere]
        #[arg(long, value_parser = ["text", "svg", "mermaid", "dot", "json"])]
        format: Option<String>,
        /// Write to this file (.txt, .svg, .mmd, .dot, .json) instead of stdout
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Write generated/: the Compose file, profile overlays and side files
    Render(Render),
    /// Check for what would stop `up`: engine, Compose, limits, disk, ports, names, files, secrets
    Doctor,
    /// Show what `up` would change, and why: per container and field
    Plan {
        /// Plan for one combination; `a,b` combines two (`core` alone enables none) [default: default_profiles]
        #[arg(long = "profile", value_name = "PROFILE", value_delimiter = ',')]
        profiles: Vec<String>,
        /// Exit 2 if anything would change
        #[arg(long)]
        exit_code: bool,
        /// Plan for `up --remove-unselected`
        #[arg(long)]
        remove_unselected: bool,
    },
    Up(Up),
    /// Show the running stack: state, health and memory of each service
    #[command(
        visible_alias = "ps",
        after_help = "A service is selected if the last `stackctl up` selected it, or if --profile does. Exit 1 unless every selected service is up: it runs and is not unhealthy, or it ended with 0 and nothing starts it again."
    )]
    Status {
        /// Compare with this selection instead; `a,b` combines two (`core` alone enables none)
        #[arg(long = "profile", value_name = "PROFILE", value_delimiter = ',')]
        profiles: Vec<String>,
        /// Show this target [default: where the stack runs, Docker Compose first]
        #[arg(long, value_parser = target())]
        target: Option<Target>,
        /// Show it every two seconds; on a terminal, press `q` to quit
        #[arg(short, long)]
        watch: bool,
        /// Show a project of the engine that has no stack.toml
        #[arg(long, value_name = "NAME", conflicts_with = "profiles")]
        project: Option<String>,
    },
    /// Show the logs of the services, merged by time
    Logs {
        /// Follow the log output
        #[arg(short, long)]
        follow: bool,
        /// Number of lines to show from the end of each container's log
        #[arg(short = 'n', long, value_name = "LINES", value_parser = lines)]
        tail: Option<usize>,
        /// Only lines of this last time, such as 10m
        #[arg(long, value_name = "DURATION", value_parser = duration)]
        since: Option<Duration>,
        /// Begin each line with its time
        #[arg(short, long)]
        timestamps: bool,
        /// Show a project of the engine that has no stack.toml
        #[arg(long, value_name = "NAME")]
        project: Option<String>,
        /// Show the logs of this target [default: where the stack runs, Docker Compose first]
        #[arg(long, value_parser = target())]
        target: Option<Target>,
        /// Show only these services
        #[arg(value_name = "SERVICE")]
        services: Vec<String>,
    },
    /// Show what the running stack uses, live, beside reservations and limits
    #[command(
        visible_alias = "stats",
        after_help = "On a terminal, the arrow keys choose a service: its log is shown, `r` restarts it, `s` opens a shell in it. `m`, `c` and `n` sort by memory, CPU or name, `q` quits. When stdout is not a terminal, one reading is printed."
    )]
    Top {
        /// Print one reading and exit
        #[arg(long)]
        once: bool,
        /// Show every project of the engine beside its machine; needs no stack.toml
        #[arg(long, conflicts_with_all = ["profiles", "target", "project"])]
        all: bool,
        /// Selected profile; `a,b` combines two [default: what the last `up` selected]
        #[arg(long = "profile", value_name = "PROFILE", value_delimiter = ',')]
        profiles: Vec<String>,
        /// Show this target [default: where the stack runs, Docker Compose first]
        #[arg(long, value_parser = target())]
        target: Option<Target>,
        /// Show a project of the engine that has no stack.toml
        #[arg(long, value_name = "NAME", conflicts_with = "profiles")]
        project: Option<String>,
    },
    Exec(Exec),
    /// Restart containers and wait until they are up
    #[command(
        after_help = "A change of stack.toml is applied by `stackctl up`, not by a restart. On a swarm, new tasks take the place of all others. Exit 1 where a service does not get up."
    )]
    Restart(Restart),
    /// Stop containers; they and their data stay
    Stop(Stop),
    /// Start stopped containers and wait until they are up
    Start(Start),
    /// Run any command of Docker Compose with the project, files and profiles of this stack
    #[command(
        after_help = "Compose has the terminal, and its exit code is kept. Profiles are those of the last `up` without --profile."
    )]
    Compose {
        /// Enable a profile; `a,b` combines two (`core` alone enables none) [default: those of the last `up`]
        #[arg(long = "profile", value_name = "PROFILE", value_delimiter = ',')]
        profiles: Vec<String>,
        /// Command of Docker Compose with its options
        #[arg(value_name = "ARGS", required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Remove all containers and networks of the project, of every profile, and its stack on the swarm
    #[command(after_help = "Generated secrets are kept: existing volumes may depend on them.")]
    Down {
        /// Also remove volumes and all their data; asks for confirmation
        #[arg(long)]
        volumes: bool,
        /// Do not ask for confirmation
        #[arg(long, short)]
        yes: bool,
        /// Remove only this target [default: both]
        #[arg(long, value_parser = target())]
        target: Option<Target>,
    },
    /// Manage generated secrets
    #[command(subcommand)]
    Secrets(Secrets),
    /// Build the local image of `image = "stackctl"` from this binary: no base image, no network
    Image {
        /// Pack this Linux binary instead of the running one
        #[arg(long, value_name = "PATH")]
        linux_binary: Option<PathBuf>,
    },
    Traffic(Box<Traffic>),
    #[cfg(feature = "shop")]
    Demo(Demo),
    #[cfg(feature = "shop")]
    Shop(Shop),
    /// Exit 0 on a 2xx response: a health check for images without a shell
    Probe {
        /// URL to request (http only)
        url: String,
        /// Maximum time for the response
        #[arg(long, value_name = "DURATION", default_value = "3s", value_parser = duration)]
        timeout: Duration,
    },
    /// Print the JSON Schema of stack.toml, for completion and checks in editors
    #[command(
        after_help = "Taplo, Even Better TOML and Tombi read the line `#:schema ./stack.schema.json` at the top of stack.toml."
    )]
    Schema {
        /// Write it to the file named in the first line of stack.toml, or to stack.schema.json beside it
        #[arg(long, conflicts_with = "check")]
        write: bool,
        /// Write nothing; exit 1 if that file is not the schema of this version
        #[arg(long)]
        check: bool,
    },
    Completions(Completions),
    Man(Man),
}

#[derive(Debug, Subcommand)]
pub enum Secrets {
    /// Create the generated secrets that do not exist yet
    Init,
}

impl Command {
    /// Whether it works on a Compose file in the place of stack.toml.
    fn reads_compose(&self) -> bool {
        matches!(
            self,
            Self::Validate { .. }
                | Self::Budget(_)
                | Self::Graph { .. }
                | Self::Top { .. }
                | Self::Status { .. }
                | Self::Logs { .. }
                | Self::Import(_)
        )
    }

    /// Run the command. `whole` makes the declaration of all commands.
    ///
    /// # Errors
    /// When it fails, with its exit code.
    pub fn run(self, context: &Context, whole: fn() -> clap::Command) -> Result<Exit, Failure> {
        if let Some(path) = context.file.as_deref().filter(|path| is_compose(path))
            && !self.reads_compose()
        {
            return Err(compose_file::refused(path));
        }
        match self {
            Self::Init => commands::init::run(context),
            Self::Import(import) => import.run(context),
            Self::Validate { fix, dry_run, format } => {
                let fix = match (fix, dry_run) {
                    (false, _) => Fixing::Report,
                    (true, true) => Fixing::Show,
                    (true, false) => Fixing::Write,
                };
                commands::validate::run(context, ValidateOptions { sarif: format == "sarif", fix })
            }
            Self::Budget(budget) => budget.run(context),
            Self::Graph { profiles, format, output } => {
                let picture = format.as_deref().and_then(graph::Picture::named);
                graph::run(context, &graph::GraphOptions { profiles, picture, output })
            }
            Self::Render(render) => render.run(context),
            Self::Doctor => commands::doctor::run(context),
            Self::Plan { profiles, exit_code, remove_unselected } => {
                commands::plan::run(context, &plan::PlanOptions { profiles, exit_code, remove_unselected })
            }
            Self::Up(up) => up.run(context),
            Self::Status { profiles, target, watch, project } => {
                let options = status::StatusOptions { profiles, target, watch, project };
                commands::status::run(context, &options)
            }
            Self::Logs { follow, tail, since, timestamps, project, target, services } => {
                let tail = tail.filter(|lines| *lines < usize::MAX);
                let options =
                    logs::LogsOptions { follow, tail, since, timestamps, project, services, target };
                commands::logs::run(context, &options)
            }
            Self::Top { once, all, profiles, target, project } => {
                commands::top::run(context, &top::TopOptions { profiles, all, once, target, project })
            }
            Self::Exec(exec) => exec.run(context),
            Self::Restart(restart) => restart.run(context),
            Self::Start(start) => start.run(context),
            Self::Stop(stop) => stop.run(context),
            Self::Compose { profiles, arguments } => commands::compose::run(context, &profiles, &arguments),
            Self::Down { volumes, yes, target } => {
                commands::down::run(context, &down::DownOptions { volumes, yes, target })
            }
            Self::Secrets(Secrets::Init) => commands::secrets::init(context),
            Self::Image { linux_binary } => commands::image::run(context, linux_binary),
            Self::Traffic(traffic) => traffic.run(context),
            #[cfg(feature = "shop")]
            Self::Demo(demo) => demo.run(context),
            #[cfg(feature = "shop")]
            Self::Shop(shop) => shop.run(context),
            Self::Probe { url, timeout } => commands::probe::run(context, &url, timeout),
            Self::Schema { write, check } => {
                let action = match (write, check) {
                    (true, _) => schema::Action::Write,
                    (_, true) => schema::Action::Check,
                    _ => schema::Action::Print,
                };
                schema::run(context, action)
            }
            Self::Completions(completions) => completions.run(context),
            Self::Man(man) => man.run(context, whole()),
        }
    }
}
