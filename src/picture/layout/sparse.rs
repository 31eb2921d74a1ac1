//! Which edges of a dense graph are drawn.

use super::{rank, shape::Graph};

/// The most pieces of edges between neighbouring rows: more would take long to lay out, and nothing could be followed with
/// the eye. It is a few times what a readable picture of a thousand services has.
const MOST_PIECES: usize = 20_000;
/// The most pieces between two rows: to order them takes the square of their number.
const MOST_ABREAST: usize = 1_500;
/// Above so many cards, which edges follow from others is not worked out: it takes a bit for each pair of them.
const MOST_CARDS: usize = 4_096;

/// The edges that are drawn, where they are not all: first those are left out that follow from others (A needs C where A
/// needs B and B needs C), then the longest.
pub(super) fn kept(graph: &Graph, ranks: &[usize]) -> Option<Vec<usize>> {
    let mut kept: Vec<usize> = (0..graph.edges.len()).collect();
    if fits(graph, ranks, &kept) == kept.len() {
        return None;
    }
    if graph.cards.len() <= MOST_CARDS {
        kept = without_implied(graph);
    }
    let ranks = rank::ranks(&graph.with_edges(&kept));
    kept.sort_by_key(|at| (length(graph, &ranks, *at), *at));
    let fits = fits(graph, &ranks, &kept);
    kept.truncate(fits);
    kept.sort_unstable();
    Some(kept)
}

fn length(graph: &Graph, ranks: &[usize], edge: usize) -> usize {
    let (from, to) = graph.edges[edge];
    ranks[from].abs_diff(ranks[to])
}

/// How many of these edges, from the first one on, can be drawn.
fn fits(graph: &Graph, ranks: &[usize], edges: &[usize]) -> usize {
    let mut abreast = vec![0_usize; ranks.iter().max().map_or(0, |last| last + 1)];
    let mut pieces = 0;
    let too_many = edges.iter().position(|edge| {
        let (from, to) = graph.edges[*edge];
        let passed = &mut abreast[ranks[from].min(ranks[to])..ranks[from].max(ranks[to])];
        pieces += passed.len();
        passed.iter_mut().for_each(|row| *row += 1);
        pieces > MOST_PIECES || passed.iter().any(|row| *row > MOST_ABREAST)
    });
    too_many.unwrap_or(edges.len())
}

/// The edges that no longer way stands for: the transitive reduction, where edges that close a circle all stay.
fn without_implied(graph: &Graph) -> Vec<usize> {
    let (order, below) = rank::topological(graph);
    let words = graph.cards.len().div_ceil(64);
    let mut place = vec![0; order.len()];
    order.iter().enumerate().for_each(|(at, card)| place[*card] = at);
    // What each card leads to, a bit for each card. A card comes after all that is below it.
    let mut reached = vec![vec![0_u64; words]; graph.cards.len()];
    let mut implied = vec![Vec::new(); graph.cards.len()];
    for card in order.into_iter().rev() {
        let mut nearest = below[card].clone();
        nearest.sort_by_key(|to| place[*to]);
        nearest.dedup();
        let mut own = vec![0_u64; words];
        for to in nearest {
            if own[to / 64] >> (to % 64) & 1 == 1 {
                implied[card].push(to);
                continue;
            }
            own[to / 64] |= 1 << (to % 64);
            own.iter_mut().zip(&reached[to]).for_each(|(own, more)| *own |= more);
        }
        implied[card].sort_unstable();
        reached[card] = own;
    }
    let stays = |at: &usize| {
        let (from, to) = graph.edges[*at];
        implied[from].binary_search(&to).is_err()
    };
    (0..graph.edges.len()).filter(stays).collect()
}

#[cfg(test)]
mod tests {
    use super::{super::*, *};

    fn graph(cards: usize, edges: impl IntoIterator<Item = (usize, usize)>) -> Graph {
        let card = Card { group: 0, width: 140.0, corner: 0.0 };
        Graph { groups: vec![Group::default()], cards: vec![card; cards], edges: edges.into_iter().collect() }
    }

    #[test]
    fn of_a_dense_graph_what_others_imply_is_left_out() {
        let all = |count: usize| (0..count).flat_map(|from| (0..from).map(move |to| (from, to)));
        let small = graph(20, all(20));
        assert_eq!(arrange(&small).left_out, 0);
        for count in [60, 240, 1_000] {
            let layout = arrange(&graph(count, all(count)));
            assert_eq!(layout.left_out, count * (count - 1) / 2 - (count - 1));
            let drawn = layout.routes.iter().filter(|route| !route.is_empty()).count();
            assert_eq!(drawn, count - 1, "the chain stays");
        }
    }

    #[test]
    fn what_nothing_implies_is_bounded() {
        let layers = graph(400, (200..400).flat_map(|from| (0..200).map(move |to| (from, to))));
        let ranks = rank::ranks(&layers);
        let kept = kept(&layers, &ranks).unwrap();
        assert!(kept.len() < 40_000 && !kept.is_empty(), "{}", kept.len());
        let star = arrange(&graph(1_000, (1..1_000).map(|from| (from, 0))));
        assert_eq!(star.left_out, 0, "a star of a thousand is drawn whole");
    }
}
