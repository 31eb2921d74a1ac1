//! What the live view draws, at any size.

use ratatui::{
    Frame,
    layout::{Constraint, Layout},
    style::{Color, Modifier, Style},
    text::{Line, Span},
    widgets::{Cell, Paragraph, Row, Table},
};

use crate::{
    engine::status::{ServiceStatus, StackStatus},
    model::Bytes,
    ui::{
        Tone,
        columns::{CPU_LIMIT, CPUS, Column, LIMIT, PEAK, SERVICE, SUMMARY, USED, bytes, cores, cpus, sum},
        table::Side,
    },
};

/// Cells of a bar where there is room.
const BAR: u16 = 22;
/// What a column of the view shows.
#[derive(Debug, Clone, Copy)]
enum Shown {
    Text(Column),
    /// Memory in use, beside reservation and limit.
    Bar,
}

/// The columns, each with its width (0 is what the others leave) and the least width of the terminal that has it.
const COLUMNS: [(Shown, u16, u16); 8] = [
    (Shown::Text(SERVICE), 0, 0),
    (Shown::Bar, BAR, 0),
    (Shown::Text(Column { heading: "used", ..USED }), 10, 56),
    (Shown::Text(LIMIT), 10, 70),
    (Shown::Text(PEAK), 10, 84),
    (Shown::Text(CPUS), 6, 64),
    (Shown::Text(CPU_LIMIT), 6, 92),
    (Shown::Text(SUMMARY), 22, 106),
];

/// Draw the whole view. `colors` off leaves everything plain.
pub fn draw(frame: &mut Frame<'_>, name: &str, status: &StackStatus, colors: bool) {
    let paint = |color: Color| if colors { Style::new().fg(color) } else { Style::new() };
    let [head, body, foot] =
        Layout::vertical([Constraint::Length(2), Constraint::Fill(1), Constraint::Length(1)])
            .areas(frame.area());
    frame.render_widget(Paragraph::new(summary(name, status, head.width, &paint)), head);

    let width = body.width;
    // On a very narrow terminal the bar and the name share what there is.
    let bar = if width < 44 { width / 2 } else { BAR };
    let columns: Vec<(Shown, u16)> = COLUMNS
        .into_iter()
        .filter(|(.., from)| width >= *from)
        .map(|(shown, wide, _)| (shown, if matches!(shown, Shown::Bar) { bar } else { wide }))
        .collect();
    let names = columns.iter().map(|(shown, wide)| match shown {
        Shown::Text(column) => aligned(column.heading.to_owned(), column, *wide),
        Shown::Bar => Cell::from("memory"),
    });
    let header = Row::new(names).style(Style::new().add_modifier(Modifier::BOLD));
    let fits = usize::from(body.height.saturating_sub(1));
    let rows = status.services.iter().take(fits).map(|service| {
        Row::new(columns.iter().map(|(shown, wide)| cell(*shown, *wide, service, &paint)).collect::<Vec<_>>())
    });
    let widths = columns.iter().map(|(_, wide)| match wide {
        0 => Constraint::Fill(1),
        wide => Constraint::Length(*wide),
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
        format!("{name}: {running} of {} services running, {} CPUs", status.services.len(), cpus(Some(busy)));
    let limits = sum(status, |service| service.memory_limit_bytes);
    // Both words have six letters.
    let (word, of, limit) = match status.budget.memory_bytes {
        Some(budget) => ("budget", format!("{} of {}", bytes(Some(used)), Bytes(budget)), budget),
        None => ("memory", bytes(Some(used)), used.max(limits).max(1)),
    };
    let mut second = vec![Span::raw(format!("{word} {of} "))];
    let room = usize::from(width).saturating_sub(of.len() + 9);
    if room >= 10 {
        // The mark in this bar is the sum of limits: what the stack may reach.
        second.extend(bar(used, Some(limits), limit, room.min(60), paint));
    }
    vec![Line::from(first), Line::from(second)]
}

fn cell<'a>(shown: Shown, wide: u16, it: &ServiceStatus, paint: &impl Fn(Color) -> Style) -> Cell<'a> {
    match (shown, it.memory_bytes, it.memory_limit_bytes) {
        (Shown::Text(column), ..) => {
            let (text, tone) = (column.service)(it);
            let style = match tone {
                Some(Tone::Good | Tone::Added) => paint(Color::Green),
                Some(Tone::Near) => paint(Color::Yellow),
                Some(Tone::Bad | Tone::Removed) => paint(Color::Red),
                None => Style::new(),
            };
            aligned(text, &column, wide).style(style)
        }
        (Shown::Bar, Some(used), Some(limit)) => {
            Cell::from(Line::from(bar(used, it.memory_reservation_bytes, limit, usize::from(wide), paint)))
        }
        (Shown::Bar, ..) => Cell::from("-"),
    }
}

fn aligned<'a>(text: String, column: &Column, wide: u16) -> Cell<'a> {
    let wide = usize::from(wide);
    Cell::from(if column.side == Side::Left { text } else { format!("{text:>wide$}") })
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
