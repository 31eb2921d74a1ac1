//! What the live view draws, at any size.

use ratatui::{
    Frame,
    layout::{Constraint, Layout},
    style::{Color, Modifier, Style},
    text::{Line, Span},
    widgets::{Cell, Paragraph, Row, Table},
};

use super::once::{cores, cpus, mib, state};
use crate::engine::status::{ServiceStatus, StackStatus};

/// Cells of a bar where there is room.
const BAR: u16 = 22;
/// A column with its least useful width of the terminal: narrower ones leave it out.
const COLUMNS: [(&str, u16, u16); 8] = [
    ("service", 20, 0),
    ("memory", BAR, 0),
    ("used", 10, 56),
    ("limit", 10, 70),
    ("peak", 10, 84),
    ("CPUs", 6, 64),
    ("of", 6, 92),
    ("state", 22, 106),
];

/// Draw the whole view. `colors` off leaves everything plain.
pub fn draw(frame: &mut Frame<'_>, name: &str, status: &StackStatus, colors: bool) {
    let paint = |color: Color| if colors { Style::new().fg(color) } else { Style::new() };
    let [head, body, foot] =
        Layout::vertical([Constraint::Length(2), Constraint::Fill(1), Constraint::Length(1)])
            .areas(frame.area());
    frame.render_widget(Paragraph::new(summary(name, status, head.width, &paint)), head);

    let width = body.width;
    let columns: Vec<&(&str, u16, u16)> = COLUMNS.iter().filter(|(_, _, from)| width >= *from).collect();
    // On a very narrow terminal the bar and the name share what there is.
    let bar = if width < 44 { width / 2 } else { BAR };
    let names = columns.iter().map(|(name, wide, _)| match *name {
        "service" | "memory" | "state" => Cell::from(*name),
        name => right(name.to_owned(), usize::from(*wide)),
    });
    let header = Row::new(names).style(Style::new().add_modifier(Modifier::BOLD));
    let fits = usize::from(body.height.saturating_sub(1));
    let rows = status.services.iter().take(fits).map(|service| {
        Row::new(
            columns
                .iter()
                .map(|(column, ..)| cell(column, service, usize::from(bar), &paint))
                .collect::<Vec<_>>(),
        )
    });
    let widths = columns.iter().map(|(column, wide, _)| match *column {
        "service" => Constraint::Fill(1),
        "memory" => Constraint::Length(bar),
        _ => Constraint::Length(*wide),
    });
    frame.render_widget(Table::new(rows, widths).header(header).column_spacing(1), body);

    let hidden = status.services.len().saturating_sub(fits);
    let more = if hidden > 0 { format!("{hidden} more below; ") } else { String::new() };
    frame.render_widget(Paragraph::new(format!("{more}q quits")).style(paint(Color::DarkGray)), foot);
}

fn summary<'a>(
    name: &str,
    status: &StackStatus,
    width: u16,
    paint: &impl Fn(Color) -> Style,
) -> Vec<Line<'a>> {
    let running = status.services.iter().filter(|service| service.state == "running").count();
    let used = status.budget.used_bytes;
    let busy = cores(status, |service| service.cpu);
    let first =
        format!("{name}: {running} of {} services run, {} CPUs", status.services.len(), cpus(Some(busy)));
    let (of, limit) = match status.budget.memory_bytes {
        Some(budget) => (format!("{} of {}", mib(Some(used)), mib(Some(budget))), budget),
        None => (mib(Some(used)), used.max(1)),
    };
    let limits: u64 = status.services.iter().filter_map(|service| service.memory_limit_bytes).sum();
    let mut second = vec![Span::raw(format!("budget {of} "))];
    let room = usize::from(width).saturating_sub(of.len() + 9);
    if room >= 10 {
        // The mark in this bar is the sum of limits: what the stack may reach.
        second.extend(bar(used, Some(limits), limit, room.min(60), paint));
    }
    vec![Line::from(first), Line::from(second)]
}

fn cell<'a>(column: &str, it: &ServiceStatus, cells: usize, paint: &impl Fn(Color) -> Style) -> Cell<'a> {
    match column {
        "service" => Cell::from(it.service.clone()),
        "memory" => match (it.memory_bytes, it.memory_limit_bytes) {
            (Some(used), Some(limit)) => {
                Cell::from(Line::from(bar(used, it.memory_reservation_bytes, limit, cells, paint)))
            }
            _ => Cell::from("-"),
        },
        "used" => right(mib(it.memory_bytes), 10),
        "limit" => right(mib(it.memory_limit_bytes), 10),
        "peak" => right(mib(it.memory_peak_bytes), 10),
        "CPUs" => {
            let held = matches!((it.cpu, it.cpu_limit), (Some(cpu), Some(limit)) if cpu >= limit * 0.9);
            let style = if held { paint(Color::Yellow) } else { Style::new() };
            right(cpus(it.cpu), 6).style(style)
        }
        "of" => right(cpus(it.cpu_limit), 6),
        _ => {
            let good = it.state == "running" && it.health != "unhealthy" && it.selected;
            let style = if good { paint(Color::Green) } else { paint(Color::Yellow) };
            Cell::from(state(it)).style(style)
        }
    }
}

fn right<'a>(text: String, width: usize) -> Cell<'a> {
    Cell::from(format!("{text:>width$}"))
}

/// A bar of `cells` for `used` of `limit`, with a mark at `mark` (the reservation): green below it, yellow above, red close
/// to the limit.
fn bar<'a>(
    used: u64,
    mark: Option<u64>,
    limit: u64,
    cells: usize,
    paint: &impl Fn(Color) -> Style,
) -> Vec<Span<'a>> {
    let at = |amount: u64| {
        let part = u128::from(amount.min(limit)) * cells as u128 / u128::from(limit.max(1));
        usize::try_from(part).unwrap_or(cells).min(cells)
    };
    let full = at(used).max(usize::from(used > 0));
    let color = if used.saturating_mul(10) > limit.saturating_mul(9) {
        Color::Red
    } else if mark.is_some_and(|mark| used > mark) {
        Color::Yellow
    } else {
        Color::Green
    };
    let mark = mark.filter(|mark| *mark < limit).map(at);
    (0..cells)
        .map(|cell| match (cell < full, mark == Some(cell)) {
            (true, true) => Span::styled("▓", paint(color)),
            (true, false) => Span::styled("█", paint(color)),
            (false, true) => Span::raw("│"),
            (false, false) => Span::styled("·", paint(Color::DarkGray)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use ratatui::{Terminal, backend::TestBackend};

    use super::*;
    use crate::ui::top::once::tests::status;

    fn drawn(width: u16, height: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| draw(frame, "orders", &status(), false)).unwrap();
        let buffer = terminal.backend().buffer();
        let cells: Vec<&str> = buffer.content().iter().map(|cell| cell.symbol()).collect();
        cells.chunks(usize::from(width)).map(|row| row.concat().trim_end().to_owned() + "\n").collect()
    }

    #[test]
    fn wide_narrow_and_low() {
        let all = [(120, 7), (72, 7), (40, 7), (24, 5)];
        let drawn: Vec<String> = all.iter().map(|(w, h)| format!("{w} x {h}\n{}", drawn(*w, *h))).collect();
        insta::assert_snapshot!(drawn.join("\n"));
    }

    #[test]
    fn no_size_is_too_small() {
        for (width, height) in [(1, 1), (3, 2), (10, 3), (200, 1)] {
            drawn(width, height);
        }
    }
}
