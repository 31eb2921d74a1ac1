//! A node, as far as placement looks at it.

use super::Share;
use crate::model::Node;

/// A node with what is free on it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Site {
    /// The node.
    pub node: Node,
    /// What no other stack reserves.
    pub room: Share,
}
