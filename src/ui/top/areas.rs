//! Where the parts of a live view stand: figures, a table, what is shown of the chosen row, keys.

use ratatui::layout::{Constraint, Layout, Rect};

/// The least height that has lines for CPUs and for space between the parts.
pub const ROOMY: u16 = 12;

/// How high the parts want to be, in lines.
#[derive(Debug, Clone, Copy)]
pub struct Heights {
    /// The figures above.
    pub head: usize,
    /// The table, without its heading.
    pub rows: usize,
    /// The least of the chosen row's part; `None` where no row is chosen.
    pub detail: Option<u16>,
    /// The keys.
    pub foot: u16,
}

/// The places of head, table, detail and foot.
pub fn areas(area: Rect, heights: Heights) -> [Rect; 4] {
    let space = u16::from(area.height >= ROOMY);
    let [head, _, body, foot] = Layout::vertical([
        Constraint::Length(u16::try_from(heights.head).unwrap_or(1)),
        Constraint::Length(space),
        Constraint::Fill(1),
        Constraint::Length(heights.foot),
    ])
    .areas(area);
    let rows = u16::try_from(heights.rows + 1).unwrap_or(u16::MAX);
    let detail = heights.detail.filter(|least| body.height > least + 2);
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
