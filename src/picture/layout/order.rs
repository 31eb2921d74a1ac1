//! The order of each row, with few crossings.

use super::shape::{BEND, Card, Graph};

/// Sweeps over the rows; the best order of all is kept.
const SWEEPS: usize = 24;

/// A place in a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item {
    /// Its row.
    pub row: usize,
    /// The group that has it in its columns.
    pub group: usize,
    /// The card, or nothing where an edge passes.
    pub card: Option<usize>,
    /// Its width.
    pub width: f64,
}

/// Rows of items, each sorted by group and then so that few edges cross.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    /// Cards first, by their index, then bends.
    pub items: Vec<Item>,
    /// The items of each row from left to right.
    pub rows: Vec<Vec<usize>>,
    /// For each edge its items from the upper card to the lower one; empty for an edge from a card to itself.
    pub chains: Vec<Vec<usize>>,
    /// The items that each is linked to in the row above.
    pub above: Vec<Vec<usize>>,
    /// And below.
    pub below: Vec<Vec<usize>>,
}

impl Rows {
    pub(super) fn new(graph: &Graph, ranks: &[usize]) -> Self {
        let card = |(at, card): (usize, &Card)| Item {
            row: ranks[at],
            group: card.group,
            card: Some(at),
            width: card.width,
        };
        let mut items: Vec<Item> = graph.cards.iter().enumerate().map(card).collect();
        let mut chains = Vec::with_capacity(graph.edges.len());
        for &(from, to) in &graph.edges {
            let (upper, lower) = if ranks[from] <= ranks[to] { (from, to) } else { (to, from) };
            if from == to {
                chains.push(Vec::new());
                continue;
            }
            let mut chain = vec![upper];
            for row in ranks[upper] + 1..ranks[lower] {
                // Down the columns of the group that it ends in.
                chain.push(items.len());
                items.push(Item { row, group: graph.cards[lower].group, card: None, width: BEND });
            }
            chain.push(lower);
            chains.push(chain);
        }
        let mut above = vec![Vec::new(); items.len()];
        let mut below = vec![Vec::new(); items.len()];
        for pair in chains.iter().flat_map(|chain| chain.windows(2)) {
            above[pair[1]].push(pair[0]);
            below[pair[0]].push(pair[1]);
        }
        let mut rows = vec![Vec::new(); items.iter().map(|item| item.row + 1).max().unwrap_or_default()];
        for (at, item) in items.iter().enumerate() {
            rows[item.row].push(at);
        }
        for row in &mut rows {
            row.sort_by_key(|item| items[*item].group);
        }
        let mut rows = Self { items, rows, chains, above, below };
        rows.sweep();
        rows
    }

    fn sweep(&mut self) {
        let mut at = self.places();
        let mut best = (self.crossings(&at), self.rows.clone());
        for sweep in 0..SWEEPS {
            if best.0 == 0 {
                break;
            }
            let count = self.rows.len();
            for step in 1..count {
                let (row, links) =
                    if sweep % 2 == 0 { (step, &self.above) } else { (count - 1 - step, &self.below) };
                let beside = if sweep % 2 == 0 { row - 1 } else { row + 1 };
                let key = |item: usize| {
                    let linked = &links[item];
                    let sum: usize = linked.iter().map(|other| at[*other]).sum();
                    if linked.is_empty() {
                        // What hangs on nothing keeps its relative place.
                        at[item] as f64 * self.rows[beside].len() as f64 / self.rows[row].len() as f64
                    } else {
                        sum as f64 / linked.len() as f64
                    }
                };
                let mut sorted = self.rows[row].clone();
                sorted.sort_by(|a, b| {
                    let groups = self.items[*a].group.cmp(&self.items[*b].group);
                    groups.then(key(*a).total_cmp(&key(*b)))
                });
                sorted.iter().enumerate().for_each(|(place, item)| at[*item] = place);
                self.rows[row] = sorted;
            }
            let crossings = self.crossings(&at);
            if crossings < best.0 {
                best = (crossings, self.rows.clone());
            }
        }
        self.rows = best.1;
    }

    /// Each item's place in its row.
    fn places(&self) -> Vec<usize> {
        let mut at = vec![0; self.items.len()];
        let places = self.rows.iter().flat_map(|row| row.iter().enumerate());
        places.for_each(|(place, item)| at[*item] = place);
        at
    }

    /// How many pairs of links between neighbouring rows cross, where each item is at its place.
    fn crossings(&self, at: &[usize]) -> usize {
        let mut crossings = 0;
        for row in 1..self.rows.len() {
            // Links sorted by their upper end: one crosses every earlier one with a lower end further right.
            let mut ends: Vec<usize> = Vec::new();
            for item in &self.rows[row - 1] {
                let mut lower: Vec<usize> = self.below[*item].iter().map(|other| at[*other]).collect();
                lower.sort_unstable();
                crossings += lower
                    .iter()
                    .map(|end| ends.len() - ends.partition_point(|other| other <= end))
                    .sum::<usize>();
                for end in lower {
                    ends.insert(ends.partition_point(|other| *other <= end), end);
                }
            }
        }
        crossings
    }
}
