//! `stackctl man DIR`: a man page for each command, made of the same declarations as its help.

use std::path::PathBuf;

use clap::{Args, Command};
use clap_mangen::Man as Page;

use super::examples;
use crate::commands::{Context, Exit, Failure, man};

/// Write a man page for each command
#[derive(Debug, Args)]
pub struct Man {
    /// Output folder; created if missing
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

impl Man {
    pub fn run(self, context: &Context, whole: Command) -> Result<Exit, Failure> {
        let mut command = examples::with_examples(whole).disable_help_subcommand(true);
        command.build();
        let mut pages = Vec::new();
        write(&command, &mut pages)
            .map_err(|error| Failure::surroundings("failed to write a man page", error))?;
        man::run(context, &self.folder, &pages)
    }
}

/// The page of a command and those below it, each with its file's name.
fn write(command: &Command, pages: &mut Vec<(String, Vec<u8>)>) -> std::io::Result<()> {
    let name = command.get_display_name().unwrap_or(command.get_name()).to_owned();
    let page = Page::new(command.clone()).title(name).manual("stackctl");
    let mut text = Vec::new();
    page.render(&mut text)?;
    pages.push((page.get_filename(), text));
    command.get_subcommands().filter(|it| !it.is_hide_set()).try_for_each(|it| write(it, pages))
}
