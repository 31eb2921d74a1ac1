//! A table over the whole width of a terminal: names stay whole, bars take what is left, and what does not fit is left out, the
//! least useful first.

use ratatui::text::{Line, Span};

use super::bar::Bar;
use crate::ui::{Tone, table::Side, theme::Theme};

/// Columns between two columns.
const GAP: usize = 2;
/// The mark of the chosen row, and its place in the others.
const CHOSEN: &str = "▸ ";
/// The mark behind the heading of the column that rows are sorted by.
const SORTED: &str = " ▾";

/// The heading of a column.
#[derive(Debug, Clone, Copy)]
pub struct Head {
    /// Its text.
    pub text: &'static str,
    /// On which side its cells stand.
    pub side: Side,
    /// The order in which columns are left out: the highest first, 0 never.
    pub rank: u8,
    /// The least width.
    pub least: usize,
    /// Its share of the width that is left; 0 takes as much as its longest cell.
    pub share: usize,
    /// A mark behind the text of the column that the rows are sorted by.
    pub is_sorted: bool,
}

/// What a cell shows.
#[derive(Debug, Clone)]
pub enum Cell {
    /// A text, and what its colour means.
    Text(String, Option<Tone>),
    /// A text that is there for whoever looks for it.
    Dim(String),
    /// A bar as wide as its column.
    Bar(Bar),
}

/// Rows below headings.
#[derive(Debug)]
pub struct Grid {
    /// The headings.
    pub heads: Vec<Head>,
    /// The rows; each has a cell for each heading.
    pub rows: Vec<Vec<Cell>>,
    /// Which row is chosen.
    pub chosen: Option<usize>,
}

impl Head {
    /// Text as wide as its longest cell.
    pub fn text(text: &'static str, side: Side, rank: u8) -> Self {
        Self { text, side, rank, least: 0, share: 0, is_sorted: false }
    }

    /// A bar, or a text that is cut, with a share of what is left.
    pub fn flexible(text: &'static str, rank: u8, least: usize, share: usize) -> Self {
        Self { text, side: Side::Left, rank, least, share, is_sorted: false }
    }

    /// The same for a column that rows can be sorted by, with a mark where they are.
    pub fn sorted(self, is_sorted: bool) -> Self {
        Self { is_sorted, least: self.least.max(width(self.text) + width(SORTED)), ..self }
    }

    fn shown(&self) -> String {
        format!("{}{}", self.text, if self.is_sorted { SORTED } else { "" })
    }
}

impl Cell {
    /// A text; a dash, which stands for what is not known, is not looked at first.
    pub fn known(text: String, tone: Option<Tone>) -> Self {
        if text == "-" { Self::Dim(text) } else { Self::Text(text, tone) }
    }

    /// How many columns its text takes; a bar takes what it gets.
    fn width(&self) -> usize {
        match self {
            Self::Text(text, _) | Self::Dim(text) => width(text),
            Self::Bar(_) => 0,
        }
    }
}

impl Grid {
    /// The headings and as many rows as fit, and how many rows are hidden above and below them. The chosen row is among them.
    pub fn lines(&self, columns: usize, height: usize, theme: Theme) -> (Vec<Line<'static>>, [usize; 2]) {
        let widths = self.widths(columns.saturating_sub(width(CHOSEN)));
        let fits = height.saturating_sub(1);
        let first = self.chosen.map_or(0, |chosen| (chosen + 1).saturating_sub(fits.max(1)));
        let mut lines = vec![self.heading(&widths, theme)];
        for (at, row) in self.rows.iter().enumerate().skip(first).take(fits) {
            lines.push(self.row(row, &widths, self.chosen == Some(at), theme));
        }
        lines.truncate(height);
        (lines, [first, self.rows.len().saturating_sub(first + fits)])
    }

    fn heading(&self, widths: &[Option<usize>], theme: Theme) -> Line<'static> {
        let mut spans = vec![Span::raw(" ".repeat(width(CHOSEN)))];
        for (head, wide) in self.heads.iter().zip(widths).filter_map(|(head, wide)| Some((head, (*wide)?))) {
            let style = if head.is_sorted { theme.bold() } else { theme.dim() };
            spans.push(Span::styled(aligned(&head.shown(), head.side, wide), style));
            spans.push(Span::raw(" ".repeat(GAP)));
        }
        Line::from(spans)
    }

    fn row(&self, row: &[Cell], widths: &[Option<usize>], is_chosen: bool, theme: Theme) -> Line<'static> {
        let mut spans = vec![Span::raw(if is_chosen { CHOSEN } else { "  " })];
        let placed = self.heads.iter().zip(row).zip(widths);
        for ((head, cell), wide) in placed.filter_map(|(it, wide)| Some((it, (*wide)?))) {
            match cell {
                Cell::Bar(bar) => spans.extend(bar.spans(wide, theme)),
                Cell::Text(text, tone) => {
                    spans.push(Span::styled(aligned(text, head.side, wide), theme.tone(*tone)));
                }
                Cell::Dim(text) => spans.push(Span::styled(aligned(text, head.side, wide), theme.dim())),
            }
            spans.push(Span::raw(" ".repeat(GAP)));
        }
        let line = Line::from(spans);
        if is_chosen { line.patch_style(theme.bold()) } else { line }
    }

    /// The width of each column; `None` where it is left out.
    fn widths(&self, columns: usize) -> Vec<Option<usize>> {
        let content = |at: usize| self.rows.iter().map(|row| row[at].width()).max().unwrap_or(0);
        let wanted = |(at, head): (usize, &Head)| match head.share {
            0 => content(at).max(width(&head.shown())).max(head.least),
            _ => head.least,
        };
        let wanted: Vec<usize> = self.heads.iter().enumerate().map(wanted).collect();
        let mut by_rank: Vec<usize> = (0..self.heads.len()).collect();
        by_rank.sort_by_key(|at| self.heads[*at].rank);
        let mut widths = vec![None; self.heads.len()];
        let mut left = columns;
        for at in by_rank {
            let needs = wanted[at] + if left == columns { 0 } else { GAP };
            if needs > left {
                // What is less useful has no place either: columns do not come and go between others.
                break;
            }
            (widths[at], left) = (Some(wanted[at]), left - needs);
        }
        if widths.get(1).is_some_and(Option::is_none) {
            // On a very narrow terminal the name and the bar share what there is.
            let name = wanted[0].min(columns / 2);
            (widths[0], widths[1], left) = (Some(name), Some(columns.saturating_sub(name + GAP)), 0);
        }
        self.share(left, &mut widths, content);
        widths
    }

    /// Give what is left to the flexible columns: a text takes no more than it has.
    fn share(&self, mut left: usize, widths: &mut [Option<usize>], content: impl Fn(usize) -> usize) {
        let mut shares: usize =
            self.heads.iter().zip(&*widths).filter_map(|(head, it)| it.map(|_| head.share)).sum();
        let is_bar = |at: usize| self.rows.iter().any(|row| matches!(row[at], Cell::Bar(_)));
        let mut flexible: Vec<usize> =
            (0..self.heads.len()).filter(|at| widths[*at].is_some() && self.heads[*at].share > 0).collect();
        flexible.sort_by_key(|at| is_bar(*at));
        for at in flexible {
            let share = left * self.heads[at].share / shares.max(1);
            let has = widths[at].unwrap_or(0);
            let longest = content(at).max(width(&self.heads[at].shown()));
            let more = if is_bar(at) { share } else { share.min(longest.saturating_sub(has)) };
            widths[at] = Some(has + more);
            (left, shares) = (left - more, shares - self.heads[at].share);
        }
    }
}

/// A text on so many columns, cut where it is longer.
fn aligned(text: &str, side: Side, wide: usize) -> String {
    let text = cut(text, wide);
    let space = " ".repeat(wide.saturating_sub(width(&text)));
    if side == Side::Left || text.ends_with('…') {
        format!("{text}{space}")
    } else {
        format!("{space}{text}")
    }
}

/// A text on at most so many columns; one that is longer ends with a mark.
pub fn cut(text: &str, wide: usize) -> String {
    if width(text) <= wide {
        return text.to_owned();
    }
    let mut cut = String::new();
    for c in text.chars() {
        if width(&cut) + width(c.encode_utf8(&mut [0; 4])) + 1 > wide {
            break;
        }
        cut.push(c);
    }
    if wide == 0 { cut } else { cut + "…" }
}

/// Columns of a terminal that a text takes.
pub fn width(text: &str) -> usize {
    Span::raw(text).width()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> Grid {
        let heads = vec![
            Head::text("name", Side::Left, 0),
            Head::flexible("bar", 0, 4, 1),
            Head::text("used", Side::Right, 1).sorted(true),
            Head::flexible("what", 2, 6, 1),
        ];
        let row = |name: &str, used: &str| {
            let bar = Bar::memory(1, None, 2);
            let text = |text: &str| Cell::Text(text.to_owned(), None);
            vec![text(name), Cell::Bar(bar), text(used), Cell::Dim("a longer text".to_owned())]
        };
        Grid { heads, rows: vec![row("one", "1 MiB"), row("fulfillment", "10 MiB")], chosen: Some(1) }
    }

    fn drawn(columns: usize, height: usize) -> String {
        let (lines, hidden) = grid().lines(columns, height, Theme { colors: false });
        let lines: Vec<String> = lines.iter().map(|line| line.to_string().trim_end().to_owned()).collect();
        format!("{} {hidden:?}\n{}", columns, lines.join("\n"))
    }

    #[test]
    fn names_stay_whole_and_bars_take_what_is_left() {
        let all = [(60, 9), (44, 9), (32, 2), (16, 9)];
        let all: Vec<String> = all.iter().map(|(columns, height)| drawn(*columns, *height)).collect();
        insta::assert_snapshot!(all.join("\n"));
        for columns in 0..70 {
            for height in 0..4 {
                let (lines, _) = grid().lines(columns, height, Theme { colors: true });
                assert!(lines.len() <= height, "{columns} x {height}");
            }
        }
    }

    #[test]
    fn a_text_that_is_cut_says_so() {
        assert_eq!(aligned("abcdef", Side::Left, 4), "abc…");
        assert_eq!(aligned("ab", Side::Right, 4), "  ab");
        assert_eq!(aligned("日本語", Side::Left, 4), "日… ");
        assert_eq!(aligned("abc", Side::Left, 0), "");
    }
}
