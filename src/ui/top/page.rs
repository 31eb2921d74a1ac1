//! A live view as a whole: figures, a table, what is shown of the chosen row, keys.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::Line,
    widgets::Paragraph,
};

use super::grid::Grid;
use crate::ui::theme::Theme;

/// The least height that has lines for CPUs and for space between the parts.
pub const ROOMY: u16 = 12;

/// A view of these parts.
pub struct Page {
    /// The figures above.
    pub head: Vec<Line<'static>>,
    /// The table.
    pub grid: Grid,
    /// The least height of the chosen row's part; `None` where no row is chosen.
    pub detail: Option<u16>,
    /// The height of the keys.
    pub foot: u16,
}

impl Page {
    /// Draw it, with the chosen row's part and the foot for their places; the foot is given how many rows are hidden above and below.
    pub fn draw(
        self,
        frame: &mut Frame<'_>,
        theme: Theme,
        detail: impl FnOnce(Rect) -> Vec<Line<'static>>,
        foot: impl FnOnce(Rect, [usize; 2]) -> Vec<Line<'static>>,
    ) {
        let [head_area, table, detail_area, foot_area] = self.areas(frame.area());
        let (rows, hidden) = self.grid.lines(usize::from(table.width), usize::from(table.height), theme);
        frame.render_widget(Paragraph::new(self.head), head_area);
        frame.render_widget(Paragraph::new(rows), table);
        frame.render_widget(Paragraph::new(detail(detail_area)), detail_area);
        frame.render_widget(Paragraph::new(foot(foot_area, hidden)), foot_area);
    }

    /// The places of head, table, detail and foot.
    fn areas(&self, area: Rect) -> [Rect; 4] {
        let space = u16::from(area.height >= ROOMY);
        let [head, _, body, foot] = Layout::vertical([
            Constraint::Length(u16::try_from(self.head.len()).unwrap_or(1)),
            Constraint::Length(space),
            Constraint::Fill(1),
            Constraint::Length(self.foot),
        ])
        .areas(area);
        let rows = u16::try_from(self.grid.rows.len() + 1).unwrap_or(u16::MAX);
        let detail = self.detail.filter(|least| body.height > least + 2);
        let detail = detail.map_or(0, |least| {
            body.height.saturating_sub(rows.saturating_add(space)).max(least.max(body.height / 3))
        });
        let [table, _, detail] = Layout::vertical([
            Constraint::Length(rows.min(body.height.saturating_sub(detail))),
            Constraint::Length(space),
            Constraint::Fill(1),
        ])
        .areas(body);
        [head, table, detail, foot]
    }
}
