//! Columns: every item as near to its neighbours above and below as the order of its row permits.

use super::{
    order::Rows,
    shape::{ASIDE, BETWEEN, Graph, PADDING},
};

/// Passes over the rows of a group, alternately downward and upward.
const PASSES: usize = 12;

/// Where everything is from left to right.
#[derive(Debug)]
pub(super) struct Columns {
    /// The centre of each item.
    pub centre: Vec<f64>,
    /// Left and right border of each group.
    pub groups: Vec<(f64, f64)>,
}

/// Place the items of each group in columns of its own, and the groups beside each other: one with rows that end before
/// another's begin may have the same columns.
pub(super) fn columns(graph: &Graph, rows: &Rows) -> Columns {
    let mut columns =
        Columns { centre: vec![0.0; rows.items.len()], groups: vec![(0.0, 0.0); graph.groups.len()] };
    let mut placed: Vec<(usize, (usize, usize))> = Vec::new();
    for group in 0..graph.groups.len() {
        let Some(span) = span(rows, group) else { continue };
        let title = graph.groups[group].left + graph.groups[group].right;
        let width = within(title + BETWEEN, rows, group, &mut columns.centre);
        let beside = placed.iter().filter(|(_, other)| span.0 <= other.1 && other.0 <= span.1);
        let left = beside.map(|(other, _)| columns.groups[*other].1 + ASIDE).fold(0.0, f64::max);
        for item in members(rows, group) {
            columns.centre[item] += left;
        }
        columns.groups[group] = (left, left + width);
        placed.push((group, span));
    }
    columns
}

fn members(rows: &Rows, group: usize) -> impl Iterator<Item = usize> {
    (0..rows.items.len()).filter(move |item| rows.items[*item].group == group)
}

/// The first and last row of a group.
fn span(rows: &Rows, group: usize) -> Option<(usize, usize)> {
    let row = |item: usize| rows.items[item].row;
    Some((members(rows, group).map(row).min()?, members(rows, group).map(row).max()?))
}

/// Place the items of one group from 0 on, and return its width.
fn within(least: f64, rows: &Rows, group: usize, centre: &mut [f64]) -> f64 {
    let cells: Vec<Vec<usize>> = rows
        .rows
        .iter()
        .map(|row| row.iter().copied().filter(|item| rows.items[*item].group == group).collect())
        .collect();
    let wide = cells.iter().map(|cell| packed(rows, cell)).fold(least - 2.0 * PADDING, f64::max);
    for cell in &cells {
        let wanted = vec![wide / 2.0; cell.len()];
        settle(rows, cell, &wanted, wide, centre);
    }
    for pass in 0..PASSES {
        let downward = pass % 2 == 0;
        for step in 0..cells.len() {
            let row = if downward { step } else { cells.len() - 1 - step };
            let wanted: Vec<f64> = cells[row]
                .iter()
                .map(|item| {
                    let links = if downward { &rows.above } else { &rows.below };
                    let near = links[*item].iter().filter(|other| rows.items[**other].group == group);
                    let (mut sum, mut count) = (0.0, 0);
                    for other in near {
                        sum += centre[*other];
                        count += 1;
                    }
                    if count == 0 { centre[*item] } else { sum / f64::from(count) }
                })
                .collect();
            settle(rows, &cells[row], &wanted, wide, centre);
        }
    }
    for item in members(rows, group) {
        centre[item] = (centre[item] + PADDING).round();
    }
    (wide + 2.0 * PADDING).round()
}

fn packed(rows: &Rows, cell: &[usize]) -> f64 {
    let widths: f64 = cell.iter().map(|item| rows.items[*item].width).sum();
    widths + cell.windows(2).map(|pair| between(rows, pair)).sum::<f64>()
}

/// Edges that pass side by side need no more room than their own columns.
fn between(rows: &Rows, pair: &[usize]) -> f64 {
    if pair.iter().all(|item| rows.items[*item].card.is_none()) { 0.0 } else { BETWEEN }
}

/// Put the items of a cell where they want to be, in their order and between 0 and `wide`.
fn settle(rows: &Rows, cell: &[usize], wanted: &[f64], wide: f64, centre: &mut [f64]) {
    let half = |item: usize| rows.items[item].width / 2.0;
    let gaps: Vec<f64> =
        cell.windows(2).map(|pair| half(pair[0]) + between(rows, pair) + half(pair[1])).collect();
    let (Some(first), Some(last)) = (cell.first(), cell.last()) else { return };
    for (item, at) in cell.iter().zip(apart(wanted, &gaps, half(*first), wide - half(*last))) {
        centre[*item] = at;
    }
}

/// The positions with the least sum of squared distances from the wanted ones, neighbours at least a gap apart, all from
/// `low` to `high` where they fit: isotonic regression by pooling adjacent violators.
pub(super) fn apart(wanted: &[f64], gaps: &[f64], low: f64, high: f64) -> Vec<f64> {
    let mut offsets = vec![0.0];
    for gap in gaps {
        offsets.push(offsets[offsets.len() - 1] + gap);
    }
    // Blocks of neighbours that touch: sum of what they want, and how many.
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    let mean = |block: (f64, usize)| block.0 / block.1 as f64;
    for (want, offset) in wanted.iter().zip(&offsets) {
        let mut block = (want - offset, 1);
        while let Some(before) = blocks.pop_if(|before| mean(*before) > mean(block)) {
            block = (before.0 + block.0, before.1 + block.1);
        }
        blocks.push(block);
    }
    let room = offsets.last().copied().unwrap_or_default();
    let high = (high - room).max(low);
    let starts = blocks.iter().flat_map(|block| std::iter::repeat_n(mean(*block).clamp(low, high), block.1));
    starts.zip(&offsets).map(|(start, offset)| start + offset).collect()
}

#[cfg(test)]
mod tests {
    use super::apart;

    #[test]
    fn neighbours_keep_their_distance_and_their_place() {
        assert_eq!(apart(&[10.0, 50.0], &[20.0], 0.0, 100.0), [10.0, 50.0], "nothing is in the way");
        assert_eq!(
            apart(&[50.0, 50.0, 50.0], &[20.0, 20.0], 0.0, 100.0),
            [30.0, 50.0, 70.0],
            "around the middle"
        );
        assert_eq!(apart(&[90.0, 90.0], &[20.0], 0.0, 100.0), [80.0, 100.0], "within the border");
        assert_eq!(apart(&[5.0, 0.0], &[20.0], 0.0, 10.0), [0.0, 20.0], "too narrow: from the left");
    }
}
