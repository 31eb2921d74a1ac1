//! One printer owns stdout and stderr: data on stdout, everything else on stderr.

use std::{
    env,
    io::{self, BufRead, IsTerminal, Write},
};

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

/// The way to stdout and stderr. A closed pipe is not an error: what follows is dropped.
#[derive(Debug)]
pub struct Printer {
    color: Color,
    quiet: bool,
    verbose: u8,
}

impl Printer {
    /// A printer that colours as asked; `quiet` drops notes, `verbose` above 0 lets details through.
    pub fn new(color: Color, quiet: bool, verbose: u8) -> Self {
        Self { color, quiet, verbose }
    }

    /// Whether details are let through.
    pub fn is_verbose(&self) -> bool {
        self.verbose > 0
    }

    /// Whether only errors are wanted.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Data, as it is, on stdout.
    pub fn data(&self, text: &str) {
        let _ = io::stdout().lock().write_all(text.as_bytes());
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
        let _ = writeln!(io::stderr().lock(), "{text}");
    }

    /// A failed command: `error: MESSAGE`, its causes and its hints.
    pub fn failure(&self, message: &str, causes: &[String], hints: &[String]) {
        let (bold, red, cyan, reset) = if self.colors_stderr() {
            ("\x1b[1m", "\x1b[31m", "\x1b[36m", "\x1b[0m")
        } else {
            ("", "", "", "")
        };
        self.err(&format!("{bold}{red}error{reset}: {message}"));
        for cause in causes {
            self.err(&format!("  caused by: {cause}"));
        }
        for hint in hints {
            self.err(&format!("  {cyan}hint{reset}: {hint}"));
        }
    }

    /// Ask on the terminal; anything but yes is no. `None` where nobody can be asked.
    pub fn confirm(&self, question: &str) -> Option<bool> {
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return None;
        }
        let _ = write!(io::stderr().lock(), "{question} [y/N] ");
        let mut answer = String::new();
        let _ = io::stdin().lock().read_line(&mut answer);
        Some(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
    }

    /// Whether stdout takes colour.
    pub fn colors_stdout(&self) -> bool {
        self.colors(io::stdout().is_terminal())
    }

    /// Whether stderr takes colour.
    pub fn colors_stderr(&self) -> bool {
        self.colors(io::stderr().is_terminal())
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
