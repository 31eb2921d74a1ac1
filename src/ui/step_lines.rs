//! The lines of services on a terminal: a spinner, a bar or a mark for each. Those that do not fit are counted.

use std::time::Duration;

use indexmap::IndexMap;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::streams::stderr;
use crate::text::counts;

/// The width of a bar, in columns.
const BAR: usize = 24;
/// How often a spinner turns.
const TICK: Duration = Duration::from_millis(120);

/// How a step is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Under way.
    Going,
    /// Reached.
    Done,
    /// Failed for good.
    Failed,
}

/// The lines.
#[derive(Debug)]
pub struct StepLines {
    all: MultiProgress,
    services: IndexMap<String, ServiceLine>,
    /// How many services have no line; on the terminal only where there are some.
    more: ProgressBar,
    width: usize,
    /// How many steps there were.
    steps: u64,
}

/// A line of a service.
#[derive(Debug)]
struct ServiceLine {
    bar: ProgressBar,
    is_shown: bool,
    /// Its last step; `None` while it waits for its first.
    mark: Option<Mark>,
    /// The number of its last step.
    at: u64,
}

impl StepLines {
    /// A line for each of these, which are at most so wide.
    pub fn new(names: &[&str], width: usize) -> Self {
        let all = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(15));
        let more = hidden_bar();
        style(&more, "  {msg}");
        let services = names.iter().map(|name| {
            let bar = hidden_bar();
            style(&bar, &spinner(width));
            bar.set_prefix((*name).to_owned());
            bar.set_message("waiting");
            ((*name).to_owned(), ServiceLine { bar, is_shown: false, mark: None, at: 0 })
        });
        let mut lines = Self { all, services: services.collect(), more, width, steps: 0 };
        lines.arrange();
        lines.services.values().for_each(|line| line.bar.enable_steady_tick(TICK));
        lines
    }

    /// A service has reached a step.
    pub fn step(&mut self, service: &str, text: &str, mark: Mark, seconds: f64) {
        self.steps += 1;
        let Some(line) = self.services.get_mut(service) else { return };
        let sign = match mark {
            Mark::Going => None,
            Mark::Done => Some('✔'),
            Mark::Failed => Some('✘'),
        };
        let had_sign = matches!(line.mark, Some(Mark::Done | Mark::Failed));
        (line.mark, line.at) = (Some(mark), self.steps);
        let (bar, width) = (&line.bar, self.width);
        // The style comes first: a message is drawn at once.
        match sign {
            None => {
                style(bar, &spinner(width));
                bar.reset_elapsed();
                bar.set_message(text.to_owned());
                if had_sign {
                    bar.enable_steady_tick(TICK);
                }
            }
            Some(sign) => {
                style(bar, &format!("{sign} {{prefix:{width}}}  {{msg}}  {seconds:.1} s"));
                bar.disable_steady_tick();
                bar.set_message(text.to_owned());
                bar.tick();
            }
        }
        self.arrange();
    }

    /// A service has come so far in bytes.
    pub fn bytes(&mut self, service: &str, phase: &str, detail: &str, current: u64, total: u64) {
        self.steps += 1;
        let Some(line) = self.services.get_mut(service) else { return };
        (line.mark, line.at) = (Some(Mark::Going), self.steps);
        let (bar, width) = (&line.bar, self.width);
        bar.set_message(detail.to_owned());
        bar.set_length(total);
        bar.set_position(current);
        let speed = if current < total { "  {binary_bytes_per_sec}" } else { "" };
        style(bar, &format!("{{spinner}} {{prefix:{width}}}  {phase}  {{bar:{BAR}}}  {{msg}}{speed}"));
        self.arrange();
    }

    /// A line above those of the services.
    pub fn say(&self, text: &str) {
        self.all.suspend(|| stderr(text));
    }

    /// Leave the lines as they are, with the cursor below.
    pub fn end(&self) {
        let shown = self.services.values().filter(|line| line.is_shown && !line.bar.is_finished());
        shown.for_each(|line| line.bar.abandon());
        // The cursor is at the end of the last line.
        stderr("\n");
    }

    /// Show as many lines as there is room for: those that are done are hidden first, then those that wait, the last ones first.
    fn arrange(&mut self) {
        let hidden = hidden(self.services.values().map(|line| (line.mark, line.at)), self.room());
        let mut at = 0;
        for (line, is_hidden) in self.services.values_mut().zip(&hidden) {
            if line.is_shown && *is_hidden {
                self.all.remove(&line.bar);
            } else if !line.is_shown && !is_hidden {
                self.all.insert(at, line.bar.clone());
            }
            line.is_shown = !is_hidden;
            at += usize::from(line.is_shown);
        }
        self.all.remove(&self.more);
        if hidden.contains(&true) {
            self.all.add(self.more.clone());
            let marks = self.services.values().zip(&hidden).filter(|(_, is_hidden)| **is_hidden);
            let marks: Vec<Option<Mark>> = marks.map(|(line, _)| line.mark).collect();
            self.more.set_message(counted(&marks));
            self.more.tick();
        }
    }

    /// How many services have room: the terminal without the line of the cursor, and where that is too low without one more.
    fn room(&self) -> usize {
        let rows = ratatui::crossterm::terminal::size().map_or(usize::MAX, |(_, rows)| usize::from(rows));
        let rows = rows.saturating_sub(1);
        if self.services.len() <= rows { self.services.len() } else { rows.saturating_sub(1).max(1) }
    }
}

/// Which of these services, with their last steps, have no line where there is room for so many.
fn hidden(services: impl Iterator<Item = (Option<Mark>, u64)>, room: usize) -> Vec<bool> {
    let services: Vec<(Option<Mark>, u64)> = services.collect();
    let mut order: Vec<usize> = (0..services.len()).collect();
    order.sort_by_key(|at| {
        let (mark, step) = services[*at];
        let from_last = (services.len() - at) as u64;
        match mark {
            Some(Mark::Done) => (0, step),
            None => (1, from_last),
            Some(Mark::Going) => (2, from_last),
            Some(Mark::Failed) => (3, from_last),
        }
    });
    let mut hidden = vec![false; services.len()];
    let count = services.len().saturating_sub(room);
    order.into_iter().take(count).for_each(|at| hidden[at] = true);
    hidden
}

/// `3 more: 2 up, 1 waiting`.
fn counted(marks: &[Option<Mark>]) -> String {
    let count = |of: Option<Mark>| marks.iter().filter(|mark| **mark == of).count();
    let parts = counts([
        (count(Some(Mark::Failed)), "failed"),
        (count(Some(Mark::Going)), "under way"),
        (count(Some(Mark::Done)), "up"),
        (count(None), "waiting"),
    ]);
    format!("{} more: {parts}", marks.len())
}

/// A line that is on no terminal until it is inserted.
fn hidden_bar() -> ProgressBar {
    ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden())
}

fn spinner(width: usize) -> String {
    format!("{{spinner}} {{prefix:{width}}}  {{wide_msg}}")
}

fn style(bar: &ProgressBar, template: &str) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("━╸─"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_up_is_hidden_first_and_failures_last() {
        let of = |services: &[(Option<Mark>, u64)], room| hidden(services.iter().copied(), room);
        let services = [
            (Some(Mark::Done), 9),
            (None, 0),
            (Some(Mark::Going), 3),
            (Some(Mark::Done), 4),
            (Some(Mark::Failed), 5),
            (None, 0),
        ];
        assert_eq!(of(&services, 6), [false; 6]);
        assert_eq!(of(&services, 5), [false, false, false, true, false, false], "it was up first");
        assert_eq!(of(&services, 3), [true, false, false, true, false, true], "the last one that waits");
        assert_eq!(of(&services, 1), [true, true, true, true, false, true]);
    }

    #[test]
    fn what_is_hidden_is_counted() {
        let states = [Some(Mark::Done), None, Some(Mark::Done)];
        assert_eq!(counted(&states), "3 more: 2 up, 1 waiting");
        assert_eq!(counted(&[Some(Mark::Going)]), "1 more: 1 under way");
    }
}
