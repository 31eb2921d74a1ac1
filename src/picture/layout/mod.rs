//! A layered drawing after Sugiyama, Tagawa and Toda (1981), for boxes in groups: dependents above what they depend on.
//!
//! `rank` gives every card a row (longest path, pulled tight) and cuts rows that are too wide; `order` puts a bend into every
//! row that an edge passes and sorts each row within its groups by barycentres; `place` finds the columns; `route` draws
//! orthogonal edges. An edge runs in the gaps between rows and through bends, which have columns of their own: it cannot
//! cross a card. `sparse` leaves edges out where there are more than a picture can show. Only additions and comparisons in a fixed order: the same input gives the same numbers on every machine.

mod order;
mod place;
mod rank;
mod route;
mod shape;
mod sparse;

pub use shape::{CARD_HEIGHT, Card, Graph, Group, Layout, Point};

/// Lay out a graph. Edges that close a circle are drawn upward, edges from a card to itself not at all, and of a graph that
/// is too dense some others neither: the layout says how many.
pub fn arrange(graph: &Graph) -> Layout {
    let ranks = rank::ranks(graph);
    let Some(kept) = sparse::kept(graph, &ranks) else { return routed(graph, &ranks) };
    let thinned = graph.with_edges(&kept);
    let mut layout = routed(&thinned, &rank::ranks(&thinned));
    let mut routes = vec![Vec::new(); graph.edges.len()];
    kept.into_iter().zip(layout.routes).for_each(|(at, route)| routes[at] = route);
    layout.left_out = graph.edges.len() - thinned.edges.len();
    Layout { routes, ..layout }
}

fn routed(graph: &Graph, ranks: &[usize]) -> Layout {
    let rows = order::Rows::new(graph, ranks);
    let columns = place::columns(graph, &rows);
    route::layout(graph, &rows, &columns)
}

#[cfg(test)]
mod tests {
    use super::{shape::Rect, *};

    /// Cards in groups with edges from a card to later ones, the same for every seed.
    pub fn random(seed: u64, cards: usize, groups: usize, edges: usize) -> Graph {
        let mut random = fastrand::Rng::with_seed(seed);
        let card = |random: &mut fastrand::Rng| Card {
            group: random.usize(0..groups),
            width: [140.0, 160.0][random.usize(0..2)],
            corner: [0.0, 60.0][random.usize(0..2)],
        };
        let mut graph = Graph { groups: vec![Group { left: 60.0, right: 60.0 }; groups], ..Graph::default() };
        graph.cards = (0..cards).map(|_| card(&mut random)).collect();
        for _ in 0..edges {
            let (a, b) = (random.usize(0..cards), random.usize(0..cards));
            if a != b && !graph.edges.contains(&(a.min(b), a.max(b))) {
                graph.edges.push((a.min(b), a.max(b)));
            }
        }
        graph
    }

    fn apart(a: &Rect, b: &Rect) -> bool {
        a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y
    }

    /// Whether an axis-parallel segment has a point strictly inside.
    fn enters(rect: &Rect, a: Point, b: Point) -> bool {
        let (left, right) = (a.0.min(b.0), a.0.max(b.0));
        let (top, bottom) = (a.1.min(b.1), a.1.max(b.1));
        right > rect.x && left < rect.x + rect.width && bottom > rect.y && top < rect.y + rect.height
    }

    fn holds(graph: &Graph) {
        let layout = arrange(graph);
        assert_eq!(layout, arrange(graph));
        for (at, a) in layout.cards.iter().enumerate() {
            assert!(layout.cards[..at].iter().all(|b| apart(a, b)), "two cards overlap");
            assert!(a.x >= 0.0 && a.x + a.width <= layout.width && a.y + a.height <= layout.height);
            let group = &layout.groups[graph.cards[at].group];
            assert!(!apart(a, group), "a card outside its group");
            let others = layout.groups.iter().enumerate().filter(|(it, _)| *it != graph.cards[at].group);
            assert!(others.map(|(_, group)| group).all(|group| apart(a, group)), "a card in another group");
        }
        for (at, a) in layout.groups.iter().enumerate() {
            assert!(layout.groups[..at].iter().all(|b| apart(a, b)), "two groups overlap");
        }
        assert_eq!(layout.routes.len(), graph.edges.len());
        for ((from, to), route) in graph.edges.iter().zip(&layout.routes) {
            let (first, last) = (route[0], route[route.len() - 1]);
            let (from, to) = (&layout.cards[*from], &layout.cards[*to]);
            assert!(first.1 == from.y + from.height && first.0 > from.x && first.0 < from.x + from.width);
            assert!(last.1 == to.y && last.0 > to.x && last.0 < to.x + to.width);
            for pair in route.windows(2) {
                let ((ax, ay), (bx, by)) = (pair[0], pair[1]);
                assert!(ax == bx || ay == by, "a slanted edge");
                assert!(
                    layout.cards.iter().all(|card| !enters(card, pair[0], pair[1])),
                    "an edge through a card"
                );
            }
        }
    }

    #[test]
    fn nothing_overlaps_whatever_the_graph() {
        for seed in 0..60 {
            let cards = 1 + (seed as usize * 7) % 40;
            holds(&random(seed, cards, 1 + seed as usize % 6, cards * (seed as usize % 4)));
        }
    }

    #[test]
    fn two_hundred_services() {
        let graph = random(7, 200, 8, 320);
        holds(&graph);
        let layout = arrange(&graph);
        assert!(layout.width < 9_000.0 && layout.height < 9_000.0, "{} x {}", layout.width, layout.height);
    }

    #[test]
    fn a_circle_is_drawn_upward_and_a_chain_downward() {
        let card = Card { group: 0, width: 100.0, corner: 0.0 };
        let graph = Graph {
            groups: vec![Group::default()],
            cards: vec![card; 3],
            edges: vec![(0, 1), (1, 2), (2, 0), (1, 1)],
        };
        let layout = arrange(&graph);
        assert!(layout.cards[0].y < layout.cards[1].y && layout.cards[1].y < layout.cards[2].y);
        assert!(layout.routes[0].len() == 2, "a chain is straight: {:?}", layout.routes[0]);
        assert_eq!(layout.routes[2][0].1, layout.cards[2].y);
        assert!(layout.routes[3].is_empty());
    }
}
