//! The live view, at any size: what does not fit is left out, the least useful first.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::{Color, Modifier, Style},
    text::{Line, Span},
    widgets::{Cell, Paragraph, Row, Table},
};

use super::{
    chart::{self, Curve},
    event::{Endpoint, Event, Latency, Point, Watched},
    format::{count, short},
};
use crate::{text::listed, ui::theme::Theme};

/// The least lines and columns for charts.
const CHARTS: (u16, u16) = (16, 40);

/// A column of the table: its name, its width, and the least width of the terminal that has it.
const COLUMNS: [(&str, u16, u16); 6] = [
    ("request", 0, 0),
    ("share", 16, 60),
    ("sent", 10, 34),
    ("failed", 10, 0),
    ("p50 ms", 9, 72),
    ("p99 ms", 9, 48),
];

/// Draw what is known. `colors` off leaves everything plain.
pub fn draw(frame: &mut Frame<'_>, watched: &Watched, colors: bool) {
    let view = View { watched, theme: Theme { colors } };
    let area = frame.area();
    let Some(event) = &watched.now else {
        frame.render_widget(Paragraph::new("Connecting…"), area);
        return;
    };
    let head = view.head(event);
    let summary = view.summary(event, area.width);
    let lines = summary.len().min(4) as u16;
    let table = event.endpoints.len() as u16 + 1;
    let charts = area.height >= CHARTS.0 && area.width >= CHARTS.1;
    let errors = u16::from(!event.status.errors.is_empty() || event.status.captures_missing > 0);
    let [top, numbers, curves, requests, failures, foot] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(lines),
        if charts { Constraint::Min(8) } else { Constraint::Length(0) },
        if charts { Constraint::Max(table) } else { Constraint::Min(0) },
        Constraint::Length(errors),
        Constraint::Length(1),
    ])
    .areas(area);
    frame.render_widget(head, top);
    frame.render_widget(Paragraph::new(summary), numbers);
    if charts {
        view.charts(frame, curves);
    }
    frame.render_widget(view.table(event, requests.width), requests);
    frame.render_widget(view.failures(event), failures);
    frame.render_widget(view.foot(event), foot);
}

struct View<'a> {
    watched: &'a Watched,
    theme: Theme,
}

impl View<'_> {
    /// State and target.
    fn head<'e>(&self, event: &'e Event) -> Line<'e> {
        let status = &event.status;
        let (text, color) = match (&self.watched.lost, &event.trouble) {
            (Some(since), _) => {
                (format!("connection lost for {} s, reconnecting", since.elapsed().as_secs()), Color::Red)
            }
            (None, Some(trouble)) if status.state == "running" => {
                let seconds = event.point.as_ref().map_or(0.0, |point| (point.t - trouble.since).max(0.0));
                (format!("target down: {} for {seconds:.0} s", trouble.kind), Color::Red)
            }
            (None, _) if status.state == "running" => (status.state.clone(), Color::Green),
            (None, _) => (status.state.clone(), Color::Yellow),
        };
        let mode = status.mode.as_deref().unwrap_or("no mode");
        Line::from(vec![
            Span::styled(format!("● {text}"), self.theme.fg(color).add_modifier(Modifier::BOLD)),
            Span::raw(format!("  {mode}  ")),
            Span::styled(status.target.as_str(), self.theme.dim()),
        ])
    }

    /// The numbers, as many on a line as fit.
    fn summary<'e>(&self, event: &Event, width: u16) -> Vec<Line<'e>> {
        let status = &event.status;
        let asked = status.rps.map_or("the maximum rate".to_owned(), |rate| format!("{rate}/s"));
        let ended = status.stats.successful + status.stats.failed;
        // 99.97 % is not 100 %.
        let success = match (ended, status.stats.failed) {
            (0, _) => "–".to_owned(),
            (_, 0) => "100 %".to_owned(),
            _ => format!("{:.2} %", (status.stats.successful as f64 / ended as f64 * 1e4).floor() / 1e2),
        };
        let Latency { p50, p99 } = event.lately.latency_ms;
        let time =
            |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{} ms", short(value)));
        let bad = |count: u64, color| if count > 0 { self.theme.fg(color) } else { Style::new() };
        let parts = [
            (format!("reached {} of {asked}", short(status.current_rps)), Style::new()),
            (format!("succeeded {success} of {}", count(ended)), bad(status.stats.failed, Color::Red)),
            (format!("p50 {}", time(p50)), Style::new()),
            (format!("p99 {}", time(p99)), Style::new()),
            (format!("in flight {}", status.in_flight), Style::new()),
            (format!("dropped {}", count(status.dropped)), bad(status.dropped, Color::Yellow)),
        ];
        let mut lines: Vec<Line<'e>> = Vec::new();
        for (text, style) in parts {
            let span = Span::styled(text, style);
            match lines.last_mut() {
                Some(line) if line.width() + 3 + span.width() <= usize::from(width) => {
                    line.push_span("   ");
                    line.push_span(span);
                }
                _ => lines.push(Line::from(span)),
            }
        }
        lines
    }

    fn charts(&self, frame: &mut Frame<'_>, area: Rect) {
        let halves = if area.width >= 110 {
            Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).spacing(2).split(area)
        } else {
            Layout::vertical([Constraint::Fill(1), Constraint::Fill(1)]).split(area)
        };
        let points: Vec<&Point> = self.watched.points.iter().collect();
        let silent = self.watched.lost.map_or(0.0, |since| since.elapsed().as_secs_f64());
        let end = points.last().map_or(0.0, |point| point.t) + silent;
        let rates = [
            Curve { name: "asked", color: Color::DarkGray, value: &|point| point.asked },
            Curve { name: "reached", color: Color::Green, value: &|point| Some(point.reached) },
            Curve {
                name: "failed",
                color: Color::Red,
                value: &|point| (point.failed > 0).then(|| point.failed as f64 / point.seconds.max(1e-3)),
            },
        ];
        chart::draw(frame, halves[0], "requests a second", &points, end, &rates, self.theme);
        let times = [
            Curve {
                name: "p99",
                color: Color::Magenta,
                value: &|point| point.latency_ms.and_then(|times| times.p99),
            },
            Curve {
                name: "p50",
                color: Color::Blue,
                value: &|point| point.latency_ms.and_then(|times| times.p50),
            },
        ];
        chart::draw(frame, halves[1], "response time, ms", &points, end, &times, self.theme);
    }

    fn table<'e>(&self, event: &'e Event, width: u16) -> Table<'e> {
        let columns: Vec<&(&str, u16, u16)> =
            COLUMNS.iter().filter(|(_, _, least)| width >= *least).collect();
        let header = columns.iter().map(|(name, wide, _)| match *name {
            "request" | "share" => Cell::from(*name),
            name => right(name.to_owned(), *wide),
        });
        let rows = event.endpoints.iter().map(|(name, endpoint)| {
            let cells = columns.iter().map(|(column, wide, _)| match *column {
                "request" => Cell::from(name.as_str()),
                column => self.cell(column, *wide, endpoint, event.status.stats.total),
            });
            Row::new(cells.collect::<Vec<_>>())
        });
        let widths = columns.iter().map(|(name, wide, _)| match *name {
            "request" => Constraint::Max(48),
            _ => Constraint::Length(*wide),
        });
        Table::new(rows, widths).header(Row::new(header).style(self.theme.dim())).column_spacing(1)
    }

    fn cell<'e>(&self, column: &str, wide: u16, endpoint: &Endpoint, all: u64) -> Cell<'e> {
        match column {
            "share" => {
                let share = endpoint.sent as f64 / all.max(1) as f64;
                let cells = usize::from(wide).saturating_sub(6);
                let bar = "█".repeat((share * cells as f64).round() as usize);
                Cell::from(format!("{bar:<cells$} {:>3.0} %", share * 100.0))
            }
            "sent" => right(count(endpoint.sent), wide),
            "failed" if endpoint.failed > 0 => {
                right(count(endpoint.failed), wide).style(self.theme.fg(Color::Red))
            }
            "failed" => right("0".to_owned(), wide),
            "p50 ms" => right(endpoint.p50.map_or("–".to_owned(), short), wide),
            _ => right(endpoint.p99.map_or("–".to_owned(), short), wide),
        }
    }

    fn failures<'e>(&self, event: &Event) -> Line<'e> {
        let mut errors: Vec<(&String, &u64)> = event.status.errors.iter().collect();
        errors.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let kinds = listed(errors.iter().map(|(kind, number)| format!("{kind} {}", count(**number))));
        let failures = (!kinds.is_empty()).then(|| format!("failures: {kinds}"));
        // Not among the failures: those answers are successes, and the mix is another one.
        let missing = Some(event.status.captures_missing).filter(|missing| *missing > 0);
        let missing = missing.map(|missing| format!("captures missing: {}", count(missing)));
        let parts: Vec<String> = failures.into_iter().chain(missing).collect();
        Line::styled(parts.join("   "), self.theme.fg(Color::Red))
    }

    fn foot<'e>(&self, event: &Event) -> Line<'e> {
        let seconds = event.status.uptime_seconds as u64;
        let up = format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
        if let Some(refused) = &self.watched.refused {
            return Line::styled(refused.clone(), self.theme.fg(Color::Red));
        }
        let key = |(at, (name, rate)): (usize, (&String, &f64))| match at {
            0..9 => format!("{} {name} {rate}/s", at + 1),
            _ => format!("{name} {rate}/s"),
        };
        let modes: Vec<String> = event.modes.iter().enumerate().map(key).collect();
        Line::styled(format!("q quits   up {up}   {}", modes.join("   ")), self.theme.dim())
    }
}

fn right<'e>(text: String, wide: u16) -> Cell<'e> {
    Cell::from(format!("{text:>wide$}", wide = usize::from(wide)))
}

#[cfg(test)]
mod tests {
    use ratatui::{Terminal, backend::TestBackend};
    use serde_json::json;

    use super::*;

    fn watched(trouble: bool) -> Watched {
        let mut watched = Watched::default();
        for second in 0..70_u32 {
            let wave = f64::from(second % 20);
            let gap = (30..40).contains(&second);
            let event = json!({
                "status": {
                    "mode": "burst", "rps": 40, "state": "running", "current_rps": 39.87, "target": "http://nginx",
                    "uptime_seconds": 3_725.4, "in_flight": 3, "dropped": 0,
                    "stats": {"total": 12_345, "successful": 12_300, "failed": 42},
                    "errors": {"timeout": 2, "status-503": 40},
                },
                "lately": {"responses": 40, "latency_ms": {"p50": 5.5, "p99": 48.25}},
                "modes": {"steady": 2, "burst": 40, "pause": 0},
                "started": 1.0,
                "point": {"t": f64::from(second), "seconds": 1, "asked": 40, "reached": 40.0 - wave / 10.0, "failed": second / 60,
                    "latency_ms": if gap { json!(null) } else { json!({"p50": 5.0 + wave / 4.0, "p99": 20.0 + wave * 2.0}) }},
                "endpoints": {
                    "POST /orders": {"sent": 7_400, "failed": 30, "p50": 6.5, "p99": 61.0},
                    "GET /orders": {"sent": 4_945, "failed": 12, "p50": 0.25, "p99": 1_234.5},
                },
                "trouble": if trouble { json!({"since": 60.0, "kind": "connect-refused"}) } else { json!(null) },
            });
            watched.receive(serde_json::from_value(event).unwrap());
        }
        watched
    }

    fn drawn(width: u16, height: u16, watched: &Watched) -> TestBackend {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| draw(frame, watched, true)).unwrap();
        terminal.backend().clone()
    }

    #[test]
    fn as_a_person_sees_it() {
        insta::assert_snapshot!("wide", drawn(120, 24, &watched(false)));
        insta::assert_snapshot!("usual", drawn(80, 24, &watched(true)));
        insta::assert_snapshot!("narrow", drawn(38, 12, &watched(false)));
    }

    #[test]
    fn nothing_answered_and_nothing_captured() {
        let mut watched = watched(false);
        let event = watched.now.as_mut().unwrap();
        event.lately = serde_json::from_value(json!({"latency_ms": {"p50": null, "p99": null}})).unwrap();
        event.endpoints =
            serde_json::from_value(json!({"GET /": {"sent": 1, "failed": 0, "p50": null, "p99": null}}))
                .unwrap();
        event.status.errors.clear();
        event.status.captures_missing = 1_234;
        let screen = drawn(80, 24, &watched).to_string();
        assert!(screen.contains("p50 –   p99 –") && screen.contains("captures missing: 1,234"), "{screen}");
        assert!(!screen.contains("failures"), "{screen}");
    }

    #[test]
    fn no_size_is_too_small() {
        let (empty, full) = (Watched::default(), watched(true));
        for width in [0, 1, 2, 5, 9, 20, 33, 40, 47, 59, 61, 200] {
            for height in [0, 1, 2, 3, 5, 8, 15, 16, 17, 60] {
                drawn(width, height, &empty);
                drawn(width, height, &full);
            }
        }
    }

    #[test]
    fn another_run_starts_over() {
        let mut watched = watched(false);
        let mut event = watched.now.clone().unwrap();
        event.started = 2.0;
        watched.receive(event);
        assert_eq!(watched.points.len(), 1);
    }
}
