//! The stack and its budget as pictures: text in, text out. No Graphviz and no browser: the layout is our own, and the same
//! stack gives the same bytes.

mod chart;
mod dot;
mod drawing;
mod layout;
mod mermaid;
mod scene;
mod svg;
mod theme;
mod tree;

pub use chart::chart;
pub use dot::dot;
pub use drawing::draw;
pub use mermaid::mermaid;
pub use scene::{Dependency, Group, Scene, Service};
pub use tree::tree;
