//! The progress of each service: a line with a spinner for each on a terminal, a line for each step in a
//! pipe, a JSON object a line for programs.

use std::time::Duration;

use indexmap::IndexMap;
use serde_json::json;
use tokio::time::Instant;

use super::{
    Format, Paint, Printer, Tone, log,
    output::Output,
    step_lines::{Mark, StepLines},
    streams::{self, stderr},
};
use crate::text::{escape_json, printable};

/// The lines of one run.
#[derive(Debug)]
pub struct Steps {
    view: View,
    began: Instant,
    width: usize,
    paint: Paint,
    output: Output,
    last: IndexMap<String, Last>,
}

/// The last step shown for a service.
#[derive(Debug, Default)]
struct Last {
    phase: String,
    detail: String,
    /// How many quarters of the bytes were there when a line was written.
    quarters: u64,
    /// When that was.
    line: Option<Instant>,
}

/// The time after which ongoing bytes get another line.
const LINE_INTERVAL: Duration = Duration::from_secs(10);

#[derive(Debug)]
enum View {
    Terminal(StepLines),
    Pipe,
    Json,
    Quiet,
}

impl Steps {
    /// Lines for these services, in this order.
    pub fn new<'a>(printer: &Printer, format: Format, services: impl Iterator<Item = &'a str>) -> Self {
        let names: Vec<&str> = services.collect();
        let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        let view = match format {
            Format::Json => View::Json,
            Format::Human if printer.is_quiet() => View::Quiet,
            Format::Human if streams::stderr_is_terminal() => View::Terminal(StepLines::new(&names, width)),
            Format::Human => View::Pipe,
        };
        let paint = Paint { on: printer.colors_stderr() };
        let (began, output) = (Instant::now(), printer.output());
        Self { view, began, width, paint, output, last: IndexMap::new() }
    }

    /// A service has reached this step. A repeated step is not shown again, and outside of a terminal a detail only
    /// with a new phase.
    pub fn step(&mut self, service: &str, phase: &str, detail: &str, mark: Mark) {
        let (phase, detail) = (&*printable(phase), &*printable(detail));
        let last = self.last.entry(service.to_owned()).or_default();
        let is_new_phase = last.phase != phase;
        if !is_new_phase && last.detail == detail {
            return;
        }
        *last = Last { phase: phase.to_owned(), detail: detail.to_owned(), ..Last::default() };
        let tone = match mark {
            Mark::Going => None,
            Mark::Done => Some(Tone::Good),
            Mark::Failed => Some(Tone::Bad),
        };
        let word = tone.map_or_else(|| phase.to_owned(), |tone| self.paint.text(tone, phase));
        let seconds = self.began.elapsed().as_secs_f64();
        match &mut self.view {
            View::Terminal(lines) => lines.step(service, &text(&word, detail), mark, seconds),
            _ if is_new_phase || mark == Mark::Failed => self.line(service, phase, &word, detail),
            _ => {}
        }
    }

    /// A service has come this far in bytes: a bar on a terminal, elsewhere a line for each further quarter of them, and one
    /// when they go on for long. A `total` of 0 is not known.
    pub fn bytes(&mut self, service: &str, phase: &str, detail: &str, current: u64, total: u64) {
        if total == 0 {
            return self.step(service, phase, detail, Mark::Going);
        }
        let (phase, detail) = (&*printable(phase), &*printable(detail));
        let last = self.last.entry(service.to_owned()).or_default();
        if last.phase != phase {
            *last = Last { phase: phase.to_owned(), ..Last::default() };
        } else if last.detail == detail {
            return;
        }
        detail.clone_into(&mut last.detail);
        if let View::Terminal(lines) = &mut self.view {
            return lines.bytes(service, phase, detail, current, total);
        }
        // More layers increase the total: a quarter that was shown is not shown again.
        let quarters = current.saturating_mul(4) / total;
        if quarters > last.quarters || last.line.is_none_or(|line| line.elapsed() >= LINE_INTERVAL) {
            (last.quarters, last.line) = (quarters.max(last.quarters), Some(Instant::now()));
            self.line(service, phase, phase, detail);
        }
    }

    /// A line of its own, outside of a terminal; `word` is the phase as people see it.
    fn line(&self, service: &str, phase: &str, word: &str, detail: &str) {
        match &self.view {
            View::Pipe => {
                let (seconds, width) = (self.began.elapsed().as_secs_f64(), self.width);
                stderr(&format!("{seconds:6.1} s  {service:width$}  {}\n", text(word, detail)));
            }
            View::Json => {
                let event =
                    json!({ "time": log::timestamp(), "service": service, "phase": phase, "detail": detail });
                self.output.write(&escape_json(&format!("{event}\n")));
            }
            View::Terminal(_) | View::Quiet => {}
        }
    }

    /// A line above those of the services.
    pub fn say(&self, text: &str) {
        let text = printable(text);
        match &self.view {
            View::Terminal(lines) => lines.say(&format!("{text}\n")),
            View::Quiet => {}
            View::Pipe | View::Json => stderr(&format!("{text}\n")),
        }
    }

    /// Leave the lines as they are and go on below.
    pub fn end(self) {
        if let View::Terminal(lines) = &self.view {
            lines.end();
        }
    }
}

fn text(word: &str, detail: &str) -> String {
    if detail.is_empty() { word.to_owned() } else { format!("{word}  {detail}") }
}
