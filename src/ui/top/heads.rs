//! The first lines of a live view: amounts of the whole, each with a bar over the rest of the line.

use ratatui::{
    layout::Rect,
    text::{Line, Span},
};

use super::{bar::Bar, grid::width, page::ROOMY};
use crate::{text::printable, ui::theme::Theme};

/// The least columns for a bar.
const BAR: usize = 8;
/// Columns of a line's name.
const NAME: usize = 8;

/// An amount of the whole.
pub struct Amount {
    /// `memory`.
    pub name: &'static str,
    /// `489 MiB of 12 GiB`.
    pub text: String,
    /// What it is an amount of: `budget`.
    pub of: &'static str,
    /// The same as a bar.
    pub bar: Option<Bar>,
}

/// A line for each, their texts aligned.
pub fn heads(amounts: Vec<Amount>, columns: u16, theme: Theme) -> impl Iterator<Item = Line<'static>> {
    let longest = amounts.iter().map(|it| width(&it.text)).max().unwrap_or(0);
    let names = amounts.iter().map(|it| width(it.of)).max().unwrap_or(0);
    amounts.into_iter().map(move |Amount { name, text, of, bar }| {
        let mut spans = vec![
            Span::styled(format!("{name:<NAME$}"), theme.dim()),
            Span::raw(format!("{text:<longest$} ")),
            Span::styled(format!("{of:<names$}  "), theme.dim()),
        ];
        let room = usize::from(columns).saturating_sub(spans.iter().map(Span::width).sum());
        spans.extend(bar.filter(|_| room >= BAR).into_iter().flat_map(|bar| bar.spans(room, theme)));
        Line::from(spans)
    })
}

/// What is on the disk, where there is room for it. A text that is too long has a line for each of its parts, which stand
/// between semicolons.
pub fn disk(text: &str, area: Rect, theme: Theme) -> Vec<Line<'static>> {
    if area.height < ROOMY || text.is_empty() {
        return Vec::new();
    }
    let text = printable(text);
    let fits = NAME + width(&text) <= usize::from(area.width);
    let parts: Vec<&str> = if fits { vec![&text] } else { text.split("; ").collect() };
    let names = ["disk"].into_iter().chain(std::iter::repeat(""));
    let line = |(name, part): (&str, &str)| {
        Line::from(vec![Span::styled(format!("{name:<NAME$}"), theme.dim()), Span::raw(part.to_owned())])
    };
    names.zip(parts).map(line).collect()
}

/// A line across, with a title.
pub fn rule(title: &str, columns: u16, theme: Theme) -> Line<'static> {
    let title = format!("── {title} ");
    let rest = "─".repeat(usize::from(columns).saturating_sub(width(&title)));
    Line::styled(title + &rest, theme.dim())
}
