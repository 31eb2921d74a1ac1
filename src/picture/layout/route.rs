//! Heights, and orthogonal edges between the rows.

use super::{
    order::Rows,
    place::{Columns, apart},
    shape::{CARD_HEIGHT, Graph, Layout, PADDING, Point, Rect, TITLE},
};

/// Between two horizontal pieces in one gap.
const TRACK: f64 = 9.0;
/// Between two edges at one side of a card.
const PORT: f64 = 14.0;
/// From a card's corner to its first edge.
const CORNER: f64 = 16.0;
/// The least height of the part of a gap in which edges turn.
const TURN: f64 = 26.0;

/// A piece of an edge between two neighbouring rows.
#[derive(Debug, Clone, Copy)]
struct Piece {
    top: f64,
    bottom: f64,
    track: usize,
}

impl Piece {
    fn is_straight(self) -> bool {
        self.top == self.bottom
    }

    fn left(self) -> f64 {
        self.top.min(self.bottom)
    }

    fn right(self) -> f64 {
        self.top.max(self.bottom)
    }

    fn meets(self, other: Self) -> bool {
        self.left() <= other.right() && other.left() <= self.right()
    }

    /// How often two pieces cross or run into each other when this one turns above the other.
    fn crossings_above(self, other: Self) -> usize {
        let within = |x: f64, piece: Self| piece.left() <= x && x <= piece.right();
        usize::from(within(self.bottom, other)) + usize::from(within(other.top, self))
    }
}

/// Turn rows and columns into rectangles and lines.
pub(super) fn layout(graph: &Graph, rows: &Rows, columns: &Columns) -> Layout {
    let spans = spans(graph, rows);
    let mut centre = columns.centre.clone();
    let (outlets, inlets) = ports(graph, rows, columns, &spans, &mut centre);
    let mut pieces: Vec<Vec<(usize, Piece)>> = vec![Vec::new(); rows.rows.len()];
    // Where the pieces of an edge are, from its upper end on.
    let mut of_edge: Vec<Vec<usize>> = vec![Vec::new(); rows.chains.len()];
    for (edge, chain) in rows.chains.iter().enumerate() {
        for (step, pair) in chain.windows(2).enumerate() {
            let top = if step == 0 { outlets[edge] } else { centre[pair[0]] };
            let bottom = if step + 2 == chain.len() { inlets[edge] } else { centre[pair[1]] };
            let row = &mut pieces[rows.items[pair[0]].row];
            of_edge[edge].push(row.len());
            row.push((edge, Piece { top, bottom, track: 0 }));
        }
    }
    let (mut y, mut tops, mut turns) = (0.0, Vec::new(), Vec::new());
    for (row, pieces) in pieces.iter_mut().enumerate() {
        if spans.iter().flatten().any(|(first, _)| *first == row) {
            y += TITLE;
        }
        tops.push(y);
        y += CARD_HEIGHT;
        if spans.iter().flatten().any(|(_, last)| *last == row) {
            y += PADDING;
        }
        let tracks = tracks(pieces);
        let height = (TRACK * (tracks + 1) as f64).max(TURN);
        turns.push(y + (height - TRACK * tracks.saturating_sub(1) as f64) / 2.0);
        if row + 1 < rows.rows.len() {
            y += height;
        }
    }
    let cards = graph.cards.iter().enumerate().map(|(at, card)| Rect {
        x: centre[at] - card.width / 2.0,
        y: tops[rows.items[at].row],
        width: card.width,
        height: CARD_HEIGHT,
    });
    let group = |(span, (left, right)): (&Option<(usize, usize)>, &(f64, f64))| {
        let Some((first, last)) = span else { return Rect::default() };
        let (top, bottom) = (tops[*first] - TITLE, tops[*last] + CARD_HEIGHT + PADDING);
        Rect { x: *left, y: top, width: right - left, height: bottom - top }
    };
    let groups: Vec<Rect> = spans.iter().zip(&columns.groups).map(group).collect();
    let routes = (0..graph.edges.len()).map(|edge| {
        let chain = &rows.chains[edge];
        let mut route: Vec<Point> = Vec::new();
        for (upper, at) in chain.iter().zip(&of_edge[edge]) {
            let row = rows.items[*upper].row;
            let piece = pieces[row][*at].1;
            route.push((piece.top, tops[row] + CARD_HEIGHT));
            if !piece.is_straight() {
                let turn = turns[row] + TRACK * piece.track as f64;
                route.extend([(piece.top, turn), (piece.bottom, turn)]);
            }
            route.push((piece.bottom, tops[row + 1]));
        }
        let mut route = straightened(route);
        if chain.first().is_some_and(|first| *first != graph.edges[edge].0) {
            route.reverse();
        }
        route
    });
    Layout {
        width: columns.groups.iter().map(|group| group.1).fold(0.0, f64::max),
        height: groups.iter().map(|group| group.y + group.height).fold(y, f64::max),
        cards: cards.collect(),
        routes: routes.collect(),
        left_out: 0,
        groups,
    }
}

/// The first and last row with a card of each group.
fn spans(graph: &Graph, rows: &Rows) -> Vec<Option<(usize, usize)>> {
    let mut spans: Vec<Option<(usize, usize)>> = vec![None; graph.groups.len()];
    for (at, card) in graph.cards.iter().enumerate() {
        let row = rows.items[at].row;
        let (first, last) = spans[card.group].unwrap_or((row, row));
        spans[card.group] = Some((first.min(row), last.max(row)));
    }
    spans
}

/// For each edge, where it leaves the upper card and where it meets the lower one: as near to the other end as the card is
/// wide, in the order of the other ends, so that edges of one card do not cross beside it. Bends are moved over the lower
/// ends where they have room.
fn ports(
    graph: &Graph,
    rows: &Rows,
    columns: &Columns,
    spans: &[Option<(usize, usize)>],
    centres: &mut [f64],
) -> (Vec<f64>, Vec<f64>) {
    let edges = graph.edges.len();
    let (mut outlets, mut inlets) = (vec![0.0; edges], vec![0.0; edges]);
    // The lower ends first; the upper ends then look straight down to them.
    for lower in [true, false] {
        let mut of_card: Vec<Vec<usize>> = vec![Vec::new(); graph.cards.len()];
        for (edge, chain) in rows.chains.iter().enumerate() {
            if let Some(card) = if lower { chain.last() } else { chain.first() } {
                of_card[*card].push(edge);
            }
        }
        for (at, card) in graph.cards.iter().enumerate() {
            let other_end = |edge: usize| match &rows.chains[edge][..] {
                [.., before, _] if lower => centres[*before],
                [_, after, _, ..] => centres[*after],
                _ => inlets[edge],
            };
            let mut ends: Vec<(f64, usize)> =
                of_card[at].iter().map(|edge| (other_end(*edge), *edge)).collect();
            ends.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            let centre = centres[at];
            let corner = if lower { card.corner } else { 0.0 };
            let (mut low, high) = (centre - card.width / 2.0 + CORNER, centre + card.width / 2.0);
            let mut high = (high - CORNER.max(corner)).max(low);
            if lower && spans[card.group].is_some_and(|(first, _)| first == rows.items[at].row) {
                // Beside the group's title, not through it.
                let (title, (left, right)) = (graph.groups[card.group], columns.groups[card.group]);
                let (from, to) = (low.max(left + title.left), high.min(right - title.right));
                if from <= to {
                    (low, high) = (from, to);
                }
            }
            let between = PORT.min((high - low) / ends.len().saturating_sub(1).max(1) as f64);
            let wanted: Vec<f64> = ends.iter().map(|end| end.0.clamp(low, high)).collect();
            let gaps = vec![between; ends.len().saturating_sub(1)];
            for (place, (_, edge)) in apart(&wanted, &gaps, low, high).into_iter().zip(&ends) {
                if lower { inlets[*edge] = place } else { outlets[*edge] = place }
            }
        }
        if lower {
            line_up(rows, &inlets, centres);
        }
    }
    // A jog too small to be meant becomes none.
    for (outlet, inlet) in outlets.iter_mut().zip(&inlets) {
        if (*outlet - inlet).abs() < 0.5 {
            *outlet = *inlet;
        }
    }
    (outlets, inlets)
}

/// Move the bends of each edge over the place where it ends, as far as their neighbours leave room: an edge then comes down
/// without a jog at its end.
fn line_up(rows: &Rows, inlets: &[f64], centres: &mut [f64]) {
    let mut edges: Vec<usize> = (0..inlets.len()).filter(|edge| rows.chains[*edge].len() > 2).collect();
    edges.sort_by(|a, b| inlets[*a].total_cmp(&inlets[*b]));
    // From the left and from the right, so that whoever is in the way has moved aside.
    for edge in edges.iter().chain(edges.iter().rev()).copied() {
        let chain = &rows.chains[edge];
        for &bend in chain[1..chain.len() - 1].iter().rev() {
            let row = &rows.rows[rows.items[bend].row];
            let is_free = row.iter().filter(|other| **other != bend).all(|other| {
                let apart = (rows.items[bend].width + rows.items[*other].width) / 2.0;
                let side = (centres[*other] - centres[bend]).signum();
                side * (centres[*other] - inlets[edge]) >= apart
            });
            if !is_free {
                break;
            }
            centres[bend] = inlets[edge];
        }
    }
}

/// Give every piece that turns a track, so that pieces which would overlap have different ones and few cross. Returns how
/// many there are.
fn tracks(pieces: &mut [(usize, Piece)]) -> usize {
    let mut open: Vec<usize> = (0..pieces.len()).filter(|at| !pieces[*at].1.is_straight()).collect();
    // What a piece costs above another, compared with below it.
    let against = |one: Piece, other: Piece| match one.meets(other) {
        true => one.crossings_above(other) as isize - other.crossings_above(one) as isize,
        false => 0,
    };
    let cost = |at: &usize| open.iter().map(|other| against(pieces[*at].1, pieces[*other].1)).sum();
    let mut costs: Vec<isize> = open.iter().map(cost).collect();
    let mut done: Vec<usize> = Vec::new();
    while !open.is_empty() {
        // Next from above: the piece that costs least above all that are left.
        let next = (0..open.len()).min_by_key(|at| costs[*at]).unwrap_or_default();
        costs.remove(next);
        let next = open.remove(next);
        for (cost, at) in costs.iter_mut().zip(&open) {
            *cost -= against(pieces[*at].1, pieces[next].1);
        }
        let met = done.iter().filter(|other| pieces[**other].1.meets(pieces[next].1));
        pieces[next].1.track = met.map(|other| pieces[*other].1.track + 1).max().unwrap_or_default();
        done.push(next);
    }
    done.iter().map(|at| pieces[*at].1.track + 1).max().unwrap_or_default()
}

/// Without the corners at which an edge does not turn.
fn straightened(route: Vec<Point>) -> Vec<Point> {
    let mut kept: Vec<Point> = Vec::new();
    for point in route {
        if let [.., before, last] = kept[..]
            && ((before.0 == last.0 && last.0 == point.0) || (before.1 == last.1 && last.1 == point.1))
        {
            kept.pop();
        }
        if kept.last() != Some(&point) {
            kept.push(point);
        }
    }
    kept
}
