//! The one line that a terminal shows while something runs.

use std::{
    io::{self, IsTerminal, Write},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::log::Sink;
use crate::text::{printable, printable_in_color};

/// A line at the bottom of the terminal that is rewritten in place. Log lines go above it.
#[derive(Debug, Clone)]
pub struct StatusLine(ProgressBar);

impl StatusLine {
    /// A line on stderr; `None` where stderr is not a terminal, and lines are logged instead.
    pub fn on_terminal() -> Option<Self> {
        if !io::stderr().is_terminal() {
            return None;
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(250));
        Some(Self(bar))
    }

    /// Show this text.
    pub fn set(&self, text: String) {
        self.0.set_message(printable(&text).into_owned());
    }

    /// A line or several above it, which may be painted.
    pub fn print(&self, text: &str) {
        self.sink()(&(printable_in_color(text).into_owned() + "\n"));
    }

    /// Where log lines go while the line is shown.
    pub fn sink(&self) -> Sink {
        let bar = self.0.clone();
        Box::new(move |line| {
            bar.suspend(|| {
                // A closed terminal is not an error.
                let _ = io::stderr().lock().write_all(line.as_bytes());
            });
        })
    }

    /// Take the line away.
    pub fn end(&self) {
        self.0.finish_and_clear();
    }
}
