//! Bars in eighths of a cell: 0.2 % of a limit shows, and only all of it fills the bar.

use ratatui::{style::Color, text::Span};

use crate::ui::theme::Theme;

/// One to eight eighths of a cell.
const EIGHTHS: [&str; 8] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"];

/// An amount beside what it may reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    /// What is in use.
    pub used: f64,
    /// What the whole bar stands for.
    pub whole: f64,
    /// An amount that has a mark: a reservation, a sum of limits.
    pub mark: Option<f64>,
    /// How it is coloured.
    pub color: Color,
}

impl Bar {
    /// Memory of a service beside its limit, with a mark at the reservation: yellow above that, red close to the limit.
    pub fn memory(used: u64, reserved: Option<u64>, limit: u64) -> Self {
        let color = match () {
            () if used.saturating_mul(10) > limit.saturating_mul(9) => Color::Red,
            () if reserved.is_some_and(|reserved| used > reserved) => Color::Yellow,
            () => Color::Green,
        };
        Self { used: used as f64, whole: limit as f64, mark: reserved.map(|bytes| bytes as f64), color }
    }

    /// CPUs beside their limit: yellow where that holds them back.
    pub fn cpus(used: f64, limit: f64) -> Self {
        let color = if used >= limit * 0.9 { Color::Yellow } else { Color::Green };
        Self { used, whole: limit, mark: None, color }
    }

    /// The same where more than the mark is nothing to look at: it is coloured close to the whole alone.
    pub fn calm(self) -> Self {
        Self { color: if self.color == Color::Red { Color::Red } else { Color::Green }, ..self }
    }

    /// The bar on so many cells.
    pub fn spans(self, cells: usize, theme: Theme) -> Vec<Span<'static>> {
        let filled = self.eighths(cells);
        let (full, part) = (filled / 8, filled % 8);
        let mark = self.mark.filter(|mark| *mark < self.whole).map(|mark| {
            let at = (mark / self.whole * cells as f64) as usize;
            at.min(cells.saturating_sub(1))
        });
        let style = theme.fg(self.color);
        (0..cells)
            .map(|cell| match mark == Some(cell) {
                _ if cell == full && part > 0 => Span::styled(EIGHTHS[part - 1], style),
                true if cell < full => Span::styled("▓", style),
                false if cell < full => Span::styled("█", style),
                true => Span::raw("│"),
                false => Span::styled("·", theme.dim()),
            })
            .collect()
    }

    /// How many eighths are filled: at least one where anything is used, all only where everything is.
    fn eighths(self, cells: usize) -> usize {
        let all = cells * 8;
        if self.used <= 0.0 || all == 0 {
            return 0;
        }
        if self.whole <= 0.0 || self.used >= self.whole {
            return all;
        }
        let share = (self.used / self.whole * all as f64).round() as usize;
        share.clamp(1, all - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bar: Bar, cells: usize) -> String {
        bar.spans(cells, Theme { colors: false }).iter().map(|span| span.content.as_ref()).collect()
    }

    #[test]
    fn a_little_shows_and_only_everything_fills_it() {
        let bar = |used| text(Bar::memory(used, Some(500), 1000), 10);
        assert_eq!(bar(0), "·····│····");
        assert_eq!(bar(2), "▏····│····");
        assert_eq!(bar(30), "▎····│····");
        assert_eq!(bar(250), "██▌··│····");
        assert_eq!(bar(500), "█████│····");
        assert_eq!(bar(760), "█████▓█▋··");
        assert_eq!(bar(999), "█████▓███▉");
        assert_eq!(bar(1000), "█████▓████");
        assert_eq!(bar(5000), "█████▓████");
        // A reservation of the whole limit needs no mark, and no size is too small.
        assert_eq!(text(Bar::memory(100, Some(1000), 1000), 10), "█·········");
        assert_eq!(text(Bar::memory(1, Some(1), 9), 0), "");
        assert_eq!(text(Bar::cpus(0.0, 0.0), 2), "··");
    }

    #[test]
    fn colours_ask_for_attention() {
        let color = |used| Bar::memory(used, Some(500), 1000).color;
        assert_eq!((color(500), color(501), color(901)), (Color::Green, Color::Yellow, Color::Red));
        assert_eq!((Bar::cpus(0.5, 1.0).color, Bar::cpus(0.95, 1.0).color), (Color::Green, Color::Yellow));
    }
}
