//! One printer owns stdout and stderr: data on stdout, everything else on stderr.

use std::{
    borrow::Cow,
    env,
    io::{self, BufRead, IsTerminal},
};

use serde::Serialize;

use super::{Paint, output::Output, screen::terminal_width, streams};
use crate::text::{escape_json, printable, printable_in_color};

/// `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set or `TERM=dumb`.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// `--format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Human,
    /// For programs.
    Json,
}

/// Writes to stdout and stderr. What is printed for people is filtered here: no control character of a text from outside
/// reaches a terminal.
#[derive(Debug)]
pub struct Printer {
    color: Color,
    quiet: bool,
    verbose: u8,
    output: Output,
}

impl Printer {
    /// A printer that colours as asked; `quiet` drops notes, `verbose` above 0 prints details.
    pub fn new(color: Color, quiet: bool, verbose: u8) -> Self {
        Self { color, quiet, verbose, output: Output::default() }
    }

    /// Whether details are printed.
    pub fn is_verbose(&self) -> bool {
        self.verbose > 0
    }

    /// Whether only errors are wanted.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Data, as it is, on stdout: text that has its controls escaped, such as YAML or SVG of ours. False when stdout takes no
    /// more.
    pub fn data(&self, text: &str) -> bool {
        self.output.write(text)
    }

    /// JSON on stdout, control characters escaped. False when stdout takes no more.
    pub fn json(&self, json: &str) -> bool {
        self.output.write(&escape_json(json))
    }

    /// A JSON document of several lines on stdout, control characters escaped. False when it cannot be made, or stdout takes
    /// no more.
    pub fn document(&self, value: &impl Serialize) -> bool {
        match serde_json::to_string_pretty(value) {
            Ok(json) => self.json(&(json + "\n")),
            Err(error) => self.fail(error),
        }
    }

    /// A JSON document in one line on stdout, control characters escaped. False when stdout takes no more.
    pub fn json_line(&self, value: &impl Serialize) -> bool {
        match serde_json::to_string(value) {
            Ok(json) => self.json(&(json + "\n")),
            Err(error) => self.fail(error),
        }
    }

    fn fail(&self, error: serde_json::Error) -> bool {
        self.output.fail(error.into());
        false
    }

    /// A page for people on stdout, which may be painted. False when stdout takes no more.
    pub fn page(&self, text: &str) -> bool {
        self.output.write(&filtered(text, self.colors_stdout()))
    }

    /// Stdout itself, for continuous output.
    pub(super) fn output(&self) -> Output {
        self.output.clone()
    }

    /// The error of writing data to stdout. A closed pipe is not an error.
    pub fn lost(&self) -> Option<&io::Error> {
        self.output.error()
    }

    /// A line on stderr, unless quiet.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.err(text);
        }
    }

    /// A line on stderr with `-v`.
    pub fn detail(&self, text: &str) {
        if self.verbose > 0 {
            self.err(text);
        }
    }

    /// A line on stderr, always.
    pub fn err(&self, text: &str) {
        err(&printable(text));
    }

    /// A line on stderr, always, which may be painted.
    pub fn painted(&self, text: &str) {
        err(&filtered(text, self.colors_stderr()));
    }

    /// A report of diagnostics on stderr, always, and an empty line below it; nothing where there are none.
    pub fn report(&self, text: &str) {
        if !text.is_empty() {
            self.painted(&format!("{}\n", text.trim_end_matches('\n')));
        }
    }

    /// A failed command: `error: MESSAGE`, its causes and its hints.
    pub fn failure(&self, message: &str, causes: &[String], hints: &[String]) {
        let (bold, red, cyan, reset) = if self.colors_stderr() {
            ("\x1b[1m", "\x1b[31m", "\x1b[36m", "\x1b[0m")
        } else {
            ("", "", "", "")
        };
        self.painted(&format!("{bold}{red}error{reset}: {}", printable(message)));
        for cause in causes {
            self.err(&format!("  caused by: {cause}"));
        }
        for hint in hints {
            self.painted(&format!("  {cyan}hint{reset}: {}", printable(hint)));
        }
    }

    /// Ask on the terminal; anything but yes is no. `None` where stdin or stderr is not a terminal.
    pub fn confirm(&self, question: &str) -> Option<bool> {
        if !io::stdin().is_terminal() || !streams::stderr_is_terminal() {
            return None;
        }
        streams::stderr(&format!("{} [y/N] ", printable(question)));
        let mut answer = String::new();
        let _ = io::stdin().lock().read_line(&mut answer);
        Some(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
    }

    /// Whether a person sees stdout as it comes.
    pub fn stdout_is_terminal(&self) -> bool {
        io::stdout().is_terminal()
    }

    /// The columns of the terminal that stdout is.
    pub fn stdout_columns(&self) -> Option<usize> {
        io::stdout().is_terminal().then(terminal_width).flatten()
    }

    /// The columns of the terminal that stderr is.
    pub fn stderr_columns(&self) -> Option<usize> {
        io::stderr().is_terminal().then(terminal_width).flatten()
    }

    /// Whether stdout takes colour.
    pub fn colors_stdout(&self) -> bool {
        self.colors(io::stdout().is_terminal())
    }

    /// Whether stderr takes colour.
    pub fn colors_stderr(&self) -> bool {
        self.colors(streams::stderr_is_terminal())
    }

    /// Colours for stdout.
    pub fn paint(&self) -> Paint {
        Paint { on: self.colors_stdout() }
    }

    /// Colours for stderr.
    pub fn paint_stderr(&self) -> Paint {
        Paint { on: self.colors_stderr() }
    }

    fn colors(&self, terminal: bool) -> bool {
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
                terminal && !set("NO_COLOR") && env::var_os("TERM").is_none_or(|term| term != "dumb")
            }
        }
    }
}

/// Our own colours pass. Texts from outside are filtered before they are painted.
fn filtered(text: &str, colors: bool) -> Cow<'_, str> {
    if colors { printable_in_color(text) } else { printable(text) }
}

fn err(text: &str) {
    streams::stderr(&format!("{text}\n"));
}
