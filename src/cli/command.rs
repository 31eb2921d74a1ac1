//! Every command with its options; those that decide something here have a file of their own.

use std::{path::PathBuf, time::Duration};

use clap::Subcommand;

use super::{
    budget::Budget,
    completions::Completions,
    graph::Graph,
    man::Man,
    render::Render,
    traffic::Traffic,
    up::Up,
    value_parsers::{duration, target},
};
#[cfg(feature = "shop")]
use super::{demo::Demo, shop::Shop};
use crate::{
    commands::{self, Context, Exit, Failure, down, logs, plan, schema, top},
    render::Target,
};

#[derive(Debug, Subcommand)]
pub enum Command {
    // In the order in which a newcomer meets them.
    /// Write a commented stack.toml to start from
    Init,
    /// Judge the stack: every rule over every profile combination
    Validate,
    /// The budget: does every profile combination fit this machine
    #[command(subcommand)]
    Budget(Budget),
    Graph(Graph),
    /// Write generated/: the Compose file, profile overlays and side files
    Render(Render),
    /// What would stop `up`: engine, Compose, limits, disk, ports, names, files, secrets, each with its fix
    Doctor,
    /// What `up` would change, and why: container by container, field by field
    Plan {
        /// Plan for one combination; repeat it to combine profiles (`core` is the default alone)
        #[arg(long = "profile", value_name = "PROFILE")]
        profiles: Vec<String>,
        /// Exit 2 when something would change
        #[arg(long)]
        exit_code: bool,
        /// Plan for `up --remove-unselected`
        #[arg(long)]
        remove_unselected: bool,
    },
    Up(Up),
    /// The running stack: what each service does, its health, its memory
    #[command(
        after_help = "Selected is what the last `stackctl up` selected, unless --profile says otherwise."
    )]
    Status {
        /// Judge by this selection instead; repeat it to combine profiles (`core` is the default alone)
        #[arg(long = "profile", value_name = "PROFILE")]
        profiles: Vec<String>,
        /// Show what runs there [default: where it runs, Docker Compose first]
        #[arg(long, value_parser = target())]
        target: Option<Target>,
    },
    /// What the services print, merged in the order of time
    Logs {
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
    },
    /// What the running stack uses, live beside reservation and limit
    #[command(after_help = "On a terminal `q` quits; in a pipe it prints once.")]
    Top {
        /// Print one reading
        #[arg(long)]
        once: bool,
        /// What counts as selected; repeat it to combine profiles [default: what the last `up` selected]
        #[arg(long = "profile", value_name = "PROFILE")]
        profiles: Vec<String>,
        /// Show what runs there [default: where it runs, Docker Compose first]
        #[arg(long, value_parser = target())]
        target: Option<Target>,
    },
    /// Remove every container and network of the project, whatever its profile, and its stack on the swarm
    #[command(after_help = "Generated secrets stay: volumes that know them may come back.")]
    Down {
        /// Remove the volumes too, with all data; asks first
        #[arg(long)]
        volumes: bool,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
        /// Only what runs there [default: both]
        #[arg(long, value_parser = target())]
        target: Option<Target>,
    },
    /// Generated secrets
    #[command(subcommand)]
    Secrets(Secrets),
    /// Build the local image of `image = "stackctl"` from this very binary: no base image, no network
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
    /// Exit 0 on a 2xx answer: the health check of images without a shell
    Probe {
        /// Where to ask, http only
        url: String,
        /// How long the answer may take
        #[arg(long, value_name = "DURATION", default_value = "3s", value_parser = duration)]
        timeout: Duration,
    },
    /// What stack.toml can say, as a JSON Schema: editors complete and check with it
    #[command(
        after_help = "Taplo, Even Better TOML and Tombi read the line `#:schema ./stack.schema.json` at the top of stack.toml."
    )]
    Schema {
        /// Write the file that the first line of stack.toml names, or stack.schema.json beside it
        #[arg(long, conflicts_with = "check")]
        write: bool,
        /// Write nothing; exit 1 when that file is not this program's schema
        #[arg(long)]
        check: bool,
    },
    Completions(Completions),
    Man(Man),
}

#[derive(Debug, Subcommand)]
pub enum Secrets {
    /// Make the generated secrets that do not exist yet
    Init,
}

impl Command {
    /// Run the command. `whole` makes the declaration of all commands.
    ///
    /// # Errors
    /// When it fails, with its exit code.
    pub fn run(self, context: &Context, whole: fn() -> clap::Command) -> Result<Exit, Failure> {
        match self {
            Self::Init => commands::init::run(context),
            Self::Validate => commands::validate::run(context),
            Self::Budget(budget) => budget.run(context),
            Self::Graph(graph) => graph.run(context),
            Self::Render(render) => render.run(context),
            Self::Doctor => commands::doctor::run(context),
            Self::Plan { profiles, exit_code, remove_unselected } => {
                commands::plan::run(context, &plan::PlanOptions { profiles, exit_code, remove_unselected })
            }
            Self::Up(up) => up.run(context),
            Self::Status { profiles, target } => commands::status::run(context, &profiles, target),
            Self::Logs { follow, tail, target, services } => {
                commands::logs::run(context, &logs::LogsOptions { follow, tail, services, target })
            }
            Self::Top { once, profiles, target } => {
                commands::top::run(context, &top::TopOptions { profiles, once, target })
            }
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
