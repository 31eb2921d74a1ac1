//! The row of every card.

use super::Graph;

/// A picture has at least so many columns before rows are cut, and each group two of them.
const WIDE: usize = 5;

/// The row of each card. An edge points downward, except where it closes a circle.
pub(super) fn ranks(graph: &Graph) -> Vec<usize> {
    let (order, edges) = topological(graph);
    let mut ranks = vec![0; graph.cards.len()];
    for &card in &order {
        for &(_, to) in edges.iter().filter(|(from, _)| *from == card) {
            ranks[to] = ranks[to].max(ranks[card] + 1);
        }
    }
    // A card that pulls at more edges below it than above it moves down to them: shorter edges.
    for &card in order.iter().rev() {
        let below = edges.iter().filter(|(from, _)| *from == card).map(|(_, to)| ranks[*to]);
        let above = edges.iter().filter(|(_, to)| *to == card).count();
        if let Some(nearest) = below.clone().min()
            && below.count() > above
        {
            ranks[card] = nearest - 1;
        }
    }
    spread(graph, &mut ranks);
    cut(graph, &mut ranks);
    ranks
}

/// An order of the cards in which edges point forward, and the edges without those that close a circle.
fn topological(graph: &Graph) -> (Vec<usize>, Vec<(usize, usize)>) {
    #[derive(Clone, Copy, PartialEq)]
    enum Seen {
        Not,
        Open,
        Done,
    }
    let mut edges: Vec<(usize, usize)> =
        graph.edges.iter().copied().filter(|(from, to)| from != to).collect();
    let mut seen = vec![Seen::Not; graph.cards.len()];
    let mut order = Vec::new();
    let mut closing = Vec::new();
    for root in 0..graph.cards.len() {
        let mut stack = vec![(root, 0)];
        while let Some((card, next)) = stack.pop() {
            if next == 0 {
                if seen[card] != Seen::Not {
                    continue;
                }
                seen[card] = Seen::Open;
            }
            let out = edges.iter().filter(|(from, _)| *from == card).nth(next).map(|(_, to)| *to);
            let Some(to) = out else {
                seen[card] = Seen::Done;
                order.push(card);
                continue;
            };
            stack.push((card, next + 1));
            match seen[to] {
                Seen::Open => closing.push((card, to)),
                Seen::Not => stack.push((to, 0)),
                Seen::Done => {}
            }
        }
    }
    edges.retain(|edge| !closing.contains(edge));
    order.reverse();
    (order, edges)
}

/// Cards without edges fill the emptiest rows of their group.
fn spread(graph: &Graph, ranks: &mut [usize]) {
    let alone = |card: usize| !graph.edges.iter().any(|(from, to)| *from == card || *to == card);
    for group in 0..graph.groups.len() {
        let members = || (0..graph.cards.len()).filter(|card| graph.cards[*card].group == group);
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
    let old = ranks.to_vec();
    let mut added = 0;
    for row in 0..=last {
        let mut deepest = 0;
        for (group, width) in width.iter().enumerate() {
            let here: Vec<usize> = (0..old.len())
                .filter(|card| old[*card] == row && graph.cards[*card].group == group)
                .collect();
            let parts = here.len().div_ceil(*width).max(1);
            let each = here.len().div_ceil(parts).max(1);
            for (at, card) in here.into_iter().enumerate() {
                ranks[card] = row + added + at / each;
            }
            deepest = deepest.max(parts - 1);
        }
        added += deepest;
    }
}
