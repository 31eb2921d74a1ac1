//! The foot of a live view: what became of a wish, what is hidden, and the keys.

use ratatui::{
    layout::Rect,
    style::Color,
    text::{Line, Span},
};

use super::grid::width;
use crate::{
    text::{counts, printable},
    ui::theme::Theme,
};

/// The keys of a stack and of all projects, each with what it does; those that matter least come last, where a narrow terminal has no room.
pub const STACK: &str = "q quit, ↑↓ choose, m memory, c CPU, n name";
/// Those of a stack that was opened from the list of all projects.
pub const OPENED: &str = "q quit, ↑↓ choose, Esc back, m memory, c CPU, n name";
/// Those of a chosen service.
pub const SERVICE: &str = "q quit, ↑↓ choose, r restart, s shell, Esc close, m memory, c CPU, n name";

/// Those of a chosen project.
pub const PROJECT: &str = "q quit, ↑↓ choose, Enter open, Esc close, m memory, c CPU, n name";

/// The lines of the foot: the question takes the place of the keys, the note stands above them where there is room, else in their
/// place.
pub fn lines(
    area: Rect,
    [above, below]: [usize; 2],
    question: Option<&str>,
    note: &str,
    keys: &str,
    theme: Theme,
) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let note = printable(note).into_owned();
    if !note.is_empty() && (area.height > 1 || question.is_none()) {
        lines.push(Line::styled(note, theme.fg(Color::Cyan)));
    }
    if let Some(question) = question {
        lines.push(Line::styled(question.to_owned(), theme.fg(Color::Yellow)));
    } else if lines.len() < usize::from(area.height) {
        lines.push(hints(usize::from(area.width), above, below, keys, theme));
    }
    lines
}

/// The keys, as many as fit.
fn hints(columns: usize, above: usize, below: usize, keys: &str, theme: Theme) -> Line<'static> {
    let mut spans = Vec::new();
    let hidden = counts([(above, "more above"), (below, "more below")]);
    let mut left = columns;
    if !hidden.is_empty() {
        let text = hidden + "   ";
        left = left.saturating_sub(width(&text));
        spans.push(Span::raw(text));
    }
    for (key, what) in keys.split(", ").filter_map(|key| key.split_once(' ')) {
        let needs = width(key) + width(what) + 1;
        if needs > left {
            break;
        }
        left = left.saturating_sub(needs + 3);
        spans.push(Span::styled((*key).to_owned(), theme.bold()));
        spans.push(Span::styled(format!(" {what}   "), theme.dim()));
    }
    Line::from(spans)
}
