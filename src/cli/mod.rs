//! The command line: clap lives here and nowhere else. Arguments become plain options, options one command, and its
//! outcome an exit code.

mod budget;
mod completions;
mod demo;
mod down;
mod examples;
mod global;
mod graph;
mod logs;
mod man;
mod plan;
mod probe;
mod render;
mod schema;
mod shop;
mod status;
mod top;
mod traffic;
mod up;
mod values;

use std::{ffi::OsString, process::ExitCode};

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::{
    commands::{self, Context, Exit, Failure},
    ui::{Color, Printer},
};

/// One stack.toml becomes a complete, validated, budget-proved Docker Compose stack
#[derive(Debug, Parser)]
#[command(name = "stackctl", version, propagate_version = true, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    global: global::Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    // In the order in which a newcomer meets them.
    /// Write a commented stack.toml to start from
    Init,
    /// Judge the stack: every rule over every profile combination
    Validate,
    /// The budget: does every profile combination fit this machine
    #[command(subcommand)]
    Budget(budget::Budget),
    Graph(graph::Graph),
    /// Write generated/: the Compose file, profile overlays and side files
    Render(render::Render),
    /// What would stop `up`: engine, Compose, limits, disk, ports, names, files, secrets, each with its fix
    Doctor,
    Plan(plan::Plan),
    Up(up::Up),
    Status(status::Status),
    Logs(logs::Logs),
    Top(top::Top),
    Down(down::Down),
    /// Generated secrets
    #[command(subcommand)]
    Secrets(Secrets),
    /// Build the local image of `image = "stackctl"` from this very binary: no base image, no network
    Image {
        /// Pack this Linux binary instead of the running one
        #[arg(long, value_name = "PATH")]
        linux_binary: Option<std::path::PathBuf>,
    },
    Traffic(Box<traffic::Traffic>),
    Demo(demo::Demo),
    Shop(shop::Shop),
    Probe(probe::Probe),
    Schema(schema::Schema),
    Completions(completions::Completions),
    Man(man::Man),
}

#[derive(Debug, Subcommand)]
enum Secrets {
    /// Make the generated secrets that do not exist yet
    Init,
}

impl Command {
    fn run(self, context: &Context) -> Result<Exit, Failure> {
        match self {
            Self::Probe(probe) => probe.run(context),
            Self::Init => commands::init::run(context),
            Self::Render(arguments) => arguments.run(context),
            Self::Validate => commands::validate::run(context),
            Self::Budget(arguments) => arguments.run(context),
            Self::Graph(graph) => graph.run(context),
            Self::Schema(schema) => schema.run(context),
            Self::Completions(completions) => completions.run(context),
            Self::Man(man) => man.run(context),
            Self::Image { linux_binary } => commands::image::run(context, linux_binary),
            Self::Secrets(Secrets::Init) => commands::secrets::init(context),
            Self::Demo(demo) => demo.run(context),
            Self::Logs(logs) => logs.run(context),
            Self::Up(up) => up.run(context),
            Self::Status(status) => status.run(context),
            Self::Top(top) => top.run(context),
            Self::Doctor => commands::doctor::run(context),
            Self::Down(down) => down.run(context),
            Self::Plan(plan) => plan.run(context),
            Self::Shop(shop) => shop.run(context),
            Self::Traffic(traffic) => traffic.run(context),
        }
    }
}

/// Parse the arguments, run the command, say what failed, and return the exit code.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    if completions::answer(&args) {
        return Exit::Done.into();
    }
    let parsed = examples::with_examples(Cli::command())
        .try_get_matches_from(args)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            let printer = Printer::new(Color::Auto, false, 0);
            return ended(&printer, explain(&printer, &error)).into();
        }
    };
    let context = cli.global.context();
    let exit = cli.command.run(&context).unwrap_or_else(|failure| {
        failure.print(&context.printer);
        failure.exit
    });
    ended(&context.printer, exit).into()
}

/// Help and version go to stdout (exit 0), mistakes in the command line to stderr (exit 2).
fn explain(printer: &Printer, error: &clap::Error) -> Exit {
    let styled = error.render();
    let text = |colors: bool| if colors { styled.ansi().to_string() } else { styled.to_string() };
    if error.use_stderr() {
        printer.painted(text(printer.colors_stderr()).trim_end_matches('\n'));
        Exit::Usage
    } else {
        printer.page(&text(printer.colors_stdout()));
        Exit::Done
    }
}

/// How a command ends: never well when its data did not get to stdout.
fn ended(printer: &Printer, exit: Exit) -> Exit {
    let Some(error) = printer.lost() else { return exit };
    let message = "failed to write to stdout: the output is not complete";
    printer.failure(message, &[error.to_string()], &[]);
    Exit::Surroundings
}
