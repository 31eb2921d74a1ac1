//! One command line, from its arguments to its exit code.

use std::{ffi::OsString, process::ExitCode};

use clap::{CommandFactory as _, FromArgMatches as _, Parser};

use super::{command::Command, completions, compose_words, examples, global::Global, groups, plugin};
use crate::{
    commands::Exit,
    ui::{Color, Printer, terminal_width},
};

/// Turn one stack.toml into a complete, validated Docker Compose stack that provably fits its budget
#[derive(Debug, Parser)]
#[command(name = "stackctl", version, propagate_version = true, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Parse the arguments, run the command, say what failed, and return the exit code.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    let plain = || Printer::new(Color::Auto, false, 0);
    if let Some(metadata) = plugin::metadata(&args, Cli::command) {
        let printer = plain();
        printer.json(&metadata);
        return ended(&printer, Exit::Done).into();
    }
    let args = match plugin::arguments(args) {
        Ok(args) => args,
        Err(failure) => {
            failure.print(&plain());
            return failure.exit.into();
        }
    };
    if completions::answer(&args, Cli::command) {
        return Exit::Done.into();
    }
    if let Some(failure) = compose_words::answer(&args, &Cli::command()) {
        failure.print(&plain());
        return failure.exit.into();
    }
    let parsed = groups::grouped(examples::with_examples(Cli::command()), terminal_width())
        .try_get_matches_from(args)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            let printer = plain();
            return ended(&printer, explain(&printer, &error)).into();
        }
    };
    let context = cli.global.context();
    let exit = cli.command.run(&context, Cli::command).unwrap_or_else(|failure| {
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
