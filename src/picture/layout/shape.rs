//! What is laid out, and where everything is.

/// The height of every card.
pub const CARD_HEIGHT: f64 = 66.0;
/// Between two cards of a row.
pub(super) const BETWEEN: f64 = 22.0;
/// The column that an edge passes through a row.
pub(super) const BEND: f64 = 12.0;
/// Between the border of a group and its cards.
pub const PADDING: f64 = 14.0;
/// The title of a group, above its first row.
pub const TITLE: f64 = 34.0;
/// Between two groups.
pub(super) const ASIDE: f64 = 18.0;

/// What is laid out. Indices of cards and groups are those of the vectors.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    /// The groups.
    pub groups: Vec<Group>,
    /// The cards.
    pub cards: Vec<Card>,
    /// Edges, from the dependent to what it depends on.
    pub edges: Vec<(usize, usize)>,
}

impl Graph {
    /// The same with these of its edges alone.
    pub(super) fn with_edges(&self, kept: &[usize]) -> Self {
        let edges = kept.iter().map(|at| self.edges[*at]).collect();
        Self { edges, groups: self.groups.clone(), cards: self.cards.clone() }
    }
}

/// An area with a title: edges come in between its two ends where there is room.
#[derive(Debug, Clone, Copy, Default)]
pub struct Group {
    /// How far the title reaches from the left border.
    pub left: f64,
    /// How far it reaches from the right border.
    pub right: f64,
}

/// A box.
#[derive(Debug, Clone, Copy, Default)]
pub struct Card {
    /// Its group.
    pub group: usize,
    /// Its width.
    pub width: f64,
    /// How much of its upper right corner edges leave alone.
    pub corner: f64,
}

/// A place in the picture, in pixels from the upper left corner.
pub type Point = (f64, f64);

/// A rectangle.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rect {
    /// Left border.
    pub x: f64,
    /// Upper border.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// Where everything is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layout {
    /// The whole width.
    pub width: f64,
    /// The whole height.
    pub height: f64,
    /// The groups that have cards; the others are empty.
    pub groups: Vec<Rect>,
    /// The cards.
    pub cards: Vec<Rect>,
    /// The corners of every edge, from the dependent to what it depends on; none of one that is left out.
    pub routes: Vec<Vec<Point>>,
    /// How many edges are left out because there are too many.
    pub left_out: usize,
}
