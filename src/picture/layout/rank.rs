//! The row of every card.

use std::collections::{BTreeMap, HashSet};

use super::shape::Graph;

/// A picture has at least so many columns before rows are cut, and each group two of them.
const WIDE: usize = 5;

/// The row of each card. An edge points downward, except where it closes a circle.
pub(super) fn ranks(graph: &Graph) -> Vec<usize> {
    let (order, below) = topological(graph);
    let mut ranks = vec![0; graph.cards.len()];
    let mut above = vec![0; graph.cards.len()];
    for &card in &order {
        for &to in &below[card] {
            ranks[to] = ranks[to].max(ranks[card] + 1);
            above[to] += 1;
        }
    }
    // A card that pulls at more edges below it than above it moves down to them: shorter edges.
    for &card in order.iter().rev() {
        let nearest = below[card].iter().map(|to| ranks[*to]).min();
        if let Some(nearest) = nearest.filter(|_| below[card].len() > above[card]) {
            ranks[card] = nearest - 1;
        }
    }
    spread(graph, &mut ranks);
    cut(graph, &mut ranks);
    ranks
}

/// An order of the cards in which edges point forward, and for each card those below it, without edges that close a circle.
pub(super) fn topological(graph: &Graph) -> (Vec<usize>, Vec<Vec<usize>>) {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        Not,
        Open,
        Done,
    }
    let mut below = vec![Vec::new(); graph.cards.len()];
    for &(from, to) in graph.edges.iter().filter(|(from, to)| from != to) {
        below[from].push(to);
    }
    let mut seen = vec![Seen::Not; graph.cards.len()];
    let mut order = Vec::new();
    let mut closing = HashSet::new();
    for root in 0..graph.cards.len() {
        let mut stack = vec![(root, 0)];
        while let Some((card, next)) = stack.pop() {
            if next == 0 {
                if seen[card] != Seen::Not {
                    continue;
                }
                seen[card] = Seen::Open;
            }
            let Some(to) = below[card].get(next).copied() else {
                seen[card] = Seen::Done;
                order.push(card);
                continue;
            };
            stack.push((card, next + 1));
            match seen[to] {
                Seen::Open => {
                    closing.insert((card, to));
                }
                Seen::Not => stack.push((to, 0)),
                Seen::Done => {}
            }
        }
    }
    for (from, below) in below.iter_mut().enumerate() {
        below.retain(|to| !closing.contains(&(from, *to)));
    }
    order.reverse();
    (order, below)
}

/// Cards without edges fill the emptiest rows of their group.
fn spread(graph: &Graph, ranks: &mut [usize]) {
    let mut has_edge = vec![false; graph.cards.len()];
    graph.edges.iter().for_each(|(from, to)| (has_edge[*from], has_edge[*to]) = (true, true));
    let alone = |card: usize| !has_edge[card];
    let mut of_group = vec![Vec::new(); graph.groups.len()];
    graph.cards.iter().enumerate().for_each(|(at, card)| of_group[card.group].push(at));
    for cards in of_group {
        let members = || cards.iter().copied();
        let mut taken: Vec<usize> = Vec::new();
        let mut first = usize::MAX;
        for card in members().filter(|card| !alone(*card)) {
            taken.resize(taken.len().max(ranks[card] + 1), 0);
            taken[ranks[card]] += 1;
            first = first.min(ranks[card]);
        }
        let free = members().filter(|card| alone(*card)).count();
        let rows = ((members().count() as f64).sqrt().ceil() as usize).max(1);
        let first = if taken.is_empty() { 0 } else { first };
        if free > 0 {
            taken.resize(taken.len().max(first + rows.min(free)), 0);
        }
        for card in members().filter(|card| alone(*card)) {
            let row = (first..taken.len()).min_by_key(|row| taken[*row]).unwrap_or(first);
            taken[row] += 1;
            ranks[card] = row;
        }
    }
}

/// Cut a row in which some group is too wide into several, the group's cards in their order.
fn cut(graph: &Graph, ranks: &mut [usize]) {
    let last = ranks.iter().copied().max().unwrap_or_default();
    let mut members = vec![0_usize; graph.groups.len()];
    graph.cards.iter().for_each(|card| members[card.group] += 1);
    // About as many columns as rows over all, and a group's part of them is its part of the cards.
    let columns = ((graph.cards.len() as f64).sqrt().ceil() as usize).max(WIDE);
    let width: Vec<usize> =
        members.iter().map(|cards| (cards * columns).div_ceil(graph.cards.len().max(1)).max(2)).collect();
    let mut cells: Vec<BTreeMap<usize, Vec<usize>>> = vec![BTreeMap::new(); last + 1];
    for (card, row) in ranks.iter().enumerate() {
        cells[*row].entry(graph.cards[card].group).or_default().push(card);
    }
    let mut added = 0;
    for (row, groups) in cells.into_iter().enumerate() {
        let mut deepest = 0;
        for (group, here) in groups {
            let parts = here.len().div_ceil(width[group]).max(1);
            let each = here.len().div_ceil(parts).max(1);
            for (at, card) in here.into_iter().enumerate() {
                ranks[card] = row + added + at / each;
            }
            deepest = deepest.max(parts - 1);
        }
        added += deepest;
    }
}
