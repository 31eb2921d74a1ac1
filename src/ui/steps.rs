//! How far each service is, while it gets there: a line with a spinner for each on a terminal, a line for each step in a
//! pipe, a JSON object a line for programs.

use std::{
    io::{self, IsTerminal, Write},
    time::{Duration, Instant},
};

use indexmap::IndexMap;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;

use super::{Format, Paint, Printer, Tone, log};

/// What a step means for the eye.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Under way.
    Going,
    /// As far as it goes.
    Done,
    /// It will not get there.
    Failed,
}

/// The lines of one run.
#[derive(Debug)]
pub struct Steps {
    look: Look,
    began: Instant,
    width: usize,
    paint: Paint,
    last: IndexMap<String, (String, String)>,
}

#[derive(Debug)]
enum Look {
    Terminal { lines: MultiProgress, bars: IndexMap<String, ProgressBar> },
    Pipe,
    Json,
    Quiet,
}

impl Steps {
    /// Lines for these services, in this order.
    pub fn new<'a>(printer: &Printer, format: Format, services: impl Iterator<Item = &'a str>) -> Self {
        let names: Vec<&str> = services.collect();
        let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        let look = match format {
            Format::Json => Look::Json,
            Format::Human if printer.is_quiet() => Look::Quiet,
            Format::Human if io::stderr().is_terminal() => terminal(&names, width),
            Format::Human => Look::Pipe,
        };
        let paint = Paint { on: printer.colors_stderr() };
        Self { look, began: Instant::now(), width, paint, last: IndexMap::new() }
    }

    /// A service has come this far. What was said of it already is not said again, and bytes only in place.
    pub fn step(&mut self, service: &str, phase: &str, detail: &str, mark: Mark) {
        let now = (phase.to_owned(), detail.to_owned());
        let before = self.last.insert(service.to_owned(), now.clone());
        if before.as_ref() == Some(&now) {
            return;
        }
        let is_new_phase = before.is_none_or(|(before, _)| before != phase);
        let tone = match mark {
            Mark::Going => None,
            Mark::Done => Some(Tone::Good),
            Mark::Failed => Some(Tone::Bad),
        };
        let word = tone.map_or_else(|| phase.to_owned(), |tone| self.paint.text(tone, phase));
        let text = if detail.is_empty() { word } else { format!("{word}  {detail}") };
        let seconds = self.began.elapsed().as_secs_f64();
        match &self.look {
            Look::Terminal { bars, .. } => {
                let Some(bar) = bars.get(service) else { return };
                bar.set_message(text);
                match mark {
                    Mark::Going => bar.reset_elapsed(),
                    Mark::Done | Mark::Failed => finish(bar, mark, self.width, seconds),
                }
            }
            Look::Pipe if is_new_phase || mark == Mark::Failed => {
                let width = self.width;
                err(&format!("{seconds:6.1} s  {service:width$}  {text}\n"));
            }
            Look::Json if is_new_phase || mark == Mark::Failed => {
                let event =
                    json!({ "time": log::timestamp(), "service": service, "phase": phase, "detail": detail });
                // A closed pipe is not an error.
                let _ = writeln!(io::stdout().lock(), "{event}");
            }
            Look::Pipe | Look::Json | Look::Quiet => {}
        }
    }

    /// A line above those of the services.
    pub fn say(&self, text: &str) {
        match &self.look {
            Look::Terminal { lines, .. } => lines.suspend(|| err(&format!("{text}\n"))),
            Look::Quiet => {}
            Look::Pipe | Look::Json => err(&format!("{text}\n")),
        }
    }

    /// Leave the lines as they are and go on below.
    pub fn end(self) {
        if let Look::Terminal { bars, .. } = &self.look {
            bars.values().filter(|bar| !bar.is_finished()).for_each(ProgressBar::abandon);
            // The cursor stands behind the last of them.
            err("\n");
        }
    }
}

fn terminal(names: &[&str], width: usize) -> Look {
    let lines = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(15));
    let mut bars = IndexMap::new();
    for name in names {
        let bar = lines.add(ProgressBar::new_spinner());
        style(&bar, &format!("{{spinner}} {{prefix:{width}}}  {{wide_msg}}"));
        bar.set_prefix((*name).to_owned());
        bar.set_message("waiting");
        bar.enable_steady_tick(Duration::from_millis(120));
        bars.insert((*name).to_owned(), bar);
    }
    Look::Terminal { lines, bars }
}

/// The line stays, with a mark in place of the spinner.
fn finish(bar: &ProgressBar, mark: Mark, width: usize, seconds: f64) {
    let sign = if mark == Mark::Done { '✔' } else { '✘' };
    style(bar, &format!("{sign} {{prefix:{width}}}  {{msg}}  {seconds:.1} s"));
    bar.disable_steady_tick();
    bar.tick();
}

fn style(bar: &ProgressBar, template: &str) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
}

fn err(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
